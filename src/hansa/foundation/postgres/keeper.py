"""A foreground program for a supervisor: keeps our own PostgreSQL up, stops it when told to end.

The server itself is detached, so that it outlives a crash of this program and is adopted by the next one.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from hansa.foundation.postgres import service
from hansa.kernel.errors import HansaError

_LOOK_EVERY_SECONDS = 0.5


def keep(state_dir: Path, told_to_end: threading.Event) -> None:
    """Start it whenever it is not there; shut it down at the end."""
    try:
        while not told_to_end.is_set():
            if not service.is_alive(state_dir):
                service.start(state_dir)
            told_to_end.wait(_LOOK_EVERY_SECONDS)
    finally:
        service.stop(state_dir)


def main() -> None:
    """Keep the cluster of the state folder named by the only argument."""
    told_to_end = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        told_to_end.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        keep(Path(sys.argv[1]), told_to_end)
    except HansaError as refusal:
        sys.exit(refusal.message)


if __name__ == "__main__":
    main()
