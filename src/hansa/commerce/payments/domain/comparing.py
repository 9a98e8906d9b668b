"""Laying two books side by side: which lines only one of them has, and which they have differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Gap(StrEnum):
    """How two books differ, or what an event was about that fits neither."""

    ONLY_THEIRS = "only-theirs"
    ONLY_OURS = "only-ours"
    AMOUNT = "amount"
    NOT_HEARD = "not-heard"  # the provider had decided, and we had not heard of it
    GIVEN_UP = "after-giving-up"  # the money came after the purchase was given up here
    DOUBTED = "event-doubted"


@dataclass(frozen=True)
class Line:
    """A movement of money, named by its kind and the provider's reference; minor units."""

    kind: str
    ref: str
    reference: str
    amount: int
    currency: str


@dataclass(frozen=True)
class Differing:
    """One difference; None stands where a book has no such line."""

    gap: Gap
    kind: str
    ref: str
    reference: str
    ours: int | None
    theirs: int | None
    currency: str


def compare(ours: Iterable[Line], theirs: Iterable[Line]) -> list[Differing]:
    """Find every difference, in the order of the names. A line that a book repeats counts with its sum.

    Two amounts in different currencies differ, whatever their numbers are.
    """
    left, right = _summed(ours), _summed(theirs)
    found = []
    for name in sorted(left.keys() | right.keys()):
        mine, foreign = left.get(name), right.get(name)
        if mine == foreign:
            continue
        line = mine or foreign
        assert line is not None
        gap = Gap.ONLY_THEIRS if mine is None else Gap.ONLY_OURS if foreign is None else Gap.AMOUNT
        found.append(
            Differing(
                gap,
                name[0],
                name[1],
                line.reference,
                mine.amount if mine else None,
                foreign.amount if foreign else None,
                line.currency,
            )
        )
    return found


@dataclass(frozen=True)
class _Sum:
    amount: int
    currency: str
    reference: str


def _summed(lines: Iterable[Line]) -> dict[tuple[str, str], _Sum]:
    grouped: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        grouped[line.kind, line.ref].append(line)
    return {
        name: _Sum(
            sum(line.amount for line in group),
            "/".join(sorted({line.currency for line in group})),
            min(line.reference for line in group),
        )
        for name, group in grouped.items()
    }
