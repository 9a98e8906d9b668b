"""The walk of a picker as a drawing: racks, the way between them, and the picks in order. In metres, front below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hansa.commerce.delivery.adapters import AISLES, SLOTS_PER_AISLE, Picked

MARGIN_M = 4.0
RACK_M = 1.5  # half of what lies between two aisles, less room to walk


@dataclass(frozen=True)
class Rack:
    """One side of an aisle, as an SVG rectangle."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Place:
    """A place to stop at and the numbers of the picks that lie there."""

    x: str
    y: str
    numbers: str
    left: str = ""  # where the label begins, and its width
    width: str = ""


@dataclass(frozen=True)
class Pick:
    """One line of the list."""

    number: int
    sku: str
    title: str
    aisle: int
    slot: int
    units: int


@dataclass(frozen=True)
class Walk:
    """The drawing and the list that says the same."""

    view_box: str
    racks: list[Rack]
    points: str
    places: list[Place]
    depot: Place
    aisles: list[Place]
    picks: list[Pick]
    walking_m: float
    baseline_m: float

    @property
    def saved_share(self) -> float | None:
        """How much shorter the walk is than the better of the rules of thumb."""
        return 1 - self.walking_m / self.baseline_m if self.baseline_m else None

    @property
    def units(self) -> int:
        return sum(pick.units for pick in self.picks)


def walk_of(picked: Picked, titles: Mapping[str, str]) -> Walk:
    """Draw a picking tour."""
    pitch = picked.width_m / (AISLES - 1)
    xs = [aisle * pitch for aisle in range(AISLES)]
    picks = [
        Pick(number, sku, titles.get(sku, ""), aisle, slot, units)
        for number, (sku, aisle, slot, units) in enumerate(picked.picks, start=1)
    ]
    numbers: dict[tuple[int, int], list[int]] = {}
    for pick in picks:
        numbers.setdefault((pick.aisle, pick.slot), []).append(pick.number)
    return Walk(
        view_box=f"{-MARGIN_M:g} {-MARGIN_M:g} {picked.width_m + 2 * MARGIN_M:g} {picked.length_m + 2.5 * MARGIN_M:g}",
        racks=[
            Rack(f"{x + side - RACK_M / 2:.2f}", "0", f"{RACK_M:g}", f"{picked.length_m:g}")
            for x in xs
            for side in (-1.6, 1.6)
        ],
        points=" ".join(f"{x:.2f},{picked.length_m - y:.2f}" for x, y in picked.path),
        places=[
            _place(xs[aisle], picked.length_m * (1 - (slot + 0.5) / SLOTS_PER_AISLE), found)
            for (aisle, slot), found in numbers.items()
        ],
        depot=Place("0", f"{picked.length_m:g}", ""),
        aisles=[
            Place(f"{x:.2f}", f"{picked.length_m + MARGIN_M:g}", str(aisle)) for aisle, x in enumerate(xs)
        ],
        picks=picks,
        walking_m=picked.walking_m,
        baseline_m=picked.baseline_m,
    )


def _place(x: float, y: float, numbers: list[int]) -> Place:
    text = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
    width = max(3.6, 1.4 + 1.15 * len(text))
    return Place(f"{x:.2f}", f"{y:.2f}", text, f"{x - width / 2:.2f}", f"{width:.2f}")
