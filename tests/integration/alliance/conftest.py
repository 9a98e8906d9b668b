"""Each test of the alliance has its own keys and its own lake."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of this test alone."""
    monkeypatch.setenv("HANSA_STATE_DIR", str(tmp_path))
    return tmp_path
