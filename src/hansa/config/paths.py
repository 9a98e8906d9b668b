"""Where this checkout lies, and where it keeps what must outlive a process."""

from __future__ import annotations

from pathlib import Path

from hansa.config import env

ROOT = Path(__file__).resolve().parents[3]
STATE_DIR = Path(env.text("HANSA_STATE_DIR", str(ROOT / ".state")))
