from __future__ import annotations

import base64
import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from hansa.commerce.webhooks import domain

OLD, NEW = domain.secret_from(b"o" * 32), domain.secret_from(b"n" * 32)
PRIVATE = domain.private_key_from(b"p" * 32)
BODY = '{"type":"order.paid","data":{"title":"茶"}}'


def headers(*secrets: str, private_key: str = "") -> dict[str, str]:
    return domain.headers_of(
        message_id="msg_7_1",
        timestamp=int(datetime.now(UTC).timestamp()),
        body=BODY,
        secrets=secrets,
        private_key=private_key,
    )


def test_the_signature_is_one_that_the_reference_library_accepts() -> None:
    assert Webhook(NEW).verify(BODY, headers(NEW))["type"] == "order.paid"


def test_while_secrets_change_over_both_are_accepted_and_no_third() -> None:
    both = headers(NEW, OLD)

    assert Webhook(NEW).verify(BODY, both)
    assert Webhook(OLD).verify(BODY, both)
    with pytest.raises(WebhookVerificationError):
        Webhook(domain.secret_from(b"x" * 32)).verify(BODY, both)


def test_another_body_or_another_id_is_not_accepted() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY + " ", headers(NEW))
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY, headers(NEW) | {"webhook-id": "msg_8_1"})


def test_ed25519_signs_the_same_words_for_who_has_the_public_key() -> None:
    sent = headers(NEW, private_key=PRIVATE)
    version, signature = sent["webhook-signature"].split(" ")[1].split(",")
    public = Ed25519PublicKey.from_public_bytes(
        base64.b64decode(domain.public_key_of(PRIVATE).removeprefix("whpk_"))
    )
    words = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.{BODY}".encode()

    public.verify(base64.b64decode(signature), words)

    assert version == "v1a"
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(signature), words + b" ")


def test_tries_go_on_for_three_days_with_growing_pauses_and_then_end() -> None:
    chance = random.Random(1)
    pauses = [domain.pause_after(tries, chance) for tries in range(1, 11)]

    assert pauses[9] is None
    whole = sum((pause for pause in pauses if pause), timedelta())
    assert timedelta(days=2.4) < whole < timedelta(days=3.8)
    assert timedelta(seconds=4) <= (pauses[0] or timedelta()) <= timedelta(seconds=6)
    assert len({domain.pause_after(3, chance) for _ in range(20)}) == 20


def test_who_asks_anew_during_a_try_waits_no_longer_than_after_the_first() -> None:
    assert domain.pause_after(0, random.Random(1)) == domain.pause_after(1, random.Random(1))
