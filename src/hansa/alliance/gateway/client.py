"""Sending a signed call over HTTP and translating what comes back. No Django, no redirects, no retries."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from hansa.alliance.gateway.signing import Request
from hansa.kernel.errors import Forbidden, HansaError, InvalidInput, NotFound, Refused, Unavailable

TIMEOUT_SECONDS = 5.0
_MOST_BYTES = 1_000_000
_KINDS: Mapping[int, type[HansaError]] = {403: Forbidden, 404: NotFound, 409: Refused, 422: InvalidInput}


def encoded(body: Mapping[str, object]) -> bytes:
    """Write a body as JSON."""
    return json.dumps(body, ensure_ascii=False).encode()


def send(request: Request, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Mapping[str, object]:
    """Send the request and answer the JSON object that comes back.

    A refusal of the other side is raised as our own kind with its message and details; no answer in time,
    an answer that is not JSON and a fault of the other side are Unavailable.
    """
    target = urlsplit(request.url)
    if target.scheme not in {"http", "https"} or not target.hostname:
        raise InvalidInput(f"{request.url!r} is no address of a gateway")
    connects = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = connects(target.hostname, target.port, timeout=timeout_seconds)
    try:
        path = target.path + (f"?{target.query}" if target.query else "")
        connection.request(request.method, path, body=request.body, headers=dict(request.headers.items()))
        with connection.getresponse() as response:
            said = response.read(_MOST_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{target.hostname}:{target.port or ''} does not answer: {error}") from error
    finally:
        connection.close()
    return _understood(response.status, said, target.hostname)


def _understood(status: int, said: bytes, host: str) -> Mapping[str, object]:
    try:
        answer: Any = json.loads(said)
    except ValueError as error:
        raise Unavailable(f"{host} answered {status} with something that is not JSON") from error
    if not isinstance(answer, dict):
        raise Unavailable(f"{host} answered {status} with something that is no JSON object")
    if 200 <= status < 300:
        return answer
    kind = _KINDS.get(status, Unavailable)
    message = str(answer.get("detail", f"{host} answered {status}"))
    details = answer.get("details")
    raise kind(message, details=details if isinstance(details, dict) else None)
