"""Projected-stock newsvendor: carry the stock to the day the order arrives, then order for what follows.

Demand that finds no stock is lost. The idea of ordering on the projected level is van Jaarsveld & Arts
(2021), "Projected inventory-level policies for lost sales"; the level itself is the newsvendor's fractile.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from hansa import __version__
from hansa.engines.inventory._params import Params, Terms
from hansa.engines.inventory._problem import Floats, Ints, Problem, seed_of
from hansa.engines.inventory._result import Provenance, Result
from hansa.kernel.errors import InvalidInput

WHOLE = 1e-9  # a need of 3.0000000001 units is 3 units


class Outlook(NamedTuple):
    """One item's futures: when this order and the next arrive, and what the shelf holds until then."""

    demand: Floats
    arrivals: Floats
    on_hand: float
    lead: Ints
    until: Ints


class Item(NamedTuple):
    """One item's terms."""

    holding: float
    shortage: float
    ratio: float
    by_service: bool
    pack: int
    minimum: int


def plan(problem: Problem, params: Params, *, seed: int) -> Result:
    """Propose the order that costs least, or meets the service level, for every item.

    Refuses demand paths that do not reach the latest delivery plus the review. The seed draws lead times
    where they are uncertain; nothing else is random.
    """
    terms = Terms.of(params, problem.items)
    _check_reach(problem, terms)
    rows = [_plan_item(problem, terms, row, seed) for row in range(len(problem.items))]

    def column(name: str) -> Floats:
        return np.array([getattr(row, name) for row in rows], dtype=np.float64)

    return Result(
        items=problem.items,
        order=column("order").astype(np.int64),
        target=column("target"),
        safety_demand=column("safety_demand"),
        safety_lead_time=column("safety_lead_time"),
        stockout_before=column("stockout_before"),
        stockout_after=column("stockout_after"),
        cost_before=column("cost_before"),
        cost_after=column("cost_after"),
        reasons=tuple(row.reason for row in rows),
        provenance=Provenance(params, seed, __version__, problem.digest()),
    )


def order_to_cover(
    problem: Problem, params: Params, *, mean_per_period: ArrayLike, cover_periods: float
) -> Ints:
    """Order the naive way: fill stock on hand and on order up to some periods of mean demand.

    The baseline that `plan` must beat; it sees neither the spread of demand nor its costs.
    """
    terms = Terms.of(params, problem.items)
    mean = np.broadcast_to(np.asarray(mean_per_period, dtype=np.float64), (len(problem.items),))
    missing = np.maximum(mean * cover_periods - problem.on_hand - problem.on_order.sum(axis=1), 0.0)
    packs = np.ceil(missing / terms.pack - WHOLE) * terms.pack
    least = np.ceil(terms.minimum / terms.pack) * terms.pack
    return np.where(packs > 0, np.maximum(packs, least), 0).astype(np.int64)


def expected_costs(problem: Problem, params: Params, orders: ArrayLike, *, seed: int) -> Floats:
    """Cost of any orders on the same futures that `plan` sees, for comparing policies: ``[items]``."""
    terms = Terms.of(params, problem.items)
    _check_reach(problem, terms)
    given = np.broadcast_to(np.asarray(orders, dtype=np.float64), (len(problem.items),))
    costs = [
        _consequence(_outlook(problem, terms, row, seed), _item(terms, row), float(given[row])).cost
        for row in range(len(problem.items))
    ]
    return np.array(costs, dtype=np.float64)


class _Row(NamedTuple):
    order: float
    target: float
    safety_demand: float
    safety_lead_time: float
    stockout_before: float
    stockout_after: float
    cost_before: float
    cost_after: float
    reason: str


class _Consequence(NamedTuple):
    cost: float
    stockout: float


def _plan_item(problem: Problem, terms: Terms, row: int, seed: int) -> _Row:
    item, outlook = _item(terms, row), _outlook(problem, terms, row, seed)
    lead = np.full_like(outlook.lead, terms.expected_lead[row])
    punctual = outlook._replace(lead=lead, until=lead + terms.review[row])
    needs, punctual_needs = _needs(outlook), _needs(punctual)
    wanted, expected = _fractile(needs, item.ratio), float(punctual_needs.mean())
    safety_demand = _fractile(punctual_needs, item.ratio) - expected
    order = _whole_order(outlook, item, wanted)
    before, after = _consequence(outlook, item, 0.0), _consequence(outlook, item, order)
    horizon = int(outlook.until.max())
    position = outlook.on_hand + float(outlook.arrivals[:horizon].sum())
    figures = _Row(
        order=order,
        target=max(position + wanted, 0.0),
        safety_demand=safety_demand,
        safety_lead_time=wanted - expected - safety_demand,
        stockout_before=before.stockout,
        stockout_after=after.stockout,
        cost_before=before.cost,
        cost_after=after.cost,
        reason="",
    )
    return figures._replace(reason=_reason(figures, item, wanted, position))


def _item(terms: Terms, row: int) -> Item:
    return Item(
        float(terms.holding[row]),
        float(terms.shortage[row]),
        float(terms.ratio[row]),
        terms.by_service,
        int(terms.pack[row]),
        int(terms.minimum[row]),
    )


def _outlook(problem: Problem, terms: Terms, row: int, seed: int) -> Outlook:
    """Draw when this order and the next one arrive on each path; certain lead times draw nothing."""
    paths, chances = problem.demand.shape[1], terms.chances[row]
    if np.count_nonzero(chances) == 1:
        lead = np.full(paths, chances.argmax())
        following = lead
    else:
        generator = np.random.default_rng(seed_of(problem.items[row], seed))
        lead, following = generator.choice(len(chances), size=(2, paths), p=chances / chances.sum())
    until = np.maximum(following + terms.review[row], lead + 1)
    return Outlook(problem.demand[row], problem.on_order[row], float(problem.on_hand[row]), lead, until)


def _needs(outlook: Outlook) -> Floats:
    """Units each future lacks between the two arrivals; negative where stock is left over.

    Later deliveries do not serve earlier demand: the need is the deepest point of the running balance.
    """
    stock = np.full(len(outlook.demand), outlook.on_hand)
    balance, need = np.zeros(len(stock)), np.full(len(stock), -np.inf)
    for period in range(int(outlook.until.max())):
        change = outlook.arrivals[period] - outlook.demand[:, period]
        waiting = period < outlook.lead
        serving = ~waiting & (period < outlook.until)
        stock = np.where(waiting, np.maximum(stock + change, 0.0), stock)
        balance = np.where(serving, balance - change, balance)
        need = np.where(serving, np.maximum(need, balance - stock), need)
    return need


def _fractile(needs: Floats, ratio: float) -> float:
    """Smallest need that covers at least ``ratio`` of the futures (the newsvendor's critical fractile)."""
    ordered = np.sort(needs)
    place = int(np.ceil(ratio * len(ordered) - WHOLE)) - 1
    return float(ordered[min(max(place, 0), len(ordered) - 1)])


def _whole_order(outlook: Outlook, item: Item, wanted: float) -> float:
    """Round to whole packs and the minimum: up for a service level, else to what costs least."""
    packs = max(wanted, 0.0) / item.pack
    up = np.ceil(packs - WHOLE) * item.pack
    least = float(np.ceil(item.minimum / item.pack) * item.pack)
    if up == 0:
        return 0.0
    if item.by_service:
        return float(max(up, least))
    down = np.floor(packs + WHOLE) * item.pack
    choices = sorted({0.0 if down < least else float(down), float(max(up, least))})
    return min(choices, key=lambda order: _consequence(outlook, item, order).cost)


def _consequence(outlook: Outlook, item: Item, order: float) -> _Consequence:
    """Walk every future until the next order arrives; count cost and lost demand from this one's arrival."""
    stock = np.full(len(outlook.demand), outlook.on_hand)
    cost, missed = np.zeros(len(stock)), np.zeros(len(stock), dtype=bool)
    for period in range(int(outlook.until.max())):
        serving = (period >= outlook.lead) & (period < outlook.until)
        stock = stock + outlook.arrivals[period] + np.where(period == outlook.lead, order, 0.0)
        lost = np.maximum(outlook.demand[:, period] - stock, 0.0)
        stock = np.maximum(stock - outlook.demand[:, period], 0.0)
        cost += np.where(serving, item.holding * stock + item.shortage * lost, 0.0)
        missed |= serving & (lost > WHOLE)
    return _Consequence(float(cost.mean()), float(missed.mean()))


def _reason(row: _Row, item: Item, wanted: float, position: float) -> str:
    """Say the order in words: what is missing, why some is held in reserve, how it was rounded."""
    if row.order == 0 and wanted <= WHOLE:
        return (
            f"no order: the {position:g} on hand and on order cover {1 - row.stockout_before:.0%} of futures"
        )
    said = [
        f"{position:g} on hand and on order against a target of {row.target:.1f}",
        f"reserve {row.safety_demand:.1f} for uncertain demand",
    ]
    if abs(row.safety_lead_time) > WHOLE:
        said.append(f"{row.safety_lead_time:.1f} for uncertain delivery")
    if abs(row.order - wanted) > WHOLE:
        how = [f"packs of {item.pack}"] if item.pack > 1 else ["whole units"]
        how += [f"a minimum of {item.minimum}"] if item.minimum else []
        said.append(f"{wanted:.1f} rounded to {row.order:g} for {' and '.join(how)}")
    said.append(
        f"chance of selling out {row.stockout_before:.0%} without, {row.stockout_after:.0%} with the order"
    )
    return "; ".join(said)


def _check_reach(problem: Problem, terms: Terms) -> None:
    if problem.items and problem.periods < terms.reach:
        raise InvalidInput(
            f"demand is given for {problem.periods} periods; latest delivery plus review need {terms.reach}"
        )
