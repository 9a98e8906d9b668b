"""Ids that are seen outside: random enough not to be guessed, short enough to be read out."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O or U, so that a number survives the telephone.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def readable_number(prefix: str, *, length: int = 10) -> str:
    """Make a number such as ``H-7F3K9Q2M4X`` with 5 random bits a character."""
    return prefix + "-" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def token(*, bytes_of_entropy: int = 24) -> str:
    """Make a secret for a link or a session, safe in a URL."""
    return secrets.token_urlsafe(bytes_of_entropy)
