"""Calling addresses that strangers gave us: public machines only, within one deadline, never led elsewhere.

A name is resolved once and the connection made to that very address, so that it cannot lead elsewhere between
the check and the call; no redirect is followed. Which addresses may be given at all, its callers say.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult

# Addresses of the internet that may stand for one of a private network.
_TRANSLATED = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("2001::/32"),
)
FAILURES = (OSError, http.client.HTTPException, ValueError)  # all that can go wrong on the way


class NotPublic(OSError):
    """The name leads into a network that is not the internet."""


@dataclass(frozen=True)
class Heard:
    """What came back; of the body no more than was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: str) -> bool:
    """Say whether an address is one machine of the internet; refuses with ValueError what is no address."""
    found = ipaddress.ip_address(address.split("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or found
    return (
        mapped.is_global
        and not mapped.is_multicast
        and not any(mapped in network for network in _TRANSLATED if network.version == mapped.version)
    )


def call(
    method: str,
    parts: SplitResult,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
    deadline_seconds: float,
    most_bytes: int,
    may_be_private: bool = False,
) -> Heard:
    """Send one request and read the answer, all of it within the deadline.

    Raises one of FAILURES, among them NotPublic, where any address of the name is in a private network.
    """
    connection = _Pinned(parts, _address(parts, may_be_private=may_be_private), deadline_seconds)
    # Timeouts of sockets begin anew with every byte; this ends the whole call.
    alarm = threading.Timer(deadline_seconds, connection.hang_up)
    alarm.daemon = True
    alarm.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body=body or None, headers=dict(headers))
        with connection.getresponse() as response:
            heard = Heard(response.status, dict(response.headers.items()), response.read(most_bytes))
        if connection.is_hung_up:  # what had come so far may look like a whole answer
            raise TimeoutError("the answer took too long")
        return heard
    finally:
        alarm.cancel()
        connection.close()


def _address(parts: SplitResult, *, may_be_private: bool) -> str:
    host = parts.hostname or ""
    found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not may_be_private and not all(map(is_public, addresses)):
        raise NotPublic(f"{host} is in a network that is not the internet")
    return addresses[0]


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


class _Pinned(http.client.HTTPConnection):
    """A connection to one address under the name of a host."""

    def __init__(self, parts: SplitResult, address: str, deadline_seconds: float) -> None:
        super().__init__(parts.hostname or "", _port(parts), timeout=deadline_seconds)
        self._address = address
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self.default_port = 443 if self._tls else 80
        self.is_hung_up = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            # The handshake comes after, so that hanging up reaches it too.
            self.sock = self._tls.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()
        if self.is_hung_up:
            raise TimeoutError("the connection took too long")

    def hang_up(self) -> None:
        self.is_hung_up = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
