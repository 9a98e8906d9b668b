"""Standard Webhooks: what a signed message looks like, which events there are, and when to try again."""

from __future__ import annotations

import base64
import hmac
import random
from collections.abc import Sequence
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_PREFIX, PRIVATE_PREFIX, PUBLIC_PREFIX = "whsec_", "whsk_", "whpk_"

# What a merchant or a platform can hear of.
KINDS = (
    "order.paid",
    "order.shipped",
    "order.delivered",
    "order.cancelled",
    "product.price_changed",
    "stock.ordered",
    "stock.received",
    "stock.proposed",
)

# Ten tries over three days and a quarter; the pauses of the specification's example.
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
JITTER = 0.2
MOST_TRIES = len(PAUSES) + 1
PATIENCE = timedelta(days=5)  # an endpoint that answers nothing so long is switched off


def pause_after(tries: int, chance: random.Random) -> timedelta | None:
    """How long to wait after so many tries, a fifth more or less so that crowds disperse; None to give up.

    None at all were made where somebody asked anew while the last one was on its way.
    """
    if tries >= MOST_TRIES:
        return None
    return PAUSES[max(tries, 1) - 1] * (1 + JITTER * (2 * chance.random() - 1))


def headers_of(
    *, message_id: str, timestamp: int, body: str, secrets: Sequence[str], private_key: str = ""
) -> dict[str, str]:
    """The headers of a message, with a signature by every live secret and by the private key, if there is one."""
    signed = f"{message_id}.{timestamp}.{body}".encode()
    signatures = [f"v1,{_encoded(hmac.digest(_bytes_of(secret), signed, 'sha256'))}" for secret in secrets]
    if private_key:
        key = Ed25519PrivateKey.from_private_bytes(_bytes_of(private_key))
        signatures.append(f"v1a,{_encoded(key.sign(signed))}")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
        "user-agent": "Hansa-Webhooks/1",
    }


def secret_from(seed: bytes) -> str:
    """A symmetric secret as receivers write it."""
    return SECRET_PREFIX + _encoded(seed)


def private_key_from(seed: bytes) -> str:
    """A private key of ed25519 as it is kept."""
    return PRIVATE_PREFIX + _encoded(seed)


def public_key_of(private_key: str) -> str:
    """The public key that receivers verify with."""
    key = Ed25519PrivateKey.from_private_bytes(_bytes_of(private_key))
    return PUBLIC_PREFIX + _encoded(key.public_key().public_bytes_raw())


def _bytes_of(secret: str) -> bytes:
    return base64.b64decode(secret.split("_", 1)[1])


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
