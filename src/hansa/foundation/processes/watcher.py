"""The other half of the watch: a program of the standard library only, started by `watch.Watch`.

Reads what to clear away, one JSON object a line, and does it, last first, once its input ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import time


def lives(pid: int) -> bool:
    """Whether a process is there and not a zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        if os.path.isdir("/proc/self"):
            return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def end(pid: int, by: int, grace_seconds: float, group: bool) -> None:
    """Ask, wait, force."""
    with contextlib.suppress(OSError):
        os.kill(pid, by)
    deadline = time.monotonic() + grace_seconds
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    with contextlib.suppress(OSError):
        if group:
            os.killpg(pid, signal.SIGKILL)
        elif lives(pid):
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Listen until the other end is gone, then clear away."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    tasks: list[dict[str, object]] = []
    for line in sys.stdin:
        task = json.loads(line)
        if "forget" in task:
            tasks = [one for one in tasks if task["forget"] not in ("all", one.get("end"))]
        else:
            tasks.append(task)
    for task in reversed(tasks):
        if "end" in task:
            end(
                int(str(task["end"])),
                int(str(task["signal"])),
                float(str(task["grace"])),
                bool(task["group"]),
            )
        else:
            shutil.rmtree(str(task["remove"]), ignore_errors=True)


if __name__ == "__main__":
    main()
