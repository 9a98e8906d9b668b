"""What a policy logged, with the chances it gave: the question put to off-policy evaluation."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hansa.engines.experiments._problem import Floats
from hansa.kernel.errors import InvalidInput

FOLDS = 5
MOST_DRAWS = 100_000


class Interval(NamedTuple):
    """From low to high, both within."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Logs:
    """One row for each logged act of the old policy.

    - ``reward[rows]``: what came of it.
    - ``propensity[rows]``: chance, above 0, with which the old policy did just this.
    - ``target[rows]``: chance, 0 or more, with which the new policy would have done just this.
    - ``expected_logged[rows]`` and ``expected_target[rows]``, both or neither: what a model that did not
      see the row expects of the logged act, and of the new policy's choice. Doubly robust estimates need
      them; `with_action_means` makes them where contexts do not matter.

    Refuses columns that do not line up and values out of range, naming the row.
    """

    reward: Floats
    propensity: Floats
    target: Floats
    expected_logged: Floats | None = None
    expected_target: Floats | None = None

    def __post_init__(self) -> None:
        rows = np.asarray(self.reward).shape
        if len(rows) != 1 or rows[0] == 0:
            raise InvalidInput("no rows: nothing was logged")
        if (self.expected_logged is None) != (self.expected_target is None):
            raise InvalidInput("give both expected_logged and expected_target, or neither")
        limits = {
            "reward": (-1e12, 1e12),
            "propensity": (1e-12, 1.0),
            "target": (0.0, 1.0),
            "expected_logged": (-1e12, 1e12),
            "expected_target": (-1e12, 1e12),
        }
        for name, (low, high) in limits.items():
            if getattr(self, name) is not None:
                values = _checked(name, np.array(getattr(self, name), dtype=np.float64), rows[0], low, high)
                object.__setattr__(self, name, values)

    @property
    def weights(self) -> Floats:
        """How much more often the new policy would have done what was done: ``[rows]``."""
        weights: Floats = self.target / self.propensity
        return weights

    def digest(self) -> str:
        """Give a short fingerprint of the input, for provenance."""
        state = hashlib.blake2b(digest_size=12)
        for values in (self.reward, self.propensity, self.target, self.expected_logged, self.expected_target):
            state.update(b"\x00" if values is None else np.ascontiguousarray(values).tobytes())
        return state.hexdigest()


@dataclass(frozen=True)
class OffPolicyParams:
    """Knobs of an off-policy evaluation, with their ranges.

    - ``alpha``: 1 less the coverage of the intervals, 0.0001 to 0.5.
    - ``clip``: weights above it are cut to it, 1 or more; None cuts none. It trades variance for a bias
      that is reported as the share of weight lost, and never saves a log from being refused.
    - ``bootstrap_draws``: 0 for intervals by normal theory with a floor under the variance; 200 to 100,000
      for percentiles of a bootstrap, which are too narrow where few rows carry much weight.
    - ``reward_range``: lowest and highest possible reward; None takes 0 to 1 where every reward is 0 or 1.
    - ``least_sample`` and ``least_share``: an effective sample below the larger of these, rows and share of
      the rows, is refused; 1 to 10^6, and 0 to 1.
    """

    alpha: float = 0.05
    clip: float | None = None
    bootstrap_draws: int = 0
    reward_range: tuple[float, float] | None = None
    least_sample: float = 100.0
    least_share: float = 0.01

    def __post_init__(self) -> None:
        limits = {"alpha": (0.0001, 0.5), "least_sample": (1.0, 1e6), "least_share": (0.0, 1.0)}
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise InvalidInput(f"{name} is {getattr(self, name)}; it must be from {low:g} to {high:g}")
        if self.clip is not None and not 1 <= self.clip <= 1e12:
            raise InvalidInput(f"clip is {self.clip}; it must be 1 or more")
        if self.bootstrap_draws and not 200 <= self.bootstrap_draws <= MOST_DRAWS:
            raise InvalidInput(
                f"bootstrap_draws is {self.bootstrap_draws}; it must be 0 or 200 to {MOST_DRAWS}"
            )
        if self.reward_range is not None and not self.reward_range[0] < self.reward_range[1]:
            raise InvalidInput(f"reward_range {self.reward_range} does not rise")


def with_action_means(logs: Logs, actions: Sequence[Hashable], *, seed: int) -> Logs:
    """Add what each action earned on average as the model of reward, each row judged by the other folds.

    For policies that look at nothing but the action: refuses an action whose ``target`` differs from row
    to row, and targets that add up to more than 1. Actions never logged are expected to earn the mean.
    """
    if len(actions) != len(logs.reward):
        raise InvalidInput(f"{len(actions)} actions for {len(logs.reward)} rows do not line up")
    names = list(dict.fromkeys(actions))
    place = {name: number for number, name in enumerate(names)}
    action = np.array([place[each] for each in actions], dtype=np.intp)
    target = np.zeros(len(names))
    target[action] = logs.target
    torn = np.flatnonzero(np.abs(target[action] - logs.target) > 1e-9)
    if len(torn):
        raise InvalidInput(f"action {actions[torn[0]]!r} has more than one target: it depends on contexts")
    if target.sum() > 1 + 1e-6:
        raise InvalidInput(f"targets of all actions add up to {target.sum():g}, which is more than 1")
    fold = np.random.default_rng(seed).permutation(len(action)) % FOLDS
    logged, chosen = np.empty(len(action)), np.empty(len(action))
    for held in range(FOLDS):
        out = fold == held
        means, overall = _action_means(action[~out], logs.reward[~out], len(names))
        logged[out] = means[action[out]]
        chosen[out] = float(target @ means) + (1 - target.sum()) * overall
    return replace(logs, expected_logged=logged, expected_target=chosen)


def _action_means(action: NDArray[np.intp], reward: Floats, actions: int) -> tuple[Floats, float]:
    """Means by action, drawn towards the mean of all as though that had been seen ten times."""
    overall = float(reward.mean()) if len(reward) else 0.0
    count, total = np.bincount(action, minlength=actions), np.bincount(action, reward, minlength=actions)
    return (total + 10 * overall) / (count + 10), overall


def _checked(name: str, values: Floats, rows: int, low: float, high: float) -> Floats:
    if values.shape != (rows,):
        raise InvalidInput(f"{name} has shape {values.shape}; there are {rows} rewards")
    wrong = np.flatnonzero(~((values >= low) & (values <= high)))
    if len(wrong):
        raise InvalidInput(
            f"row {wrong[0] + 1}: {name} is {values[wrong[0]]:g}; it must be {low:g} to {high:g}"
        )
    values.flags.writeable = False
    return values
