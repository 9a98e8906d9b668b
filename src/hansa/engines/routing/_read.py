"""Owns telling which format an instance file is in."""

from __future__ import annotations

from hansa.engines.routing._problem import Problem
from hansa.engines.routing._solomon import looks_like_solomon, read_solomon
from hansa.engines.routing._travel import Rounding
from hansa.engines.routing._vrplib import looks_like_vrplib, read_vrplib
from hansa.kernel.errors import InvalidInput


def read_instance(text: str, *, rounding: Rounding | None = None, source: str = "instance file") -> Problem:
    """Read a VRPLIB or a Solomon instance; refuses other texts with InvalidInput."""
    if looks_like_vrplib(text):
        return read_vrplib(text, rounding=rounding, source=source)
    if looks_like_solomon(text):
        return read_solomon(text, rounding=rounding, source=source)
    raise InvalidInput(
        f"{source}: neither VRPLIB (a DIMENSION field) nor Solomon (VEHICLE, NUMBER, CUSTOMER headings)"
    )
