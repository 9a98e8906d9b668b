"""Subject tokens: how the lake tells people apart without knowing them. Pure."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

from hansa.kernel.errors import InvalidInput

BUCKETS = 16  # one person's rows lie in one bucket, so that forgetting a person rewrites a sixteenth
NOBODY = -1  # the bucket of rows without a subject


def subject_token(identity: str, *, key: bytes) -> str:
    """Name a person by HMAC-SHA256 under the alliance's epoch key: 32 hexadecimal digits.

    The identity is normalised first (NFKC, no case, no outer spaces). Whoever holds the key can test
    guesses, so it never leaves the node that makes tokens. Refuses an empty identity and a short key.
    """
    normal = unicodedata.normalize("NFKC", identity).strip().casefold()
    if not normal:
        raise InvalidInput("nobody has an empty identity")
    if len(key) < 32:
        raise InvalidInput("the key of subject tokens must have 32 bytes")
    return hmac.new(key, normal.encode(), hashlib.sha256).hexdigest()[:32]


def token_of_user(user_id: int, *, key: bytes) -> str:
    """Name an account of the alliance."""
    return subject_token(f"user:{user_id}", key=key)


def bucket_of(subject: str | None) -> int:
    """Say in which bucket a subject's rows lie: the token's first hexadecimal digit."""
    return NOBODY if subject is None else int(subject[0], 16)
