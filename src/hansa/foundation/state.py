"""Where a checkout keeps what it makes: database, logs, generated files. Never anything to commit."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]


def state_dir() -> Path:
    """Return the folder of everything Hansa keeps: `$HANSA_STATE_DIR`, else `.state` in the checkout."""
    chosen = os.environ.get("HANSA_STATE_DIR")
    return Path(chosen).resolve() if chosen else CHECKOUT / ".state"
