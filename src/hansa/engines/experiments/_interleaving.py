"""Two rankings in one list: each person picks, and clicks tell which ranking they came from.

Team-draft interleaving after Radlinski, Kurup & Joachims (2008), "How does clickthrough data reflect
retrieval quality?". It needs far fewer people than an A/B test, and tells only which of two is preferred.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import binomtest

from hansa.engines.experiments._logs import Interval
from hansa.engines.experiments._problem import Floats
from hansa.kernel.errors import InvalidInput

FIRST, SECOND = 0, 1
PRIOR = 10.0  # of a Beta around one half, in units: expects preferences of 35 to 65 in a hundred


class Interleaved(NamedTuple):
    """The list to show, and for each place the ranking (0 or 1) that put the item there."""

    items: tuple[Hashable, ...]
    teams: tuple[int, ...]


def team_draft(first: Sequence[Hashable], second: Sequence[Hashable], k: int, *, seed: int) -> Interleaved:
    """Draw a list of at most ``k`` from two rankings, as two captains draw their teams.

    In each round a coin says who picks first; each picks its best item that is not taken. A ranking that
    has run out lets the other go on. No item comes twice.
    """
    if k < 1:
        raise InvalidInput(f"a list of {k} items cannot be drawn")
    coin = np.random.default_rng(seed)
    waiting = [list(dict.fromkeys(ranking))[::-1] for ranking in (first, second)]
    taken: dict[Hashable, int] = {}
    while len(taken) < k and any(waiting):
        opening = int(coin.integers(2))
        for team in (opening, 1 - opening):
            while waiting[team] and waiting[team][-1] in taken:
                waiting[team].pop()
            if waiting[team] and len(taken) < k:
                taken[waiting[team].pop()] = team
    return Interleaved(tuple(taken), tuple(taken.values()))


def credit(shown: Interleaved, clicked: Sequence[Hashable]) -> tuple[int, int]:
    """Count the clicked items by the ranking that put them there; an item counts once, others not at all."""
    owner = dict(zip(shown.items, shown.teams, strict=True))
    teams = [owner[item] for item in set(clicked) if item in owner]
    return teams.count(FIRST), teams.count(SECOND)


@dataclass(frozen=True, eq=False)
class Rounds:
    """What interleaved lists earned: one row for each list, in the order in which they were shown.

    ``units[rounds]`` says who saw it; ``first[rounds]`` and ``second[rounds]`` are the credits. Refuses
    columns that do not line up and credits that are negative or not finite, naming the row.
    """

    units: tuple[str, ...]
    first: Floats
    second: Floats

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            values = np.array(getattr(self, name), dtype=np.float64)
            if values.shape != (len(self.units),):
                raise InvalidInput(f"{name} has shape {values.shape}; {len(self.units)} rounds were named")
            wrong = np.flatnonzero(~((values >= 0) & (values < np.inf)))
            if len(wrong):
                raise InvalidInput(f"round {wrong[0] + 1}: {name} is {values[wrong[0]]:g}, not a credit")
            values.flags.writeable = False
            object.__setattr__(self, name, values)


@dataclass(frozen=True)
class Preference:
    """How many people preferred which ranking.

    ``share`` of those with a preference who prefer the second; ``interval`` and ``p_value`` hold if one
    looks once, ``sequence`` and ``sequence_p_value`` however often one looks. Without anybody who has a
    preference the share is None and ``refusals`` says so.
    """

    prefers_first: int
    prefers_second: int
    ties: int
    share: float | None
    interval: Interval | None
    p_value: float
    sequence: Interval | None
    sequence_p_value: float
    refusals: tuple[str, ...] = ()


def preference(rounds: Rounds, *, alpha: float = 0.05) -> Preference:
    """Tell which ranking people prefer: every person counts once, by the sign of their credits' difference.

    The looks are after each person, in the order in which people first saw a list.
    """
    _, first_seen, row = np.unique(
        np.array(rounds.units, dtype=np.str_), return_index=True, return_inverse=True
    )
    lead = np.bincount(row, rounds.second - rounds.first, minlength=len(first_seen))
    return _preference(np.sign(lead[np.argsort(first_seen)]), alpha)


def clicks_preference(rounds: Rounds, *, alpha: float = 0.05) -> Preference:
    """Tell the same the naive way, every click for itself: one busy person then counts for many."""
    signs = [
        np.repeat([1.0, -1.0], [int(second), int(first)])
        for first, second in zip(rounds.first, rounds.second, strict=True)
    ]
    return _preference(np.concatenate([*signs, np.zeros(0)]), alpha)


def _preference(signs: Floats, alpha: float) -> Preference:
    if not 0.0001 <= alpha <= 0.5:
        raise InvalidInput(f"alpha is {alpha}; it must be from 0.0001 to 0.5")
    wins, losses = int((signs > 0).sum()), int((signs < 0).sum())
    ties = len(signs) - wins - losses
    if wins + losses == 0:
        return Preference(0, 0, ties, None, None, 1.0, None, 1.0, ("nobody preferred either ranking",))
    test = binomtest(wins, wins + losses)
    within = test.proportion_ci(1 - alpha)
    return Preference(
        prefers_first=losses,
        prefers_second=wins,
        ties=ties,
        share=wins / (wins + losses),
        interval=Interval(float(within.low), float(within.high)),
        p_value=float(test.pvalue),
        sequence=_sequence(wins, losses, alpha),
        sequence_p_value=_smallest_p_value(signs[signs != 0]),
    )


def _log_evidence(wins: Floats | int, losses: Floats | int, share: float) -> Floats:
    """Log of the Bayes factor of a Beta around one half against this share."""
    half, total = PRIOR / 2, wins + losses
    mixed = gammaln(half + wins) + gammaln(half + losses) - gammaln(PRIOR + total)
    start = 2 * gammaln(half) - gammaln(PRIOR)
    return np.asarray(mixed - start - wins * np.log(share) - losses * np.log1p(-share), dtype=np.float64)


def _smallest_p_value(signs: Floats) -> float:
    wins, losses = (np.cumsum(side, dtype=np.float64) for side in (signs > 0, signs < 0))
    return float(min(1.0, np.exp(-_log_evidence(wins, losses, 0.5).max())))


def _sequence(wins: int, losses: int, alpha: float) -> Interval:
    """All shares that the evidence does not speak against at this look."""
    limit, peak, edge = -math.log(alpha), wins / (wins + losses), 1e-12

    def beyond(share: float) -> float:
        return float(_log_evidence(wins, losses, share) - limit)

    inside = min(max(peak, edge), 1 - edge)
    low = 0.0 if beyond(edge) <= 0 else brentq(beyond, edge, inside)
    high = 1.0 if beyond(1 - edge) <= 0 else brentq(beyond, inside, 1 - edge)
    return Interval(float(low), float(high))
