"""How much a merchant may say of an article: one place for pages, tables, the API and services. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.kernel.errors import InvalidInput


@dataclass(frozen=True)
class Bounds:
    """The least and the most that may be said, both of them included."""

    least: int
    most: int


PRICE = Bounds(1, 10**12)  # minor units
UNIT_COST = Bounds(0, 10**12)
WEIGHT_G = Bounds(1, 2_000_000)
PACK_SIZE = Bounds(1, 100_000)
LEAD_TIME_DAYS = Bounds(0, 365)
_NAMED = {
    "unit_cost": UNIT_COST,
    "weight_g": WEIGHT_G,
    "pack_size": PACK_SIZE,
    "lead_time_days": LEAD_TIME_DAYS,
}


def insist(**said: int) -> None:
    """Refuse what is out of its bounds: unit_cost, weight_g, pack_size and lead_time_days."""
    for name, number in said.items():
        bounds = _NAMED[name]
        if not bounds.least <= number <= bounds.most:
            raise InvalidInput(f"{name} is between {bounds.least} and {bounds.most}, not {number}")
