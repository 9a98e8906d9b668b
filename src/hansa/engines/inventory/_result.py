"""The answer of an order policy: what to order, why, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hansa.engines.inventory._params import Params
from hansa.engines.inventory._problem import Floats, Ints, Problem


@dataclass(frozen=True)
class Provenance:
    """How a result came about: enough to make it again."""

    params: Params
    seed: int
    version: str
    input_digest: str


@dataclass(frozen=True, eq=False)
class Result:
    """An order for each item, in units, with its reasons.

    - ``order``: whole packs, 0 or at least the minimum.
    - ``target``: order-up-to level for stock on hand and on order; the order fills it, before rounding.
    - ``safety_demand`` and ``safety_lead_time``: what the target adds to the expected need, by cause.
    - ``stockout_before`` and ``stockout_after``: chance of losing demand between this order's arrival and the
      next one's, without and with the order; ``cost_before`` and ``cost_after`` of those periods.
    """

    items: tuple[str, ...]
    order: Ints
    target: Floats
    safety_demand: Floats
    safety_lead_time: Floats
    stockout_before: Floats
    stockout_after: Floats
    cost_before: Floats
    cost_after: Floats
    reasons: tuple[str, ...]
    provenance: Provenance


class ReorderPolicy(Protocol):
    """Anything that answers a Problem with orders; `plan` is the one that Hansa uses."""

    def __call__(self, problem: Problem, params: Params, *, seed: int) -> Result:
        """Propose an order for every item."""
        ...
