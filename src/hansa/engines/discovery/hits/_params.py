"""The knobs of the hit model.

Defaults were chosen on Olist's goods listed from July 2017 to October 2017, before any good of the test was.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hansa.kernel.errors import InvalidInput


@dataclass(frozen=True)
class Params:
    """When goods are judged, what a hit is, and how the trees grow.

    ages: days after listing at which goods are looked at in fitting, 0 to 365, rising; the first is the age at
    which they are judged, the later ones only add examples. gap: days from then to the horizon, 0 to 365. horizon: days in
    which a hit shows, 1 to 730.
    least_observed: days of the horizon that must have passed for a good to teach, 1 to the horizon; its amount is
    taken as a rate, so that recent goods teach too. hit_share: share of goods that are hits, above 0 to .5.
    rounds: trees of each head and seed, 1 to 5,000. depth: 1 to 12. learning_rate: above 0 to 1.
    ensemble: models of different seeds that are averaged, 1 to 32. chance_weight: how much the chance of a hit
    counts in the ranking beside the expected amount, 0 to 10.
    """

    ages: tuple[float, ...] = (14.0, 21.0, 28.0)
    gap: float = 0.0
    horizon: float = 90.0
    least_observed: float = 14.0
    hit_share: float = 0.05
    rounds: int = 120
    depth: int = 3
    learning_rate: float = 0.05
    ensemble: int = 3
    chance_weight: float = 0.0

    def __post_init__(self) -> None:
        if not self.ages or list(self.ages) != sorted(set(self.ages)):
            raise InvalidInput(f"ages must be rising days, not {self.ages}")
        for age in self.ages:
            _check("ages", age, 0, 365)
        _check("gap", self.gap, 0, 365)
        _check("horizon", self.horizon, 1, 730)
        _check("least_observed", self.least_observed, 1, self.horizon)
        _check("hit_share", self.hit_share, 1e-6, 0.5)
        _check("rounds", self.rounds, 1, 5_000)
        _check("depth", self.depth, 1, 12)
        _check("learning_rate", self.learning_rate, 1e-4, 1)
        _check("ensemble", self.ensemble, 1, 32)
        _check("chance_weight", self.chance_weight, 0, 10)

    @classmethod
    def for_day_zero(cls) -> Params:
        """Judge goods on the day of their listing, by attributes, seller and category alone.

        A hit is the same as for ``Params()``: what sells from day 14 to day 104.
        """
        return cls(ages=(0.0,), gap=14.0, chance_weight=1.0)

    @property
    def age(self) -> float:
        """The age at which goods are judged."""
        return self.ages[0]

    @classmethod
    def at_age(cls, age: float) -> Params:
        """Judge goods at an age above 0, with half and twice as much again as further lessons."""
        return cls(ages=(age, 1.5 * age, 2 * age))

    @property
    def first_day(self) -> float:
        """The day after listing on which the horizon begins."""
        return self.age + self.gap

    @property
    def last_day(self) -> float:
        """The day after listing on which the horizon is over."""
        return self.first_day + self.horizon

    def as_dict(self) -> dict[str, Any]:
        """Give the knobs as plain JSON values."""
        return asdict(self) | {"ages": list(self.ages)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Params:
        """Read back what ``as_dict`` gave; refuses unknown names."""
        try:
            return cls(**(values | {"ages": tuple(values["ages"])}))
        except (KeyError, TypeError) as unknown:
            raise InvalidInput(f"these are not the parameters of a hit model: {unknown}") from unknown


def _check(name: str, value: float, low: float, high: float) -> None:
    if isinstance(value, bool) or not low <= value <= high:
        raise InvalidInput(f"{name} must lie between {low:g} and {high:g}, not {value!r}")
