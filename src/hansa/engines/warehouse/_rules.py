"""Rules of thumb that pickers walk by, the naive baselines: S-shape and largest gap (Hall 1993)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hansa.engines.warehouse._problem import Layout, Pick, Place, distinct_depths


def s_shape_tour(layout: Layout, picks: Sequence[Pick]) -> list[Place]:
    """Walk through every aisle with picks from left to right; turn back in the last if it is odd."""
    length, start = layout.aisle_length_m, (layout.depot_x_m, 0.0)
    tour, at_front = [start], True
    aisles = list(distinct_depths(layout, picks).items())
    for position, (x, depths) in enumerate(aisles):
        entrance, exit_ = (0.0, length) if at_front else (length, 0.0)
        is_last_odd = at_front and position == len(aisles) - 1
        tour += _turning(x, entrance, depths[-1]) if is_last_odd else _through(x, entrance, exit_, depths)
        at_front = at_front if is_last_odd else not at_front
    return [*tour, start]


def largest_gap_tour(layout: Layout, picks: Sequence[Pick]) -> list[Place]:
    """Walk up the first aisle and down the last; enter the others from both ends up to the largest gap."""
    length, start = layout.aisle_length_m, (layout.depot_x_m, 0.0)
    aisles = list(distinct_depths(layout, picks).items())
    if not aisles:
        return [start, start]
    if len(aisles) == 1:
        x, depths = aisles[0]
        return [start, *_turning(x, 0.0, depths[-1]), start]
    (first_x, first), *between, (last_x, last) = aisles
    tour = [start, *_through(first_x, 0.0, length, first)]
    for x, depths in between:
        from_back = [depth for depth in depths if depth > _gap_start(depths, length)]
        tour += _turning(x, length, from_back[0]) if from_back else []
    tour += _through(last_x, length, 0.0, last)
    for x, depths in reversed(between):
        from_front = [depth for depth in depths if depth <= _gap_start(depths, length)]
        tour += _turning(x, 0.0, from_front[-1]) if from_front else []
    return [*tour, start]


def _through(x: float, entrance: float, exit_: float, depths: Sequence[float]) -> list[Place]:
    stops = depths if entrance < exit_ else depths[::-1]
    return [(x, entrance), *((x, depth) for depth in stops), (x, exit_)]


def _turning(x: float, entrance: float, farthest: float) -> list[Place]:
    return [(x, entrance), (x, farthest), (x, entrance)]


def _gap_start(depths: Sequence[float], length: float) -> float:
    """Tell where the largest stretch without picks begins; the ends of the aisle count as picks."""
    stops = [0.0, *depths, length]
    low, _ = max(pairwise(stops), key=lambda gap: gap[1] - gap[0])
    return low
