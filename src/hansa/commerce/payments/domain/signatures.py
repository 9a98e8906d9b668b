"""Webhook signatures as the Standard Webhooks text has them: HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

TOLERANCE_S = 300  # how far a signature's time may be from ours, either way


def signed_headers(*, secret: str, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The three headers that prove who sent a body, and when."""
    stamp = str(int(now.timestamp()))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{_digest(secret, event_id, stamp, body)}",
    }


def flaw(*, secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str | None:
    """Say what is wrong with a signed body, or None; header names may have any case."""
    told = {name.lower(): value for name, value in headers.items()}
    event_id, stamp = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    if not event_id or not stamp or not told.get("webhook-signature"):
        return "it is not signed"
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        return "its time is no time"
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
        return "it is too old, or not yet due"
    expected = _digest(secret, event_id, stamp, body)
    for offered in told["webhook-signature"].split():
        version, _, value = offered.partition(",")
        if version == "v1" and hmac.compare_digest(value.encode(), expected.encode()):
            return None
    return "its signature is wrong"


def _digest(secret: str, event_id: str, stamp: str, body: bytes) -> str:
    signed = f"{event_id}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    """The key's bytes: base64 behind ``whsec_``, as the text has it, or the letters themselves."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()
