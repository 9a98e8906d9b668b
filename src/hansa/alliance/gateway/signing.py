"""Signed calls between platforms: HTTP Message Signatures (RFC 9421) with Ed25519. Pure: no Django, no network.

A signature covers the method, the whole target address, the body's digest (RFC 9530), the purpose and the
idempotency key; its parameters are the time, the key's id, a nonce and our tag. The verifier is told the
time and looks keys up only where it is told to.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

import http_sf
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    MappingKeyResolver,
)
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from http_message_signatures.structures import CaseInsensitiveDict

from hansa.kernel.errors import Forbidden

TAG = "hansa-gateway"
PURPOSE = "hansa-purpose"
IDEMPOTENCY_KEY = "idempotency-key"
COVERED = ("@method", "@target-uri", "content-digest", PURPOSE, IDEMPOTENCY_KEY)
WINDOW = timedelta(seconds=60)
MOST_NONCE = 80


class Reason(StrEnum):
    """Why a call is refused."""

    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    CHANGED_BODY = "changed_body"
    STALE = "stale"
    FROM_THE_FUTURE = "from_the_future"
    REPLAYED = "replayed"
    SENDER_NOT_ACTIVE = "sender_not_active"
    RECEIVER_NOT_ACTIVE = "receiver_not_active"
    NO_GRANT = "no_grant"


class CallRefused(Forbidden):
    """A call that may not pass; ``details`` carries the reason for machines."""

    code = "call_refused"

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message, details={"reason": reason.value})
        self.reason = reason


@dataclass
class Request:
    """An HTTP request as the signature sees it."""

    method: str
    url: str
    body: bytes
    headers: MutableMapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Names of fields have no case; the library's own mapping is the one its signer writes into.
        self.headers = cast("Any", CaseInsensitiveDict)(self.headers)


@dataclass(frozen=True)
class Signed:
    """What a request says of itself, read before anything is believed."""

    key_id: str
    nonce: str
    created: datetime
    purpose: str


def sign(
    request: Request,
    *,
    key_id: str,
    private_key: bytes,
    purpose: str,
    nonce: str,
    idempotency_key: str,
    now: datetime,
) -> None:
    """Add purpose, digest and signature to the request's headers."""
    request.headers[PURPOSE] = purpose
    request.headers[IDEMPOTENCY_KEY] = idempotency_key
    resolver = MappingKeyResolver(public_keys={}, private_keys={key_id: private_key})
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver).sign(
        request,
        key_id=key_id,
        created=now,
        nonce=nonce,
        tag=TAG,
        label="hansa",
        covered_component_ids=COVERED,
        body=request.body,
    )


def read(request: Request) -> Signed:
    """Read who claims to call, without believing it; refuses a request that is not signed as agreed."""
    missing = sorted(
        name for name in ("signature", "signature-input", *COVERED[2:]) if name not in request.headers
    )
    if missing:
        raise CallRefused(Reason.UNSIGNED, f"the call lacks {', '.join(missing)}")
    parameters = _parameters(request)
    unfit = [name for name in ("keyid", "nonce", "created") if name not in parameters]
    if unfit:
        raise CallRefused(Reason.UNSIGNED, f"the signature says no {', '.join(unfit)}")
    nonce = str(parameters["nonce"])
    if not 8 <= len(nonce) <= MOST_NONCE:
        raise CallRefused(Reason.UNSIGNED, f"a nonce has 8 to {MOST_NONCE} characters")
    return Signed(
        key_id=str(parameters["keyid"]),
        nonce=nonce,
        created=_moment(parameters["created"]),
        purpose=request.headers[PURPOSE],
    )


def verify(request: Request, signed: Signed, *, public_key: str, now: datetime) -> None:
    """Check time, signature and body against the key that the registry holds for the claimed key id.

    Refuses with CallRefused, saying which did not hold.
    """
    if signed.created < now - WINDOW:
        raise CallRefused(
            Reason.STALE, f"the call was signed at {signed.created:%H:%M:%S}, more than a minute ago"
        )
    if signed.created > now + WINDOW:
        raise CallRefused(Reason.FROM_THE_FUTURE, f"the call says it was signed at {signed.created:%H:%M:%S}")
    resolver = _OneKey(signed.key_id, public_key.encode())
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=resolver)
    try:
        found = verifier.verify(request, max_age=None, expect_tag=TAG, require_components=COVERED)
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise CallRefused(Reason.BAD_SIGNATURE, "the signature does not hold") from error
    if len(found) != 1:
        raise CallRefused(Reason.BAD_SIGNATURE, f"a call carries one signature, not {len(found)}")
    try:
        ContentDigest.verify(request.headers["content-digest"], request.body)
    except HTTPMessageSignaturesException as error:
        raise CallRefused(Reason.CHANGED_BODY, "the body is not the one that was signed") from error


class _Verifier(HTTPMessageVerifier):
    """The library asks the machine for the time; the gateway is told it, and has checked it."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        return None


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, key_id: str, public_key: bytes) -> None:
        self._key_id, self._public_key = key_id, public_key

    def resolve_public_key(self, key_id: str) -> bytes | None:
        return self._public_key if key_id == self._key_id else None


def _parameters(request: Request) -> Mapping[str, Any]:
    """The parameters of the one signature that the request carries."""
    try:
        found: Any = http_sf.parse(request.headers["signature-input"].encode(), tltype="dictionary")
    except (ValueError, TypeError) as error:
        raise CallRefused(Reason.UNSIGNED, "the signature's parameters cannot be read") from error
    signatures = list(found.values())
    if len(signatures) != 1:
        raise CallRefused(Reason.UNSIGNED, f"a call carries one signature, not {len(signatures)}")
    parameters: Mapping[str, Any] = signatures[0][1]
    return parameters


def _moment(seconds: Any) -> datetime:
    try:
        return datetime.fromtimestamp(int(seconds), tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise CallRefused(Reason.UNSIGNED, f"{seconds!r} is no time") from error
