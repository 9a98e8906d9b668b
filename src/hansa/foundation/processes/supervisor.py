"""Starting programs in order, restarting what crashes, ending all of it in reverse order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

from hansa.foundation.processes.watch import Watch
from hansa.kernel.errors import Unavailable

_LOOK_EVERY_SECONDS = 0.1
_LONGEST_BACK_OFF_SECONDS = 30.0
_HEALTHY_AFTER_SECONDS = 60.0
_LOG_KEPT_BYTES = 10_000_000


@dataclass(frozen=True)
class Program:
    """One program to run: `ready` is asked until it says yes before the next program is started."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    ready: Callable[[], bool] | None = None
    ready_within_seconds: float = 60.0
    grace_seconds: float = 10.0


class _Child:
    """A program's present run, and the memory of its crashes."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program = program
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.crashes_in_a_row = 0
        self.due_at = 0.0

    def start(self) -> int:
        """Start it in a session of its own, so that a Ctrl-C at the terminal reaches us only."""
        with _opened(self.log) as log:
            self.process = subprocess.Popen(
                list(self.program.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.program.cwd,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.program.environ},
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        return self.process.pid

    def back_off(self) -> float:
        """Count a crash and return the pause before the next start: 0.5 s, doubling, 30 s at most."""
        if time.monotonic() - self.started_at > _HEALTHY_AFTER_SECONDS:
            self.crashes_in_a_row = 0
        pause = min(_LONGEST_BACK_OFF_SECONDS, 0.5 * 2.0**self.crashes_in_a_row)
        self.crashes_in_a_row += 1
        self.due_at = time.monotonic() + pause
        return pause

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-5:]
        return "\n".join(f"  {line}" for line in lines)


class Supervisor:
    """Runs programs together; see the package's docstring for the contract of each method."""

    def __init__(
        self, programs: Sequence[Program], *, log_dir: Path, tell: Callable[[str], None] = print
    ) -> None:
        self._children = [_Child(program, log_dir / f"{program.name}.log") for program in programs]
        self._log_dir = log_dir
        self._tell = tell
        self._told_to_end = threading.Event()
        self._in_a_hurry = threading.Event()
        self._watch: Watch | None = None

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all in order, each ready before the next; if one is not, stop all and refuse: Unavailable."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        self._watch = Watch()
        try:
            for child in self._children:
                self._start_one(child)
                self._await_ready(child)
        except BaseException:
            self.stop()
            raise

    def run(self) -> None:
        """Keep them running until SIGINT, SIGTERM or SIGHUP, then stop; a second signal forces the end."""
        before = {one: signal.signal(one, self._on_signal) for one in _ENDING_SIGNALS}
        try:
            while not self._told_to_end.wait(_LOOK_EVERY_SECONDS):
                for child in self._children:
                    self._look_after(child)
        finally:
            self.stop()
            for one, handler in before.items():
                signal.signal(one, handler)

    def stop(self) -> None:
        """End them in reverse order: SIGTERM, then after the grace SIGKILL for all of the group."""
        for child in reversed(self._children):
            if child.process is not None:
                self._end(child, child.process)
                child.process = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def end(self) -> None:
        """Make `run` come to its end, from another thread or a signal handler."""
        if self._told_to_end.is_set():
            self._in_a_hurry.set()
        self._told_to_end.set()

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        self.end()

    def _start_one(self, child: _Child) -> None:
        try:
            pid = child.start()
        except OSError as error:
            message = f"Cannot start {child.program.name} ({child.program.argv[0]}): {error.strerror}"
            raise Unavailable(message) from error
        assert self._watch is not None, "made by start()"
        self._watch.end(pid, grace_seconds=child.program.grace_seconds, group=True)

    def _await_ready(self, child: _Child) -> None:
        name, ready = child.program.name, child.program.ready
        deadline = time.monotonic() + child.program.ready_within_seconds
        while ready is not None and not ready():
            assert child.process is not None, "just started"
            code = child.process.poll()
            if code is not None:
                raise Unavailable(
                    f"{name} {_ended(code)} while starting. {child.log} ends:\n{child.last_words()}"
                )
            if time.monotonic() > deadline:
                waited = f"{name} is not ready after {child.program.ready_within_seconds:.0f} s"
                raise Unavailable(f"{waited}. {child.log} ends:\n{child.last_words()}")
            time.sleep(0.05)

    def _look_after(self, child: _Child) -> None:
        """Notice an end nobody asked for, and start the program again when its pause is over."""
        if child.process is not None:
            code = child.process.poll()
            if code is None:
                return
            self._clear_after(child, child.process)
            pause = child.back_off()
            name = child.program.name
            self._say(f"{name} {_ended(code)}; starting it again in {pause:g} s. Its log: {child.log}")
        elif time.monotonic() >= child.due_at:
            try:
                self._start_one(child)
            except Unavailable as refusal:
                self._say(f"{refusal.message}; trying again in {child.back_off():g} s")

    def _end(self, child: _Child, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + child.program.grace_seconds
        while process.poll() is None and time.monotonic() < deadline and not self._in_a_hurry.is_set():
            time.sleep(0.02)
        if process.poll() is None:
            self._say(f"{child.program.name} does not end by itself: ending it by force")
        self._clear_after(child, process)

    def _clear_after(self, child: _Child, process: subprocess.Popen[bytes]) -> None:
        """End what the program left in its group, and free its number."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        child.process = None
        if self._watch is not None:
            self._watch.forget(process.pid)

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone; ending comes first
            self._tell(text)


_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _opened(log: Path) -> IO[bytes]:
    """Open a log for appending; begin a new one when it has grown large."""
    if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".old.log"))
    return log.open("ab")
