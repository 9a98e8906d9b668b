"""The shortest picking tour of a one-block warehouse, by dynamic programming over the aisles.

Ratliff and Rosenthal, "Order-picking in a rectangular warehouse: a solvable case of the traveling
salesman problem", Operations Research 31(3), 1983. Time grows with the aisles alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from hansa.engines.warehouse._problem import Layout, Pick, Place, distinct_depths


class _Aisle(StrEnum):
    """How an aisle is walked (figure 5 of the paper)."""

    ONCE = "walked through once"
    TWICE = "walked through twice"
    FROM_FRONT = "entered and left at the front"
    FROM_BACK = "entered and left at the back"
    GAP = "entered and left at both ends, leaving out the largest gap"


class _Cross(StrEnum):
    """How the cross aisles are walked between two neighbouring aisles (figure 6 of the paper)."""

    BOTH_ONCE = "front and back once"
    FRONT_TWICE = "front twice"
    BACK_TWICE = "back twice"
    BOTH_TWICE = "front and back twice"


class _State(StrEnum):
    """What a tour so far looks like at the front and back end of the last aisle: parity and parts.

    U is an odd, E an even, 0 no degree; then the number of connected parts.
    """

    NONE = "00 0"
    ODD = "UU 1"
    FRONT = "E0 1"
    BACK = "0E 1"
    JOINED = "EE 1"
    APART = "EE 2"


_S, _A, _C = _State, _Aisle, _Cross

# Table 1 of the paper: the state after an aisle was walked in some way.
_AFTER_AISLE: dict[_State, dict[_Aisle, _State]] = {
    _S.NONE: {
        _A.ONCE: _S.ODD,
        _A.TWICE: _S.JOINED,
        _A.FROM_FRONT: _S.FRONT,
        _A.FROM_BACK: _S.BACK,
        _A.GAP: _S.APART,
    },
    _S.ODD: {
        _A.ONCE: _S.JOINED,
        _A.TWICE: _S.ODD,
        _A.FROM_FRONT: _S.ODD,
        _A.FROM_BACK: _S.ODD,
        _A.GAP: _S.ODD,
    },
    _S.FRONT: {
        _A.ONCE: _S.ODD,
        _A.TWICE: _S.JOINED,
        _A.FROM_FRONT: _S.FRONT,
        _A.FROM_BACK: _S.APART,
        _A.GAP: _S.APART,
    },
    _S.BACK: {
        _A.ONCE: _S.ODD,
        _A.TWICE: _S.JOINED,
        _A.FROM_FRONT: _S.APART,
        _A.FROM_BACK: _S.BACK,
        _A.GAP: _S.APART,
    },
    _S.JOINED: {
        _A.ONCE: _S.ODD,
        _A.TWICE: _S.JOINED,
        _A.FROM_FRONT: _S.JOINED,
        _A.FROM_BACK: _S.JOINED,
        _A.GAP: _S.JOINED,
    },
    _S.APART: {
        _A.ONCE: _S.ODD,
        _A.TWICE: _S.JOINED,
        _A.FROM_FRONT: _S.APART,
        _A.FROM_BACK: _S.APART,
        _A.GAP: _S.APART,
    },
}
# Table 2 of the paper, without the moves that only add a dead end.
_AFTER_CROSS: dict[_State, dict[_Cross, _State]] = {
    _S.ODD: {_C.BOTH_ONCE: _S.ODD},
    _S.FRONT: {_C.FRONT_TWICE: _S.FRONT},
    _S.BACK: {_C.BACK_TWICE: _S.BACK},
    _S.JOINED: {_C.FRONT_TWICE: _S.FRONT, _C.BACK_TWICE: _S.BACK, _C.BOTH_TWICE: _S.JOINED},
    _S.APART: {_C.BOTH_TWICE: _S.APART},
}
_WHOLE_TOURS = (_S.FRONT, _S.BACK, _S.JOINED)  # all even, one part


@dataclass(frozen=True, slots=True)
class _Column:
    """A place along the front: an aisle with its picks, or the depot (no depths, nothing to walk)."""

    x: float
    depths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Partial:
    """The cheapest way into a state, and how it was come by: one choice for each aisle and crossing."""

    metres: float
    aisles: tuple[_Aisle, ...]
    crossings: tuple[_Cross, ...]


def shortest_tour(layout: Layout, picks: Sequence[Pick]) -> list[Place]:
    """Find the places of a shortest walk from the depot over all picks and back, corner by corner."""
    columns = _columns(layout, picks)
    best = _cheapest(columns, layout.aisle_length_m)
    return _walk(_steps(columns, best, layout.aisle_length_m), start=(layout.depot_x_m, 0.0))


def _columns(layout: Layout, picks: Sequence[Pick]) -> list[_Column]:
    """Line up the aisles with picks and the depot; no shortest tour needs an aisle without picks."""
    columns = [_Column(x, tuple(ys)) for x, ys in distinct_depths(layout, picks).items()]
    return sorted([*columns, _Column(layout.depot_x_m, ())], key=lambda column: (column.x, column.depths))


def _cheapest(columns: Sequence[_Column], length: float) -> _Partial:
    """Carry the cheapest partial tour of each state from the first column to the last."""
    states = {_S.NONE: _Partial(0.0, (), ())}
    for position, column in enumerate(columns):
        if position:
            states = _crossed(states, column.x - columns[position - 1].x)
        states = _visited(states, column, length)
    return min((states[state] for state in _WHOLE_TOURS if state in states), key=lambda tour: tour.metres)


def _visited(states: dict[_State, _Partial], column: _Column, length: float) -> dict[_State, _Partial]:
    after: dict[_State, _Partial] = {}
    for state, tour in states.items():
        for way, metres in _ways_through(column, length).items():
            grown = _Partial(tour.metres + metres, (*tour.aisles, way), tour.crossings)
            _keep_cheaper(after, _AFTER_AISLE[state][way], grown)
    return after


def _crossed(states: dict[_State, _Partial], distance: float) -> dict[_State, _Partial]:
    after: dict[_State, _Partial] = {}
    for state, tour in states.items():
        for way, then in _AFTER_CROSS[state].items():
            metres = tour.metres + distance * (4 if way is _C.BOTH_TWICE else 2)
            _keep_cheaper(after, then, _Partial(metres, tour.aisles, (*tour.crossings, way)))
    return after


def _keep_cheaper(states: dict[_State, _Partial], state: _State, tour: _Partial) -> None:
    if state not in states or tour.metres < states[state].metres:
        states[state] = tour


def _ways_through(column: _Column, length: float) -> dict[_Aisle, float]:
    """Price the ways to serve an aisle. The depot is a pick at the front end of an aisle that is none."""
    depths = column.depths
    if not depths:
        return {_A.FROM_FRONT: 0.0}
    ways = {
        _A.ONCE: length,
        _A.FROM_FRONT: 2 * depths[-1],
        _A.FROM_BACK: 2 * (length - depths[0]),
        _A.TWICE: 2 * length,
    }
    if len(depths) > 1:
        low, high = _largest_gap(depths)
        ways[_A.GAP] = 2 * (length - (high - low))
    return ways


def _largest_gap(depths: Sequence[float]) -> tuple[float, float]:
    return max(pairwise(depths), key=lambda gap: gap[1] - gap[0])


def _steps(columns: Sequence[_Column], tour: _Partial, length: float) -> Counter[tuple[Place, Place]]:
    """Turn the choices into steps between neighbouring places, each with how often it is walked."""
    steps: Counter[tuple[Place, Place]] = Counter()
    for column, way in zip(columns, tour.aisles, strict=True):
        stops = [0.0, *column.depths, length]
        times = dict.fromkeys(range(len(stops) - 1), 1 if way is _A.ONCE else 2)
        if way is _A.FROM_FRONT:
            times.pop(len(stops) - 2)
        elif way is _A.FROM_BACK:
            times.pop(0)
        elif way is _A.GAP:
            times.pop(stops.index(_largest_gap(column.depths)[0]))
        for position, count in times.items():
            steps[(column.x, stops[position]), (column.x, stops[position + 1])] += count
    for (before, column), crossing in zip(pairwise(columns), tour.crossings, strict=True):
        count = 1 if crossing is _C.BOTH_ONCE else 2
        for y, left_out in ((0.0, _C.BACK_TWICE), (length, _C.FRONT_TWICE)):
            if crossing is not left_out:
                steps[(before.x, y), (column.x, y)] += count
    return steps


def _walk(steps: Counter[tuple[Place, Place]], *, start: Place) -> list[Place]:
    """Walk every step as often as it is counted, ending where it began (Hierholzer 1873)."""
    left: dict[Place, Counter[Place]] = {}
    for (a, b), count in steps.items():
        if a != b:  # the depot may stand right at an aisle
            left.setdefault(a, Counter())[b] += count
            left.setdefault(b, Counter())[a] += count
    path, circuit = [start], []
    while path:
        here = path[-1]
        onward = [place for place, count in left.get(here, Counter()).items() if count]
        if not onward:
            circuit.append(path.pop())
            continue
        there = min(onward)
        left[here][there] -= 1
        left[there][here] -= 1
        path.append(there)
    return circuit
