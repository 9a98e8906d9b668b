"""Calling addresses that strangers gave us: over TLS, to public machines only, small and quick, never led elsewhere.

The name is looked up once and the connection goes to the address that was checked, so that a name cannot
point somewhere else a moment later. `HANSA_UCP_LOOPBACK` lets a developer's agent on this machine be called.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from hansa.kernel.errors import InvalidInput, Unavailable

TIMEOUT_SECONDS = 3.0
MOST_BYTES = 131_072


@dataclass(frozen=True)
class Heard:
    """What the other side answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def target_of(url: str) -> SplitResult:
    """The parts of an address that we may call; refuses anything but https to a name without credentials."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise InvalidInput(f"{url[:200]!r} is no address") from None
    if not parts.hostname or parts.username is not None or len(url) > 500 or not url.isascii():
        raise InvalidInput(f"{url[:200]!r} is no address that can be called")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_own_machine(parts.hostname)):
        raise InvalidInput(f"{url[:200]!r} is not served over https")
    return parts


def call(method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Heard:
    """Send one request and read the answer. Refuses private addresses; Unavailable is everything that fails."""
    parts = target_of(url)
    deadline = time.monotonic() + 2 * TIMEOUT_SECONDS
    connection = _connected(parts)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, path, body=body or None, headers=dict(headers))
        with connection.getresponse() as response:
            return Heard(response.status, dict(response.headers.items()), _read(response, deadline))
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{parts.hostname} does not answer: {error}") from error
    finally:
        connection.close()


def _connected(parts: SplitResult) -> http.client.HTTPConnection:
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        sock = socket.create_connection((_public_address(host, port), port), timeout=TIMEOUT_SECONDS)
        if parts.scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except OSError as error:
        raise Unavailable(f"{host} does not answer: {error}") from error
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    connection.sock = sock
    return connection


def _public_address(host: str, port: int) -> str:
    found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for address in found:
        if not ipaddress.ip_address(address).is_global and not _is_own_machine(host):
            raise Unavailable(f"{host} is no public machine")
    return min(found)


def _is_own_machine(host: str) -> bool:
    return bool(settings.UCP_LOOPBACK) and host in {"127.0.0.1", "localhost"}


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    said = bytearray()
    while chunk := response.read1(16_384):
        said += chunk
        if len(said) > MOST_BYTES or time.monotonic() > deadline:
            raise http.client.HTTPException("the answer is too long or too slow")
    return bytes(said)
