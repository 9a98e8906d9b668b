"""Sending a message over HTTP: to the address that was checked, within a deadline, following no redirect.

A name is resolved once and the connection made to that very address, so that it cannot lead elsewhere between
the check and the call.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from hansa.commerce.webhooks.errors import AddressNotAllowed

DEADLINE_SECONDS = 15.0
MOST_ANSWER_BYTES = 4_096
# Addresses of the internet that may stand for one of a private network.
_TRANSLATED = (
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("2001::/32"),
)


@dataclass(frozen=True)
class Answer:
    """What came back; without a status nothing did."""

    status: int | None
    text: str
    error: str
    took_ms: int

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == http.client.GONE


def check_url(url: str) -> SplitResult:
    """Refuse with AddressNotAllowed what is no plain address of a web server that others reach."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressNotAllowed(f"{url[:80]!r} is no address: {error}") from error
    schemes = {"https", "http"} if settings.WEBHOOKS_TO_PRIVATE else {"https"}
    if parts.scheme not in schemes or not parts.hostname:
        raise AddressNotAllowed(f"{url[:80]!r} does not begin with https://")
    if (
        parts.username
        or parts.password
        or parts.fragment
        or not url.isascii()
        or not url.isprintable()
        or " " in url
    ):
        raise AddressNotAllowed("an address has no user, no fragment and only plain letters")
    if port == 0:
        raise AddressNotAllowed("0 is no port")
    with contextlib.suppress(ValueError):
        _check_address(parts.hostname, parts.hostname)
    return parts


def send(url: str, *, headers: Mapping[str, str], body: bytes, deadline: float = DEADLINE_SECONDS) -> Answer:
    """Post a message and answer what came back; whatever goes wrong on the way is an answer too."""
    began = time.monotonic()
    status, text, error = None, "", ""
    try:
        parts = check_url(url)
        status, text = _post(parts, _resolve(parts), headers, body, deadline)
    except AddressNotAllowed as refusal:
        error = refusal.message
    except (OSError, http.client.HTTPException, ValueError) as failure:
        late = time.monotonic() - began >= deadline
        error = f"no answer within {deadline:g} s" if late else f"{type(failure).__name__}: {failure}"
    return Answer(status, text, error[:300], int((time.monotonic() - began) * 1000))


def _resolve(parts: SplitResult) -> str:
    """The address to call; refuses a name any of whose addresses is not of the internet."""
    host = parts.hostname or ""
    found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    for address in addresses:
        _check_address(address, host)
    return addresses[0]


def _check_address(text: str, host: str) -> None:
    address = ipaddress.ip_address(text.split("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    is_public = (
        mapped.is_global
        and not mapped.is_multicast
        and not any(mapped in network for network in _TRANSLATED if network.version == mapped.version)
    )
    if not is_public and not settings.WEBHOOKS_TO_PRIVATE:
        raise AddressNotAllowed(f"{host} is in a network that is not the internet")


def _post(
    parts: SplitResult, address: str, headers: Mapping[str, str], body: bytes, deadline: float
) -> tuple[int, str]:
    connection = _Pinned(parts, address, deadline)
    # Timeouts of sockets begin anew with every byte; this ends the whole call.
    alarm = threading.Timer(deadline, connection.hang_up)
    alarm.daemon = True
    alarm.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers=dict(headers))
        with connection.getresponse() as response:
            text = response.read(MOST_ANSWER_BYTES).decode("utf-8", "replace").replace("\x00", "")
        if connection.is_hung_up:  # what had come so far may look like a whole answer
            raise TimeoutError
        return response.status, text
    finally:
        alarm.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address under the name of a host."""

    def __init__(self, parts: SplitResult, address: str, deadline: float) -> None:
        is_tls = parts.scheme == "https"
        super().__init__(parts.hostname or "", parts.port or (443 if is_tls else 80), timeout=deadline)
        self._address = address
        self._tls = ssl.create_default_context() if is_tls else None
        self.default_port = 443 if is_tls else 80
        self.is_hung_up = False

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)

    def hang_up(self) -> None:
        self.is_hung_up = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
