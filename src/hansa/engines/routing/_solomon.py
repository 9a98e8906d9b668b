"""Owns reading Solomon's text format (also used by Gehring and Homberger)."""

from __future__ import annotations

from hansa.engines.routing._problem import Depot, DepotId, Problem, Stop, StopId, Vehicle, VehicleId
from hansa.engines.routing._text import Line, lines_of, times
from hansa.engines.routing._travel import XY, Plane, Rounding
from hansa.kernel.errors import InvalidInput

_COLUMNS = ("number", "x", "y", "demand", "ready time", "due date", "service time")


def looks_like_solomon(text: str) -> bool:
    """Tell Solomon files by their headings."""
    headings = [line.text.upper() for line in lines_of(text, "")[:8]]
    return "VEHICLE" in headings and any(heading.startswith("NUMBER") for heading in headings)


def read_solomon(text: str, *, rounding: Rounding | None = None, source: str = "Solomon file") -> Problem:
    """Read a Solomon instance; stop ids are the customer numbers.

    ``rounding`` is `Rounding.EXACT` unless given: distances and times in thousandths. Distance is
    minimised; the number of vehicles is only a limit. Refuses with InvalidInput, naming the line.
    """
    rounding = rounding or Rounding.EXACT
    lines = lines_of(text, source)
    fleet = _below(lines, "NUMBER", source)[0]
    if len(fleet.words) != 2:
        fleet.refuse("number and capacity of the vehicles expected")
    count, capacity = (
        fleet.integer(word, what) for word, what in zip(fleet.words, ("number", "capacity"), strict=True)
    )
    rows = _below(lines, "CUST", source)
    depot, *stops = [_place(line, rounding) for line in rows]
    if depot.demand != (0,):
        rows[0].refuse(f"the depot has demand {depot.demand[0]}, 0 expected")
    _refuse_repeated(rows)
    home = DepotId(f"depot {depot.id}")
    return Problem(
        depots=(Depot(home, depot.at, depot.window),),
        stops=tuple(stops),
        vehicles=(Vehicle(VehicleId("vehicle"), home, (capacity,), count=count),),
        travel=Plane(rounding),
        name=lines[0].text,
    )


def _below(lines: list[Line], heading: str, source: str) -> list[Line]:
    """Return the lines below a heading, without those that are headings themselves."""
    at = next((row for row, line in enumerate(lines) if line.text.upper().startswith(heading)), None)
    if at is None:
        raise InvalidInput(f"{source}: no {heading} heading")
    below = [line for line in lines[at:] if not line.text[0].isalpha()]
    if not below:
        raise InvalidInput(f"{source}: nothing follows the heading {heading}")
    return below


def _place(line: Line, rounding: Rounding) -> Stop:
    words = line.words
    if len(words) != len(_COLUMNS):
        line.refuse(f"{len(words)} columns, {len(_COLUMNS)} expected ({', '.join(_COLUMNS)})")
    window, service = times(line, words[4:], rounding)
    return Stop(
        id=StopId(str(line.integer(words[0], "customer number"))),
        at=XY(line.number_in(words[1], "x"), line.number_in(words[2], "y")),
        demand=(line.integer(words[3], "demand"),),
        window=window,
        service=service,
    )


def _refuse_repeated(rows: list[Line]) -> None:
    seen: dict[str, int] = {}
    for line in rows:
        first = seen.setdefault(line.words[0], line.number)
        if first != line.number:
            line.refuse(f"customer {line.words[0]} stands in line {first} already")
