"""Calling strangers: however slowly they speak, the call ends in time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from hansa.foundation import outside


@contextlib.contextmanager
def dripping(first: bytes) -> Iterator[int]:
    """A listener that says so much at once and then a byte ten times a second, for ever."""
    over = threading.Event()

    def talk(ear: socket.socket) -> None:
        with contextlib.suppress(OSError):
            caller, _ = ear.accept()
            with caller:
                caller.sendall(first)
                while not over.wait(0.1):
                    caller.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as ear:
        talker = threading.Thread(target=talk, args=(ear,), daemon=True)
        talker.start()
        yield ear.getsockname()[1]
        over.set()
    talker.join(timeout=5)


@pytest.mark.parametrize(
    ("scheme", "first"),
    [
        ("http", b"HTTP/1.1 200 OK\r\nX-Long: "),
        ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"),
        ("https", b"\x16\x03\x03\x40\x00"),  # a long record of a handshake
    ],
)
def test_who_speaks_a_byte_at_a_time_is_hung_up_on(scheme: str, first: bytes) -> None:
    began = time.monotonic()

    with dripping(first) as port, pytest.raises(outside.FAILURES):
        outside.call(
            "GET",
            urlsplit(f"{scheme}://127.0.0.1:{port}/"),
            headers={},
            deadline_seconds=0.5,
            most_bytes=9_999,
            may_be_private=True,
        )

    assert 0.4 <= time.monotonic() - began < 2


def test_a_private_machine_is_not_called() -> None:
    with pytest.raises(outside.NotPublic):
        outside.call("GET", urlsplit("http://127.0.0.1:9/"), headers={}, deadline_seconds=0.5, most_bytes=9)
