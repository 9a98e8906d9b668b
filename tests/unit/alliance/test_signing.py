"""Signatures of calls: what they cover, and what breaks them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hansa.alliance.gateway import signing
from hansa.alliance.gateway.signing import CallRefused, Reason, Request
from hansa.alliance.governance import keys

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[keys.PublicKey, bytes]:
    folder: Path = tmp_path_factory.mktemp("keys")
    public = keys.create_signing_key(folder, "trave")
    return public, keys.signing_key(folder, public.key_id)


def a_call(key: tuple[keys.PublicKey, bytes], *, at: datetime = NOON) -> Request:
    public, private = key
    request = Request("POST", "http://shop.example/alliance/v1/alster/orders", b'{"lines": []}')
    signing.sign(
        request,
        key_id=public.key_id,
        private_key=private,
        purpose="sell",
        nonce="nonce-0001",
        idempotency_key="k1",
        now=at,
    )
    return request


def verdict(request: Request, key: tuple[keys.PublicKey, bytes]) -> Reason | None:
    try:
        signing.verify(request, signing.read(request), public_key=key[0].pem, now=NOON)
    except CallRefused as refused:
        return refused.reason
    return None


def test_a_call_as_it_was_signed_holds(key: tuple[keys.PublicKey, bytes]) -> None:
    request = a_call(key)

    signed = signing.read(request)

    assert (signed.key_id, signed.nonce, signed.created, signed.purpose) == (
        key[0].key_id,
        "nonce-0001",
        NOON,
        "sell",
    )
    assert verdict(request, key) is None


def set_header(name: str, value: str) -> Callable[[Request], None]:
    return lambda request: request.headers.__setitem__(name, value)


def drop_header(name: str) -> Callable[[Request], None]:
    return lambda request: request.headers.__delitem__(name)


def swap(old: str, new: str) -> Callable[[Request], None]:
    def change(request: Request) -> None:
        request.headers["signature-input"] = request.headers["signature-input"].replace(old, new)

    return change


def change(name: str, value: object) -> Callable[[Request], None]:
    return lambda request: setattr(request, name, value)


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (change("body", b'{"lines": [1]}'), Reason.CHANGED_BODY),
        (change("method", "PUT"), Reason.BAD_SIGNATURE),
        (change("url", "http://shop.example/alliance/v1/leine/orders"), Reason.BAD_SIGNATURE),
        (change("url", "http://other.example/alliance/v1/alster/orders"), Reason.BAD_SIGNATURE),
        (change("url", "http://shop.example/alliance/v1/alster/orders?x=1"), Reason.BAD_SIGNATURE),
        (set_header("hansa-purpose", "spy"), Reason.BAD_SIGNATURE),
        (set_header("idempotency-key", "k2"), Reason.BAD_SIGNATURE),
        (set_header("content-digest", "sha-256=:AAAA:"), Reason.BAD_SIGNATURE),
        (swap("nonce-0001", "nonce-0002"), Reason.BAD_SIGNATURE),
        (swap("created=1772452800", "created=1772452801"), Reason.BAD_SIGNATURE),
        (swap('alg="ed25519"', 'alg="hmac-sha256"'), Reason.BAD_SIGNATURE),
        (swap("hansa-gateway", "other-app"), Reason.BAD_SIGNATURE),
        (swap('"hansa-purpose" ', ""), Reason.BAD_SIGNATURE),
        (swap('"@target-uri" ', ""), Reason.BAD_SIGNATURE),
        (swap(';nonce="nonce-0001"', ""), Reason.UNSIGNED),
        (swap(";created=1772452800", ""), Reason.UNSIGNED),
        (swap("nonce-0001", "short"), Reason.UNSIGNED),
        (set_header("signature-input", "no dictionary ("), Reason.UNSIGNED),
        (set_header("signature", "hansa=:AAAA:"), Reason.BAD_SIGNATURE),
        (drop_header("signature"), Reason.UNSIGNED),
        (drop_header("signature-input"), Reason.UNSIGNED),
        (drop_header("content-digest"), Reason.UNSIGNED),
        (drop_header("hansa-purpose"), Reason.UNSIGNED),
        (drop_header("idempotency-key"), Reason.UNSIGNED),
    ],
)
def test_a_call_that_was_touched_is_refused(
    key: tuple[keys.PublicKey, bytes], tamper: Callable[[Request], None], reason: Reason
) -> None:
    request = a_call(key)

    tamper(request)

    assert verdict(request, key) is reason


def test_a_second_signature_beside_ours_is_refused(key: tuple[keys.PublicKey, bytes]) -> None:
    request = a_call(key)
    request.headers["signature-input"] += ', other=("@method");created=1772452800;keyid="x"'
    request.headers["signature"] += ", other=:AAAA:"

    assert verdict(request, key) is Reason.UNSIGNED


def test_a_call_counts_for_a_minute_in_both_directions(key: tuple[keys.PublicKey, bytes]) -> None:
    verdicts = [
        verdict(a_call(key, at=NOON + timedelta(seconds=seconds)), key) for seconds in (-61, -60, 0, 60, 61)
    ]

    assert verdicts == [Reason.STALE, None, None, None, Reason.FROM_THE_FUTURE]


def test_another_key_does_not_hold(key: tuple[keys.PublicKey, bytes], tmp_path: Path) -> None:
    stranger = keys.create_signing_key(tmp_path, "trave")

    request = a_call((key[0], keys.signing_key(tmp_path, stranger.key_id)))

    assert verdict(request, key) is Reason.BAD_SIGNATURE
