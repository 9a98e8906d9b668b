"""Sending a message over HTTP, as `foundation.outside` calls strangers, and which addresses may be given at all."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from hansa.commerce.webhooks.errors import AddressNotAllowed
from hansa.foundation import outside

DEADLINE_SECONDS = 15.0
MOST_ANSWER_BYTES = 4_096


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
    with contextlib.suppress(ValueError):  # a name, which is looked up when it is called
        if not outside.is_public(parts.hostname) and not settings.WEBHOOKS_TO_PRIVATE:
            raise AddressNotAllowed(f"{parts.hostname} is in a network that is not the internet")
    return parts


def send(url: str, *, headers: Mapping[str, str], body: bytes, deadline: float = DEADLINE_SECONDS) -> Answer:
    """Post a message and answer what came back; whatever goes wrong on the way is an answer too."""
    began = time.monotonic()
    status, text, error = None, "", ""
    try:
        heard = outside.call(
            "POST",
            check_url(url),
            headers=headers,
            body=body,
            deadline_seconds=deadline,
            most_bytes=MOST_ANSWER_BYTES,
            may_be_private=settings.WEBHOOKS_TO_PRIVATE,
        )
        status, text = heard.status, heard.body.decode("utf-8", "replace").replace("\x00", "")
    except AddressNotAllowed as refusal:
        error = refusal.message
    except outside.NotPublic as refusal:
        error = str(refusal)
    except outside.FAILURES as failure:
        late = time.monotonic() - began >= deadline
        error = f"no answer within {deadline:g} s" if late else f"{type(failure).__name__}: {failure}"
    return Answer(status, text, error[:300], int((time.monotonic() - began) * 1000))
