"""Terms of supply and of service, for one item or for each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hansa.engines.inventory._problem import Floats, Ints
from hansa.kernel.errors import InvalidInput

LONGEST_LEAD = 1_000


@dataclass(frozen=True, eq=False)
class Params:
    """What ordering costs and how long it takes; every field is one number for all items or one for each.

    - ``lead_time``: whole periods that pass before an order placed now can be sold (0: at once). 0 to 1,000.
    - ``lead_time_chances[lead times]`` or ``[items, lead times]``: chance that it takes 0, 1, 2 … periods,
      instead of a certain ``lead_time``. Rows add up to 1.
    - ``review``: periods until the next order can be placed, 1 or more.
    - ``holding_cost`` per unit and period, above 0; ``shortage_cost`` per unit of lost demand, 0 or more.
    - ``service_level``: wanted chance of no lost demand until the next order arrives, in (0, 1); it replaces
      the critical ratio of the costs.
    - ``pack_size``: orders are whole packs, 1 or more; ``minimum_order`` units, 0 or more.
    """

    lead_time: ArrayLike = 0
    lead_time_chances: ArrayLike | None = None
    review: ArrayLike = 1
    holding_cost: ArrayLike = 0.2
    shortage_cost: ArrayLike = 1.0
    service_level: ArrayLike | None = None
    pack_size: ArrayLike = 1
    minimum_order: ArrayLike = 0


@dataclass(frozen=True, eq=False)
class Terms:
    """The parameters laid out for each item, checked."""

    chances: Floats
    review: Ints
    holding: Floats
    shortage: Floats
    ratio: Floats
    by_service: bool
    pack: Ints
    minimum: Ints
    expected_lead: Ints = field(init=False)

    def __post_init__(self) -> None:
        mean = self.chances @ np.arange(self.chances.shape[1])
        object.__setattr__(self, "expected_lead", np.floor(mean + 0.5).astype(np.int64))

    @classmethod
    def of(cls, params: Params, items: tuple[str, ...]) -> Terms:
        """Lay the parameters out; refuses one that is out of range, naming the item and the field."""
        review = _whole("review", params.review, items, 1, LONGEST_LEAD)
        holding = _amounts("holding_cost", params.holding_cost, items, 1e-12, 1e12)
        shortage = _amounts("shortage_cost", params.shortage_cost, items, 0.0, 1e12)
        # A unit left over has been held until the next order arrives: overage is holding x review.
        ratio = shortage / (shortage + holding * review)
        if params.service_level is not None:
            ratio = _amounts("service_level", params.service_level, items, 1e-6, 1 - 1e-6)
        return cls(
            chances=_chances(params, items),
            review=review,
            holding=holding,
            shortage=shortage,
            ratio=ratio,
            by_service=params.service_level is not None,
            pack=_whole("pack_size", params.pack_size, items, 1, 10**9),
            minimum=_whole("minimum_order", params.minimum_order, items, 0, 10**12),
        )

    @property
    def reach(self) -> int:
        """Periods of demand that the latest delivery and the review after it need."""
        latest = (self.chances > 0).shape[1] - (self.chances > 0)[:, ::-1].argmax(axis=1) - 1
        return int(np.max(latest + self.review, initial=1))


def _amounts(name: str, given: ArrayLike, items: tuple[str, ...], low: float, high: float) -> Floats:
    values = np.asarray(given, dtype=np.float64)
    if values.shape not in ((), (len(items),)):
        raise InvalidInput(
            f"{name} has shape {values.shape}; give one number, or one for each of {len(items)} items"
        )
    laid: Floats = np.array(np.broadcast_to(values, (len(items),)))
    wrong = np.flatnonzero(~((laid >= low) & (laid <= high)))
    if len(wrong):
        raise InvalidInput(
            f"item {items[wrong[0]]!r}: {name} is {laid[wrong[0]]:g}; it must be {low:g} to {high:g}"
        )
    return laid


def _whole(name: str, given: ArrayLike, items: tuple[str, ...], low: int, high: int) -> Ints:
    values = _amounts(name, given, items, low, high)
    broken = np.flatnonzero(values != np.floor(values))
    if len(broken):
        raise InvalidInput(f"item {items[broken[0]]!r}: {name} is {values[broken[0]]:g}; it must be whole")
    return values.astype(np.int64)


def _chances(params: Params, items: tuple[str, ...]) -> Floats:
    if params.lead_time_chances is None:
        lead: NDArray[np.int64] = _whole("lead_time", params.lead_time, items, 0, LONGEST_LEAD)
        return np.asarray(np.eye(int(lead.max(initial=0)) + 1)[lead])
    given = np.asarray(params.lead_time_chances, dtype=np.float64)
    if given.ndim == 1:
        given = np.broadcast_to(given, (len(items), len(given)))
    if given.ndim != 2 or given.shape[0] != len(items) or not 1 <= given.shape[1] <= LONGEST_LEAD + 1:
        raise InvalidInput(f"lead_time_chances has shape {given.shape}; it must be items x lead times")
    for item, row in zip(items, given, strict=True):
        if not ((row >= 0).all() and abs(row.sum() - 1) < 1e-6):
            raise InvalidInput(
                f"item {item!r}: lead_time_chances {row.tolist()} are not chances that add up to 1"
            )
    return np.array(given)
