"""A one-block warehouse and what is to be fetched from it: layout, picks, orders; checked at the door."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from hansa.kernel.errors import InvalidInput

Place = tuple[float, float]
"""Metres along the front cross aisle (x) and away from it (y)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Parallel aisles between a front and a back cross aisle, with the depot at the front.

    Lengths in metres. ``aisle_pitch_m`` runs from the middle of an aisle to the middle of the next.
    ``end_clearance_m`` is walked at both ends of an aisle between its slots and the cross aisle.
    The depot stands ``depot_x_m`` along the front from aisle 0, ``depot_setback_m`` before it.
    Refuses counts below one and lengths that are negative or not finite.
    """

    aisles: int
    slots_per_aisle: int  # on each side
    slot_length_m: float = 1.0
    aisle_pitch_m: float = 5.0
    end_clearance_m: float = 0.0
    depot_x_m: float = 0.0
    depot_setback_m: float = 0.0

    def __post_init__(self) -> None:
        for name in ("aisles", "slots_per_aisle"):
            if getattr(self, name) < 1:
                raise InvalidInput(f"layout: {name} must be at least 1, not {getattr(self, name)}")
        for name in ("slot_length_m", "aisle_pitch_m"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise InvalidInput(f"layout: {name} must be positive, not {getattr(self, name)}")
        for name in ("end_clearance_m", "depot_x_m", "depot_setback_m"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InvalidInput(f"layout: {name} must not be negative, not {getattr(self, name)}")
        if self.depot_x_m > self.width_m:
            raise InvalidInput(
                f"layout: the depot at {self.depot_x_m:g} m is beyond the last aisle at {self.width_m:g} m"
            )

    @property
    def width_m(self) -> float:
        """From the middle of the first aisle to the middle of the last."""
        return (self.aisles - 1) * self.aisle_pitch_m

    @property
    def aisle_length_m(self) -> float:
        """From the front cross aisle to the back one."""
        return self.slots_per_aisle * self.slot_length_m + 2 * self.end_clearance_m

    @property
    def depot(self) -> Place:
        return (self.depot_x_m, -self.depot_setback_m)

    def place_of(self, pick: Pick) -> Place:
        """Tell where a picker stands to take from the middle of a slot; both sides are in reach."""
        along = self.end_clearance_m + (pick.slot + 0.5) * self.slot_length_m
        return (pick.aisle * self.aisle_pitch_m, along)


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of one SKU to take from a slot: aisle and slot count from 0, slot 0 at the front."""

    sku: str
    aisle: int
    slot: int
    units: int = 1
    side: str = ""
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One tour: what to fetch. Refuses picks outside the layout and fewer than one unit, by SKU."""

    layout: Layout
    picks: tuple[Pick, ...]

    def __post_init__(self) -> None:
        for pick in self.picks:
            check_pick(self.layout, pick)


@dataclass(frozen=True, slots=True)
class Order:
    """The picks of one customer order; an order is never torn apart."""

    id: str
    picks: tuple[Pick, ...]

    @property
    def units(self) -> int:
        return sum(pick.units for pick in self.picks)


@dataclass(frozen=True, slots=True)
class BatchProblem:
    """Orders in the sequence of their arrival, and how many units a picker carries on one tour.

    Refuses two orders of one id, orders without picks or larger than the capacity, and bad picks.
    """

    layout: Layout
    orders: tuple[Order, ...]
    capacity: int
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise InvalidInput(f"a picker carries at least 1 unit, not {self.capacity}")
        if not self.orders:
            raise InvalidInput("there are no orders to pick")
        seen: set[str] = set()
        for order in self.orders:
            if order.id in seen:
                raise InvalidInput(f"two orders are called {order.id!r}")
            seen.add(order.id)
            self._check(order)

    def _check(self, order: Order) -> None:
        if not order.picks:
            raise InvalidInput(f"order {order.id!r} has nothing to pick")
        for pick in order.picks:
            check_pick(self.layout, pick)
        if order.units > self.capacity:
            raise InvalidInput(
                f"order {order.id!r} has {order.units} units, a picker carries {self.capacity}: "
                "raise the capacity or split the order"
            )


def check_pick(layout: Layout, pick: Pick) -> None:
    """Refuse a pick that the layout has no place for."""
    if not 0 <= pick.aisle < layout.aisles:
        raise InvalidInput(
            f"SKU {pick.sku!r} lies in aisle {pick.aisle}; aisles are 0 to {layout.aisles - 1}"
        )
    if not 0 <= pick.slot < layout.slots_per_aisle:
        raise InvalidInput(
            f"SKU {pick.sku!r} lies in slot {pick.slot}; slots are 0 to {layout.slots_per_aisle - 1}"
        )
    if pick.units < 1:
        raise InvalidInput(f"SKU {pick.sku!r}: {pick.units} units asked, at least 1 is needed")


def distinct_depths(layout: Layout, picks: Sequence[Pick]) -> dict[float, list[float]]:
    """Gather, for each aisle with picks (its x), the sorted distances of its picks from the front."""
    depths: dict[float, set[float]] = {}
    for pick in picks:
        x, y = layout.place_of(pick)
        depths.setdefault(x, set()).add(y)
    return {x: sorted(ys) for x, ys in sorted(depths.items())}
