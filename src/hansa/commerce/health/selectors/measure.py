"""A measure: one set-based statement that computes some nodes for every week and platform at once.

Every statement answers (node, platform, week, value, n); platform 0 stands for all visible platforms
together, a null value for "no data". It takes ``platforms``, ``since`` and ``until`` (moments), ``first``
and ``last`` (the Mondays of the first and last week) and the parameters of `Rules`.

Facts meet by union and grouping rather than by joins of intermediate results: behind the tenants' wall the
planner takes every table for a hundredth of its size, and would join what it thinks are three rows row by row.
"""

from __future__ import annotations

from dataclasses import dataclass

# The words below are our own and no user's; they make the statements shorter, not dynamic.
PAID = "('paid', 'shipped', 'delivered')"


@dataclass(frozen=True)
class Rules:
    """The choices inside the definitions."""

    asked_for: tuple[str, ...] = ("search", "category", "store", "merchant")
    leading_share: float = 0.1  # of the sellers, by sales of the week: they need no traffic support


@dataclass(frozen=True)
class Measure:
    """A statement and the nodes it computes."""

    nodes: tuple[str, ...]
    sql: str


def week_of(moment: str) -> str:
    """Write the Monday (UTC) of the week that a moment lies in."""
    return f"date_trunc('week', {moment} at time zone 'UTC')::date"


# The weeks asked for, each with the moments between which it lies; the running week ends now.
WEEKS = """weeks as (
  select day::date as week, day at time zone 'UTC' as begins,
         least((day + interval '7 days') at time zone 'UTC', %(until)s) as ends
  from generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '7 days') day
)"""
