"""Amounts as people type them, read into minor units."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import digits_of

LONGEST = 15


def minor_of(typed: str, currency: str) -> int:
    """Read an amount such as 4.90; refuses what is no amount, and more digits than the currency has."""
    text = typed.strip().replace(",", ".")
    try:
        amount = (
            Decimal(text).scaleb(digits_of(currency)) if text.isascii() and len(text) <= LONGEST else None
        )
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount != amount.to_integral_value() or amount < 0:
        raise InvalidInput(f"{typed[:20]} is no amount")
    return int(amount)
