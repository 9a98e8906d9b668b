"""Amounts and rates as people type them, read into minor units and basis points."""

from __future__ import annotations

from decimal import Decimal, DecimalException
from typing import Any

from django import forms

from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import digits_of

LONGEST = 15


class AmountField(forms.DecimalField):
    """An amount in a currency, cleaned into minor units; at least ``least`` of them."""

    def __init__(self, currency: str, *, least: int = 1, **more: Any) -> None:
        self.digits = digits_of(currency)
        super().__init__(
            min_value=Decimal(least).scaleb(-self.digits), max_digits=12, decimal_places=self.digits, **more
        )

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        return None if typed is None else int(typed.scaleb(self.digits))


class RateField(forms.DecimalField):
    """A rate in per cent, 0 to 100, cleaned into basis points."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=2, **more)

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        return None if typed is None else int(typed.scaleb(2))


def minor_of(typed: str, currency: str) -> int:
    """Read an amount such as 4.90; refuses what is no amount, and more digits than the currency has."""
    text = typed.strip().replace(",", ".")
    try:
        amount = (
            Decimal(text).scaleb(digits_of(currency)) if text.isascii() and len(text) <= LONGEST else None
        )
    except DecimalException:  # 1e999999 overflows
        amount = None
    if amount is None or not amount.is_finite() or amount != amount.to_integral_value() or amount < 0:
        raise InvalidInput(f"{typed[:20]} is no amount")
    return int(amount)
