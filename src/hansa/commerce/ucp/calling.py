"""Calling agents, as `foundation.outside` calls strangers: over TLS, small and quick, and their JSON read with care.

`HANSA_UCP_LOOPBACK` lets a developer's agent on this machine be called.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from hansa.foundation import outside
from hansa.foundation.outside import Heard
from hansa.kernel.errors import InvalidInput, Unavailable

DEADLINE_SECONDS = 6.0
MOST_BYTES = 131_072


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
    try:
        heard = outside.call(
            method,
            parts,
            headers=headers,
            body=body,
            deadline_seconds=DEADLINE_SECONDS,
            most_bytes=MOST_BYTES + 1,
            may_be_private=_is_own_machine(str(parts.hostname)),
        )
    except outside.FAILURES as error:
        raise Unavailable(f"{parts.hostname} does not answer: {error}") from error
    if len(heard.body) > MOST_BYTES:
        raise Unavailable(f"{parts.hostname} does not answer: the answer is too long")
    return heard


def json_of(raw: bytes) -> Any:
    """What a stranger's JSON says; refuses with ValueError what RFC 8259 has not, or no database can keep."""
    try:
        found = json.loads(raw, parse_constant=_refuse_constant)
        # Half a surrogate cannot be written down, and 1e999 is no number.
        plain = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if b"\\u0000" in plain:
        raise ValueError("a null character")
    return found


def _refuse_constant(word: str) -> None:
    raise ValueError(word)


def _is_own_machine(host: str) -> bool:
    return bool(settings.UCP_LOOPBACK) and host in {"127.0.0.1", "localhost"}
