"""Whether what a provider says fits the payment that we know: amount, currency, payee, purchase."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A payment as we have it; money in minor units."""

    payee: str
    amount: int
    authorised: int
    captured: int
    currency: str


@dataclass(frozen=True)
class Said:
    """The provider's word on it; ``is_taken``: the amount was taken, not only asked or held."""

    payee: str
    amount: int
    currency: str
    is_taken: bool


def misfit(known: Known, said: Said) -> str | None:
    """Say why the provider's word cannot be about this payment, or None.

    What was taken must be what we booked; before that the whole that was asked, or a part of what is held.
    """
    if said.payee and said.payee != known.payee:
        return f"it names the payee {said.payee[:40]}"
    if said.currency != known.currency:
        return f"it is in {said.currency[:8]}, the payment in {known.currency}"
    if said.is_taken and known.captured:
        fits = said.amount == known.captured
    elif said.is_taken and known.authorised:
        fits = 0 < said.amount <= known.authorised
    else:
        fits = said.amount == known.amount
    expected = known.captured or known.amount
    return None if fits else f"it says {said.amount}, we expect {expected}"
