"""Owns CVRPLIB's solution format: one line for each route, then the cost."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from hansa.engines.routing._plan import Draft, Plan
from hansa.engines.routing._problem import Problem, StopId
from hansa.engines.routing._text import lines_of
from hansa.engines.routing._travel import Plane, Rounding
from hansa.kernel.errors import InvalidInput

_ROUTE = re.compile(r"route\s*#?\s*\d+\s*:(.*)", re.IGNORECASE)
_COST = re.compile(r"cost\s*:?\s*(\d+(?:\.\d+)?)", re.IGNORECASE)


def cost_text(problem: Problem, cost: int) -> str:
    """Write a cost in the unit of the source: ``27591``, or ``828.937`` where the plane is scaled by 1000."""
    digits = len(str(problem.scale)) - 1
    return f"{Decimal(cost).scaleb(-digits):.{digits}f}"


def write_sol(problem: Problem, plan: Plan) -> str:
    """Write a plan's routes and cost; stops left over and vehicles have no place in this format."""
    routes = [
        f"Route #{number}: {' '.join(route.stops)}" for number, route in enumerate(plan.routes, start=1)
    ]
    return "\n".join([*routes, f"Cost {cost_text(problem, plan.cost)}", ""])


def read_sol(text: str, problem: Problem, *, source: str = "solution file") -> Draft:
    """Read a solution of a problem with one kind of vehicle; whether it is true, `check` tells.

    Refuses with InvalidInput, naming the line.
    """
    if len(problem.vehicles) != 1:
        kinds = len(problem.vehicles)
        raise InvalidInput(f"{source}: the format names no vehicles, yet the problem has {kinds} kinds")
    routes: list[tuple[StopId, ...]] = []
    cost: str | None = None
    for line in lines_of(text, source):
        if route := _ROUTE.fullmatch(line.text):
            routes.append(tuple(StopId(word) for word in route[1].split()))
        elif found := _COST.fullmatch(line.text):
            cost = found[1]
        else:
            line.refuse(f"'Route #1: 5 3 8' or 'Cost 123' expected, {line.text[:40]!r} found")
    if cost is None:
        raise InvalidInput(f"{source}: no line says the cost")
    vehicle = problem.vehicles[0].id
    return Draft(
        routes=tuple((vehicle, stops) for stops in routes if stops),
        cost=round(Decimal(cost) * problem.scale),
        cost_slack=_slack(problem, cost, legs=sum(len(stops) + 1 for stops in routes)),
    )


def _slack(problem: Problem, cost: str, legs: int) -> int:
    """How far a truthful cost may be off: half its last digit; in thousandths, half a unit for each leg."""
    last_digit = Decimal(problem.scale).scaleb(-len(cost.partition(".")[2]))
    cut = last_digit / 2 if last_digit > 1 else Decimal(0)
    is_exact = isinstance(problem.travel, Plane) and problem.travel.rounding is Rounding.EXACT
    return math.ceil(cut + (Decimal(legs) / 2 if is_exact else 0))
