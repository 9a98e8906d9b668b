"""The web process as it comes up, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

LOOK = """
import gc, sys
from hansa.config import wsgi
print("hansa.config.api" in sys.modules, gc.get_freeze_count() > len(gc.get_objects()))
"""


def test_pages_and_api_are_loaded_and_settled_before_the_first_request() -> None:
    seen = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)

    assert seen.stdout.split() == ["True", "True"]
