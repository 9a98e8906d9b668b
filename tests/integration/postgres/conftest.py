"""Folders that any account can pass through; pytest's own are private to whoever runs it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def public_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hansa-postgres-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
