"""HTTP message signatures (RFC 9421) as the protocol wants them: ES256 or ES384, digests by SHA-256. No database.

What must be covered: method, authority, path, the query if there is one, the agent's header, the idempotency
key of what changes something, digest and type of a body. The algorithm follows from the key's curve.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

import http_sf
from cryptography.hazmat.primitives.asymmetric import ec
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ECDSA_P384_SHA384
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from http_message_signatures.structures import CaseInsensitiveDict

from hansa.commerce.ucp import keys
from hansa.commerce.ucp.errors import (
    AlgorithmUnsupported,
    DigestMismatch,
    KeyNotFound,
    SignatureInvalid,
    SignatureMissing,
)

LABEL = "sig1"
OLDEST = timedelta(hours=24)  # where a signature says when it was made
SKEW = timedelta(minutes=5)
_CURVES: Mapping[str, tuple[type[ec.EllipticCurve], Any]] = {
    "P-256": (ec.SECP256R1, ECDSA_P256_SHA256),
    "P-384": (ec.SECP384R1, ECDSA_P384_SHA384),
}


@dataclass
class Request:
    """A request as a signature sees it."""

    method: str
    url: str
    headers: MutableMapping[str, str]
    body: bytes = b""

    def __post_init__(self) -> None:
        self.headers = _headers(self.headers)

    def must_cover(self) -> tuple[str, ...]:
        """The components that a signature of this request has to cover."""
        wanted = ["@method", "@authority", "@path"]
        if urlsplit(self.url).query:
            wanted.append("@query")
        wanted += [name for name in ("ucp-agent",) if name in self.headers]
        if self.method != "GET":
            wanted.append("idempotency-key")
        if self.body:
            wanted += ["content-digest", "content-type"]
        return tuple(wanted)


@dataclass
class _Response:
    status_code: int
    headers: MutableMapping[str, str]


def sign_request(request: Request) -> None:
    """Sign a request of our own with our key: headers are added."""
    if request.body:
        request.headers["Content-Digest"] = digest_of(request.body)
    _sign(request, request.must_cover())


def sign_response(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """The headers that sign an answer of ours."""
    signed = _headers({**headers, "Content-Digest": digest_of(body)})
    _sign(_Response(status, signed), ("@status", "content-digest", "content-type"))
    return {name: signed[name] for name in ("Content-Digest", "Signature-Input", "Signature")}


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a request claims to be signed at all."""
    return "signature-input" in headers or "signature" in headers


def key_id_of(request: Request) -> str:
    """The key that a request says it is signed with, not yet believed. Refuses what carries no whole signature."""
    missing = [name for name in ("signature-input", "signature") if name not in request.headers]
    if missing:
        raise SignatureMissing(f"the request lacks {' and '.join(missing)}")
    try:
        found: Any = http_sf.parse(request.headers["signature-input"].encode(), tltype="dictionary")
        ((_, parameters),) = found.values()
        return str(parameters["keyid"])
    except (ValueError, TypeError, KeyError) as error:
        raise SignatureInvalid("one signature with a keyid is expected, and none can be read") from error


def verify(request: Request, *, published: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Check a request against the keys that its agent publishes; says which check did not hold.

    Refuses with KeyNotFound, AlgorithmUnsupported, DigestMismatch or SignatureInvalid.
    """
    key_id = key_id_of(request)
    jwk = next((each for each in published if each.get("kid") == key_id), None)
    if jwk is None:
        raise KeyNotFound(f"the agent's profile publishes no key {key_id[:80]!r}")
    key, algorithm = _understood(jwk)
    if request.body and not _digest_holds(request):
        raise DigestMismatch("the body is not the one that Content-Digest was made of")
    resolver = MappingKeyResolver(public_keys={key_id: key}, private_keys={})
    verifier = _Verifier(signature_algorithm=algorithm, key_resolver=resolver)
    try:
        (found,) = verifier.verify(request, max_age=None, require_components=request.must_cover())
    except (HTTPMessageSignaturesException, ValueError) as error:
        raise SignatureInvalid("the signature does not hold, or does not cover all that it must") from error
    _insist_on_time(found.parameters, now)


def digest_of(body: bytes) -> str:
    """The Content-Digest of a body (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


class _Verifier(HTTPMessageVerifier):
    """The library asks the machine for the time; we are told it, and the protocol lets it be left out."""

    require_created = False

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        return None


def _headers(headers: Mapping[str, str]) -> MutableMapping[str, str]:
    """Names of fields have no case; the library's own mapping is the one its signer writes into."""
    mapping: MutableMapping[str, str] = cast("Any", CaseInsensitiveDict)(headers)
    return mapping


def _sign(message: Any, covered: tuple[str, ...]) -> None:
    key_id = keys.published()["kid"]
    resolver = MappingKeyResolver(public_keys={}, private_keys={key_id: keys.private_key()})
    HTTPMessageSigner(signature_algorithm=ECDSA_P256_SHA256, key_resolver=resolver).sign(
        message,
        key_id=key_id,
        label=LABEL,
        covered_component_ids=covered,
        include_alg=False,
        use_existing_digest="content-digest" in covered,
    )


def _understood(jwk: Mapping[str, Any]) -> tuple[ec.EllipticCurvePublicKey, Any]:
    curve, algorithm = _CURVES.get(str(jwk.get("crv")), (None, None))
    if curve is None or jwk.get("kty") != "EC":
        raise AlgorithmUnsupported(f"keys of type {jwk.get('kty')} {jwk.get('crv')} are not understood here")
    try:
        x, y = (int.from_bytes(_decoded(str(jwk[name])), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, curve()).public_key(), algorithm
    except (KeyError, ValueError) as error:
        raise SignatureInvalid("the agent's published key is no point of its curve") from error


def _digest_holds(request: Request) -> bool:
    try:
        found: Any = http_sf.parse(request.headers["content-digest"].encode(), tltype="dictionary")
        said = found["sha-256"][0]
    except (ValueError, TypeError, KeyError):
        return False
    return isinstance(said, bytes) and hmac.compare_digest(said, hashlib.sha256(request.body).digest())


def _insist_on_time(parameters: Mapping[str, Any], now: datetime) -> None:
    created, expires = (parameters.get(name) for name in ("created", "expires"))
    try:
        if created is not None and not now - OLDEST <= _moment(created) <= now + SKEW:
            raise SignatureInvalid("the signature was made too long ago, or is from the future")
        if expires is not None and _moment(expires) < now:
            raise SignatureInvalid("the signature has expired")
    except (ValueError, OverflowError, TypeError) as error:
        raise SignatureInvalid("the signature's time is no time") from error


def _moment(seconds: Any) -> datetime:
    return seconds if isinstance(seconds, datetime) else datetime.fromtimestamp(int(seconds), tz=UTC)


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
