"""Owns the question which stops no vehicle could ever serve, even alone, and why."""

from __future__ import annotations

import numpy as np

from hansa.engines.routing._instance import Instance, Kind
from hansa.engines.routing._plan import Reason, Unserved
from hansa.engines.routing._travel import NO_WAY, Integers

_NEVER = np.int64(2**60)


def hopeless(instance: Instance) -> dict[int, Unserved]:
    """Name each node that no vehicle can serve in any route, with the reason."""
    earliest = {kind.start: _shortest(instance.legs.duration, kind.start) for kind in instance.kinds}
    homewards = {kind.end: _shortest(instance.legs.duration.T, kind.end) for kind in instance.kinds}
    found = {}
    for node in instance.stops:
        blame = _blame(instance, node, earliest, homewards)
        if blame is not None:
            stop = instance.stop(node)
            found[node] = Unserved(stop.id, *blame)
    return found


def _blame(
    instance: Instance, node: int, earliest: dict[int, Integers], homewards: dict[int, Integers]
) -> tuple[Reason, str] | None:
    if not instance.kinds:
        return Reason.NO_VEHICLE, "no vehicle is on duty"
    strong = [kind for kind in instance.kinds if kind.carries(instance.demands[node])]
    if not strong:
        return Reason.TOO_BIG, _too_big(instance, node)
    linked = [k for k in strong if earliest[k.start][node] < _NEVER and homewards[k.end][node] < _NEVER]
    if not linked:
        return Reason.NO_WAY, "no road leads there and back from the depot of a vehicle that can carry it"
    excuses = [
        _excuse(instance, node, k, int(earliest[k.start][node]), int(homewards[k.end][node])) for k in linked
    ]
    return None if None in excuses else (Reason.TOO_LATE, min(each for each in excuses if each))


def _too_big(instance: Instance, node: int) -> str:
    demand = instance.demands[node]
    for row, load in enumerate(instance.problem.loads):
        most = max(kind.model.capacity[row] for kind in instance.kinds)
        if demand[row] > most:
            return f"{load} {demand[row]}, the largest vehicle carries {most}"
    return "no single vehicle carries all of its loads together"


def _excuse(instance: Instance, node: int, kind: Kind, out: int, back: int) -> str | None:
    stop = instance.spans[node]
    arrival = kind.leaves.early + out
    if arrival > stop.late:
        return f"the earliest arrival is {arrival}, the window closes at {stop.late}"
    home = max(arrival, stop.early) + stop.duration + back
    if home > kind.returns.late:
        return f"the vehicle would be back at {home}, after {kind.returns.late}"
    return None


def _shortest(duration: Integers, source: int) -> Integers:
    """Shortest times from a node over any others (Dijkstra 1959): matrices may break the triangle rule."""
    best = np.full(len(duration), _NEVER)
    best[source] = 0
    is_open = np.ones(len(duration), dtype=bool)
    for _ in range(len(duration)):
        node = int(np.where(is_open, best, _NEVER).argmin())
        if not is_open[node] or best[node] >= _NEVER:
            break
        is_open[node] = False
        row = duration[node]
        np.minimum(best, np.where(row == NO_WAY, _NEVER, best[node] + row), out=best)
    return best
