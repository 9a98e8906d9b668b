"""Who sees which arm: a hash of the unit and a salt, so that nothing is kept and the answer never changes.

A layer is a set of 1,000 slots that its experiments share without overlap; experiments of different
layers meet independently. The unit is whatever must see one arm only: a visitor, or a merchant when the
treatment moves something from one merchant to another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from hansa.kernel.errors import InvalidInput

SLOTS = 1_000
HEAVIEST = 1_000_000


@dataclass(frozen=True)
class Arm:
    """One way of doing it; ``weight`` is its share of the units, in proportion to the others' (1 to 10^6)."""

    name: str
    weight: int = 1


@dataclass(frozen=True)
class Traffic:
    """The slots of a layer that an experiment takes: from ``start`` up to, not with, ``stop`` of 1,000."""

    layer: str = ""
    start: int = 0
    stop: int = SLOTS

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop <= SLOTS:
            raise InvalidInput(f"slots {self.start} to {self.stop} are not within 0 to {SLOTS}")


@dataclass(frozen=True)
class Plan:
    """An experiment as far as assignment knows it; the first arm is the control.

    Refuses fewer than two arms, arms of one name, and weights that are no whole numbers of 1 or more.
    """

    name: str
    salt: str
    arms: tuple[Arm, ...]
    traffic: Traffic = Traffic()

    def __post_init__(self) -> None:
        names = [arm.name for arm in self.arms]
        if len(names) < 2:
            raise InvalidInput(f"experiment {self.name!r} needs two arms or more")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InvalidInput(f"experiment {self.name!r} has two arms {twice!r}")
        wrong = next((arm for arm in self.arms if not 1 <= arm.weight <= HEAVIEST), None)
        if wrong is not None:
            raise InvalidInput(f"arm {wrong.name!r} has weight {wrong.weight}; it must be 1 to {HEAVIEST}")

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of its units that each arm is planned to get."""
        total = sum(arm.weight for arm in self.arms)
        return tuple(arm.weight / total for arm in self.arms)


def arm_of(plan: Plan, unit: str) -> str | None:
    """Name the arm that this unit sees; None when the unit's slot is not the experiment's."""
    slot = _draw(f"layer {plan.traffic.layer}", unit, SLOTS)
    if not plan.traffic.start <= slot < plan.traffic.stop:
        return None
    place = _draw(f"arms {plan.salt}", unit, sum(arm.weight for arm in plan.arms))
    for arm in plan.arms:
        if place < arm.weight:
            return arm.name
        place -= arm.weight
    raise AssertionError("a place lies below the sum of the weights")


def check_layer(plans: Sequence[Plan]) -> None:
    """Refuse two experiments that share slots of one layer, naming both."""
    for one, other in combinations(plans, 2):
        first, second = one.traffic, other.traffic
        if first.layer == second.layer and first.start < second.stop and second.start < first.stop:
            both = max(first.start, second.start), min(first.stop, second.stop)
            raise InvalidInput(
                f"experiments {one.name!r} and {other.name!r} share slots {both[0]} to {both[1]}"
                f" of layer {first.layer!r}"
            )


def _draw(salt: str, unit: str, size: int) -> int:
    """Draw from 0 to size - 1, evenly to one part in 2^64: the same for the same salt and unit."""
    said = f"{len(salt)}:{salt}{unit}".encode("utf-8", "surrogatepass")
    number = int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big")
    return number * size >> 64
