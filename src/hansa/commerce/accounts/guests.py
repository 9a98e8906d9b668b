"""Visitors of the API without a name: known by a token that we signed, kept nowhere."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

from hansa.commerce.accounts.policy import Actor
from hansa.kernel import ids

GOOD_FOR = timedelta(days=90)
_signer = signing.TimestampSigner(salt="hansa.guest")


def new_token() -> str:
    """A token for a visitor whom nobody has seen before."""
    return _signer.sign(ids.token())


def guest_of(token: str) -> Actor | None:
    """The visitor of a token, if we signed it and it is not too old."""
    try:
        return Actor(name="a visitor", visitor=f"guest-{_signer.unsign(token, max_age=GOOD_FOR)}")
    except signing.BadSignature:
        return None
