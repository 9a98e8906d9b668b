"""Money: whole minor units of one ISO 4217 currency, and fair splits of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hansa.kernel.errors import InvalidInput

# Currencies whose minor unit is not a hundredth (ISO 4217 table A.1); all others have two digits.
_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3, "JOD": 3, "OMR": 3}


def digits_of(currency: str) -> int:
    """Say how many decimal digits the currency's minor unit has."""
    return _DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units. Adding two currencies is refused, never converted in silence."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise InvalidInput(f"money takes whole minor units, not {self.minor!r}")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise InvalidInput(f"{self.currency!r} is no ISO 4217 currency code")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, quantity: int) -> Money:
        if isinstance(quantity, bool) or not isinstance(quantity, int):
            raise InvalidInput(f"money is multiplied by whole numbers only, not {quantity!r}")
        return Money(self.minor * quantity, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __str__(self) -> str:
        digits = digits_of(self.currency)
        sign = "-" if self.minor < 0 else ""
        whole, rest = divmod(abs(self.minor), 10**digits)
        return (
            f"{sign}{whole}.{rest:0{digits}d} {self.currency}" if digits else f"{sign}{whole} {self.currency}"
        )

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise InvalidInput(f"{self.currency} and {other.currency} cannot be combined")
        return other.minor


def zero(currency: str) -> Money:
    return Money(0, currency)


def total(amounts: Sequence[Money], *, currency: str) -> Money:
    """Sum amounts of one currency; the empty sum is zero of that currency."""
    result = zero(currency)
    for amount in amounts:
        result = result + amount
    return result


def split(minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights so that the parts sum to it exactly.

    Largest remainder: every part gets its floor, the units left over go to the largest
    remainders, the earlier part first on a tie. Zero weights throughout split evenly.
    Refuses an empty list and negative weights.
    """
    if not weights:
        raise InvalidInput("there is nobody to split the amount between")
    if any(weight < 0 for weight in weights):
        raise InvalidInput(f"weights of a split must not be negative: {list(weights)}")
    if sum(weights) == 0:
        weights = [1] * len(weights)
    whole, sign = sum(weights), -1 if minor < 0 else 1
    shares = [divmod(abs(minor) * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    for index in by_remainder[: abs(minor) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def share_of(minor: int, basis_points: int) -> int:
    """Take basis points of an amount, rounded half up (away from zero)."""
    sign = -1 if minor < 0 else 1
    return sign * ((abs(minor) * basis_points + 5_000) // 10_000)
