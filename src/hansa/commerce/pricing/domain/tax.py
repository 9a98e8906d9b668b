"""Tax on what is sold: a port that answers rates, a built-in table of some countries, and rounding by rule.

The table states the rates of value-added taxes as published; it is no tax advice, and a country without one
national rate (such as the United States) needs another implementation of the port.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import share_of, split

STANDARD, REDUCED, ZERO = "standard", "reduced", "zero"
WHOLE = 10_000


class UnknownRate(InvalidInput):
    """There is no rate for this country, class and day."""

    code = "tax_rate_unknown"


class Rounding(StrEnum):
    """Where tax is rounded: on each line, or once on the sum of each rate."""

    LINE = "line"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class TaxRules:
    """How a platform taxes: in which country, whether prices contain the tax, and where it is rounded."""

    country: str
    prices_include_tax: bool = True
    rounding: Rounding = Rounding.LINE


@dataclass(frozen=True, slots=True)
class TaxSum:
    """The tax at one rate: on which amount (as priced) and how much."""

    rate_bp: int
    base: int
    amount: int


class TaxPort(Protocol):
    """Answers the rates of a country on a day, in basis points by tax class. Refuses with UnknownRate."""

    def rates(self, *, country: str, on: date) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in basis points and the first day on which it holds."""

    country: str
    tax_class: str
    rate_bp: int
    since: date


_BUILT_IN = tuple(
    Rate(country, tax_class, rate_bp, date.fromisoformat(since))
    for country, since, standard, reduced in (
        ("AT", "1984-01-01", 2_000, 1_000),
        ("CN", "2018-05-01", 1_600, 1_000),
        ("CN", "2019-04-01", 1_300, 900),
        ("DE", "2007-01-01", 1_900, 700),
        ("DE", "2020-07-01", 1_600, 500),  # six months of the pandemic's first year
        ("DE", "2021-01-01", 1_900, 700),
        ("ES", "2012-09-01", 2_100, 1_000),
        ("FR", "2014-01-01", 2_000, 550),
        ("GB", "2011-01-04", 2_000, 500),
        ("JP", "2019-10-01", 1_000, 800),
        ("NL", "2019-01-01", 2_100, 900),
    )
    for tax_class, rate_bp in ((STANDARD, standard), (REDUCED, reduced), (ZERO, 0))
)


class RateTable:
    """A table of rates with the days from which they hold; ours unless given another."""

    def __init__(self, rates: Iterable[Rate] = _BUILT_IN) -> None:
        self._rates = sorted(rates, key=lambda rate: rate.since)
        self._known: dict[tuple[str, date], Mapping[str, int]] = {}

    def countries(self) -> list[str]:
        """The countries that the table knows."""
        return sorted({rate.country for rate in self._rates})

    def rates(self, *, country: str, on: date) -> Mapping[str, int]:
        """The rates of a country on a day, by tax class. Refuses with UnknownRate."""
        if (country, on) not in self._known:
            found = {
                rate.tax_class: rate.rate_bp
                for rate in self._rates
                if rate.country == country and rate.since <= on
            }
            if not found:
                raise UnknownRate(f"no tax rate is known for {country} on {on}")
            self._known[country, on] = found
        return self._known[country, on]


def taxes_of(amounts: Sequence[tuple[int, int]], rules: TaxRules) -> list[int]:
    """The tax on each (amount, rate in basis points), half a unit rounded up.

    Rounded by line, or once for the sum of each rate and then split by largest remainder over its lines.
    """
    if rules.rounding is Rounding.LINE:
        return [_tax(amount, rate, included=rules.prices_include_tax) for amount, rate in amounts]
    found = [0] * len(amounts)
    for rate in {rate for _, rate in amounts}:
        places = [place for place, each in enumerate(amounts) if each[1] == rate]
        bases = [amounts[place][0] for place in places]
        whole = _tax(sum(bases), rate, included=rules.prices_include_tax)
        for place, part in zip(places, split(whole, bases), strict=True):
            found[place] = part
    return found


def sums_of(amounts: Sequence[tuple[int, int]], taxes: Sequence[int]) -> tuple[TaxSum, ...]:
    """The taxes by rate, the highest rate first."""
    sums: dict[int, tuple[int, int]] = {}
    for (amount, rate), tax in zip(amounts, taxes, strict=True):
        base, so_far = sums.get(rate, (0, 0))
        sums[rate] = (base + amount, so_far + tax)
    return tuple(TaxSum(rate, *sums[rate]) for rate in sorted(sums, reverse=True))


def _tax(amount: int, rate_bp: int, *, included: bool) -> int:
    if not included:
        return share_of(amount, rate_bp)
    whole = WHOLE + rate_bp
    return (2 * amount * rate_bp + whole) // (2 * whole)
