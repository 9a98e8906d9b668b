"""Bundles: offers that have no stock of their own but take it from other offers of the same merchant. Pure.

A bundle costs its own price, which belongs to its one merchant: there is nothing to split. What it is made of never
changes, so that an order of last year still says which goods went; another composition is another bundle.
"""

from __future__ import annotations

from collections.abc import Mapping

Components = Mapping[int, Mapping[int, int]]


def expand(wanted: Mapping[int, int], components: Components) -> dict[int, int]:
    """The units of stocked offers that a basket takes, in key order: bundles opened and summed with single goods.

    Two lines that share a component become one number, so neither is checked without the other.
    """
    units: dict[int, int] = {}
    for offer_id, quantity in wanted.items():
        for component_id, each in components.get(offer_id, {offer_id: 1}).items():
            units[component_id] = units.get(component_id, 0) + each * quantity
    return dict(sorted(units.items()))


def available(offer_id: int, free: Mapping[int, int], components: Components) -> int:
    """How many units of an offer its stock allows; of a bundle as many as its scarcest component."""
    parts = components.get(offer_id, {offer_id: 1})
    return max(0, min(free.get(component_id, 0) // each for component_id, each in parts.items()))
