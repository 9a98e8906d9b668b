"""Programs run together: order, crashes, the end, and nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from hansa.foundation.processes import Program, Supervisor, port_is_free, require_free_port
from hansa.kernel.errors import InvalidInput, Unavailable


def shell(name: str, script: str, **more: object) -> Program:
    return Program(name, ["/bin/sh", "-c", script], **more)  # type: ignore[arg-type]  # keywords of Program


def soon(condition: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_each_program_is_ready_before_the_next_starts(tmp_path: Path) -> None:
    story = tmp_path / "story"
    first = shell(
        "first",
        f"sleep 0.3; echo first >> {story}; exec sleep 100",
        ready=lambda: story.exists(),
    )
    second = shell(
        "second",
        f"echo second >> {story}; exec sleep 100",
        ready=lambda: "second" in story.read_text(),
    )

    with Supervisor([first, second], log_dir=tmp_path) as supervisor:
        supervisor.start()

    assert story.read_text() == "first\nsecond\n"


def test_the_end_comes_in_reverse_order(tmp_path: Path) -> None:
    story = tmp_path / "story"
    programs = [
        shell(
            name,
            f"trap 'echo {name} >> {story}; exit 0' TERM; touch {tmp_path}/{name}; while :; do sleep 0.05; done",
            ready=(tmp_path / name).exists,
        )
        for name in ("database", "worker", "web")
    ]

    with Supervisor(programs, log_dir=tmp_path / "logs") as supervisor:
        supervisor.start()

    assert story.read_text() == "web\nworker\ndatabase\n"


def test_what_a_program_says_goes_to_its_log(tmp_path: Path) -> None:
    program = shell(
        "talker",
        "echo to all; echo to some >&2; exec sleep 100",
        ready=lambda: "some" in (tmp_path / "talker.log").read_text(),
    )

    with Supervisor([program], log_dir=tmp_path) as supervisor:
        supervisor.start()

    assert (tmp_path / "talker.log").read_text() == "to all\nto some\n"


def test_a_crashed_program_is_started_again_after_growing_pauses(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    told: list[str] = []
    supervisor = Supervisor(
        [shell("worker", f"echo >> {starts}; exit 3")], log_dir=tmp_path, tell=told.append
    )
    supervisor.start()

    def end_after_three_starts() -> None:
        soon(lambda: starts.exists() and starts.read_text().count("\n") == 3)
        supervisor.end()

    ending = threading.Thread(target=end_after_three_starts)
    ending.start()

    supervisor.run()

    ending.join()
    log = tmp_path / "worker.log"
    assert told[:2] == [
        f"worker ended with exit code 3; starting it again in 0.5 s. Its log: {log}",
        f"worker ended with exit code 3; starting it again in 1 s. Its log: {log}",
    ]


def test_a_program_that_fails_at_the_start_is_refused_with_its_last_words(tmp_path: Path) -> None:
    healthy = shell("database", f"echo $$ > {tmp_path}/pid; exec sleep 100", ready=(tmp_path / "pid").exists)
    broken = shell("web", "echo 'no such module'; exit 1", ready=lambda: False)
    supervisor = Supervisor([healthy, broken], log_dir=tmp_path)

    with pytest.raises(Unavailable, match=r"web ended with exit code 1 while starting.*\n  no such module"):
        supervisor.start()

    assert not lives(int((tmp_path / "pid").read_text()))


def test_a_program_that_is_never_ready_is_refused(tmp_path: Path) -> None:
    slow = shell("web", "exec sleep 100", ready=lambda: False, ready_within_seconds=0.2)

    with pytest.raises(Unavailable, match="web is not ready after 0 s"):
        Supervisor([slow], log_dir=tmp_path).start()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = Program("web", ["/nowhere/gunicorn"])

    with pytest.raises(Unavailable, match="Cannot start web \\(/nowhere/gunicorn\\): No such file"):
        Supervisor([missing], log_dir=tmp_path).start()


def test_a_program_deaf_to_the_signal_is_ended_by_force_with_its_children(tmp_path: Path) -> None:
    told: list[str] = []
    pids = tmp_path / "pids"
    deaf = shell(
        "worker",
        f"trap '' TERM; sleep 100 & echo $$ $! > {pids}; while :; do sleep 0.1; done",
        ready=lambda: pids.exists() and pids.read_text().endswith("\n"),
        grace_seconds=0.3,
    )

    with Supervisor([deaf], log_dir=tmp_path, tell=told.append) as supervisor:
        supervisor.start()

    assert told == ["worker does not end by itself: ending it by force"]
    assert soon(lambda: not any(lives(int(pid)) for pid in pids.read_text().split()))


SUPERVISING = """
    import signal, sys, threading, time
    from pathlib import Path
    from hansa.foundation.processes import Program, Supervisor
    here = Path(sys.argv[1])
    pids = here / "pids"
    script = f"sleep 1000 & echo $$ $! > {pids}; wait"
    ready = lambda: pids.exists() and pids.read_text().endswith("\\n")
    supervisor = Supervisor([Program("web", ["/bin/sh", "-c", script], ready=ready)], log_dir=here)
    supervisor.start()
    def say_when_it_listens():
        while signal.getsignal(signal.SIGHUP) in (signal.SIG_DFL, signal.SIG_IGN):
            time.sleep(0.01)
        print("up", flush=True)
    threading.Thread(target=say_when_it_listens).start()
    supervisor.run()
    print("down", flush=True)
"""


@pytest.mark.parametrize(
    ("sent", "said", "code"),
    [
        (signal.SIGINT, "down\n", 0),
        (signal.SIGTERM, "down\n", 0),
        (signal.SIGHUP, "down\n", 0),
        (signal.SIGKILL, "", -9),
    ],
)
def test_nothing_is_left_however_the_supervisor_ends(
    tmp_path: Path, sent: signal.Signals, said: str, code: int
) -> None:
    argv = [sys.executable, "-c", textwrap.dedent(SUPERVISING), str(tmp_path)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    watchers = [child.pid for child in psutil.Process(process.pid).children()]

    os.kill(process.pid, sent)

    assert process.communicate(timeout=30) == (said, None)
    assert process.returncode == code
    assert soon(lambda: not any(lives(pid) for pid in pids + watchers))


def test_a_free_port_is_free_and_a_taken_one_names_its_holder() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        assert not port_is_free("127.0.0.1", port)
        with pytest.raises(Unavailable) as refusal:
            require_free_port("127.0.0.1", port)

    assert port_is_free("127.0.0.1", port)
    assert f"Port {port} on 127.0.0.1 is held by {psutil.Process().name()} (process {os.getpid()})" in str(
        refusal.value
    )
    assert "choose another: --port " in str(refusal.value)


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [
        ("127.0.0.1", 70_000, "ports go from 1 to 65535"),
        ("192.0.2.1", 8000, "--host 192.0.2.1: Cannot assign"),
    ],
)
def test_an_address_that_cannot_be_ours_is_refused(host: str, port: int, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        port_is_free(host, port)
