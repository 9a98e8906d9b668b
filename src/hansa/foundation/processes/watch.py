"""Our half of the watch: tell a small process what to clear away should we die without doing it ourselves.

It holds the other end of a pipe, so it learns of our end however we end, on Linux and macOS alike. (A death
signal set by the kernel is Linux only, follows the thread rather than the process, and spares grandchildren.)
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

_WATCHER = Path(__file__).with_name("watcher.py")


class Watch:
    """What is registered here and not forgotten is ended, last first, when this process is gone."""

    def __init__(self) -> None:
        # Isolated and without site-packages: 8 MB, and nothing of ours can stop it from working.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_WATCHER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def end(
        self, pid: int, *, by: signal.Signals = signal.SIGTERM, grace_seconds: float = 10, group: bool = False
    ) -> None:
        """End a process by a signal, after the grace by force; with `group`, all of its group."""
        self._tell({"end": pid, "signal": int(by), "grace": grace_seconds, "group": group})

    def remove(self, folder: Path) -> None:
        """Delete a folder once everything registered after it has been ended."""
        self._tell({"remove": str(folder)})

    def forget(self, pid: int) -> None:
        """Take back `end`: that process is gone, its number may be somebody else's."""
        self._tell({"forget": pid})

    def close(self) -> None:
        """Clear nothing away: we have done it."""
        self._tell({"forget": "all"})
        assert self._process.stdin is not None, "opened as a pipe"
        with contextlib.suppress(BrokenPipeError):  # it was killed: there is nothing to tell it
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, what: dict[str, object]) -> None:
        assert self._process.stdin is not None, "opened as a pipe"
        with contextlib.suppress(BrokenPipeError):  # it was killed; we still end everything when we can
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()
