"""The question put to an order policy: demand paths, stock on hand, stock on its way; checked once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hansa.kernel.errors import InvalidInput

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST = 1e12  # units; totals stay exact in float64


@dataclass(frozen=True, eq=False)
class Problem:
    """How much may be asked for, and what there is, item by item.

    - ``demand[items, paths, periods]``: equally likely futures in units; period 0 is the one about to begin.
    - ``on_hand[items]``: units that can be sold now.
    - ``on_order[items, periods]``: units that arrive at the beginning of each period; later columns may be
      left out.

    Refuses negative, non-finite or ragged input with InvalidInput naming the item.
    """

    items: tuple[str, ...]
    demand: Floats
    on_hand: Floats
    on_order: Floats

    def __post_init__(self) -> None:
        items = tuple(str(item) for item in self.items)
        demand = np.array(self.demand, dtype=np.float64)
        on_hand = np.array(self.on_hand, dtype=np.float64)
        given = np.array(self.on_order, dtype=np.float64)
        _check_items(items)
        if demand.ndim != 3 or demand.shape[0] != len(items) or 0 in demand.shape[1:]:
            raise InvalidInput(
                f"demand has shape {demand.shape}; it must be items x paths x periods, none empty"
            )
        if on_hand.shape != (len(items),):
            raise InvalidInput(f"{len(items)} items but stock on hand of shape {on_hand.shape}")
        if given.ndim != 2 or given.shape[0] != len(items):
            raise InvalidInput(f"stock on order has shape {given.shape}; it must be items x periods")
        for name, values in (("demand", demand), ("stock on hand", on_hand), ("stock on order", given)):
            _check_amounts(name, values, items)
        on_order = np.zeros((len(items), max(demand.shape[2], given.shape[1])))
        on_order[:, : given.shape[1]] = given
        for array in (demand, on_hand, on_order):
            array.flags.writeable = False
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "demand", demand)
        object.__setattr__(self, "on_hand", on_hand)
        object.__setattr__(self, "on_order", on_order)

    @property
    def periods(self) -> int:
        """How far the demand paths reach."""
        return int(self.demand.shape[2])

    def digest(self) -> str:
        """Give a short fingerprint of the input, for provenance."""
        state = hashlib.blake2b("\x1f".join(self.items).encode("utf-8", "surrogatepass"), digest_size=12)
        for array in (self.demand, self.on_hand, self.on_order):
            state.update(array.tobytes())
        return state.hexdigest()


def seed_of(item: str, seed: int) -> int:
    """Derive a number from an item and the run's seed, so that any split of items draws the same."""
    mark = hashlib.blake2b(f"{seed}\x1f{item}".encode("utf-8", "surrogatepass"), digest_size=16)
    return int.from_bytes(mark.digest(), "big")


def _check_items(items: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for item in items:
        if item in seen:
            raise InvalidInput(f"item {item!r} comes twice")
        seen.add(item)


def _check_amounts(name: str, values: Floats, items: tuple[str, ...]) -> None:
    wrong = np.argwhere(~((values >= 0) & (values <= LARGEST)))
    if len(wrong):
        place = tuple(wrong[0])
        raise InvalidInput(
            f"item {items[place[0]]!r}: {name} of {values[place]:g} is not from 0 to {LARGEST:g}"
        )
