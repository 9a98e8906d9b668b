"""The question put to a comparison: what each unit did, in which arm, since when; checked once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hansa.kernel.errors import InvalidInput

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

LARGEST = 1e12


@dataclass(frozen=True, eq=False)
class Problem:
    """One row for each unit that was exposed; the first arm is the control.

    - ``arm[units]`` is the place of the unit's arm in ``arms``; ``shares[arms]`` as planned, adding to 1.
    - ``outcome[units]``: what the unit did. With ``denominator[units]`` the metric is the ratio of the sums
      (clicks over views), else the mean by unit.
    - ``covariate[units]``: the same or another figure from **before** exposure; NaN where nothing is known.
    - ``entered[units]``: when the unit was first exposed, in any unit of time; rows are put in its order.
      Without it they are taken to come in order.

    Refuses units that come twice, unknown arms and figures that are not finite, naming the unit.
    """

    arms: tuple[str, ...]
    shares: Floats
    units: tuple[str, ...]
    arm: Ints
    outcome: Floats
    denominator: Floats | None = None
    covariate: Floats | None = None
    entered: Floats | None = None

    def __post_init__(self) -> None:
        shares = np.array(self.shares, dtype=np.float64)
        arm = np.array(self.arm, dtype=np.intp)
        _check_arms(self.arms, shares)
        _check_units(self.units, arm, len(self.arms))
        order = np.arange(len(arm))
        entered = self._column("entered", self.entered)
        if entered is not None:
            order = np.argsort(entered, kind="stable")
        columns = {
            "outcome": self._column("outcome", self.outcome),
            "denominator": self._column("denominator", self.denominator, least=0.0),
            "covariate": self._column("covariate", self.covariate, may_be_unknown=True),
            "entered": entered,
        }
        for name, values in columns.items():
            object.__setattr__(self, name, None if values is None else _frozen(values[order]))
        object.__setattr__(self, "shares", _frozen(shares))
        object.__setattr__(self, "arm", _frozen(arm[order]))
        object.__setattr__(self, "units", tuple(self.units[place] for place in order))

    @classmethod
    def of_rows(
        cls,
        units: Sequence[str],
        arms: Sequence[str],
        outcome: ArrayLike,
        *,
        control: str,
        weights: Mapping[str, float] | None = None,
        denominator: ArrayLike | None = None,
        covariate: ArrayLike | None = None,
        entered: ArrayLike | None = None,
    ) -> Problem:
        """Build the question from columns of equal length; ``weights`` say the planned shares, else equal.

        Refuses a control that no row has, an arm without a weight and a weight without an arm.
        """
        seen = dict.fromkeys(arms)
        if control not in seen:
            raise InvalidInput(f"no row has the control {control!r}; there are {', '.join(sorted(seen))}")
        names = (control, *sorted(name for name in (weights or seen) if name != control))
        missing = next((name for name in seen if name not in names), None)
        if missing is not None:
            raise InvalidInput(f"arm {missing!r} has no planned share; there are {', '.join(names)}")
        given = np.array([(weights or {}).get(name, 1.0 if weights is None else 0.0) for name in names])
        if not (np.isfinite(given).all() and (given > 0).all()):
            raise InvalidInput(f"planned shares {given.tolist()} must all be above 0")
        place = {name: number for number, name in enumerate(names)}
        return cls(
            names,
            given / given.sum(),
            tuple(units),
            np.array([place[name] for name in arms], dtype=np.intp),
            np.asarray(outcome, dtype=np.float64),
            None if denominator is None else np.asarray(denominator, dtype=np.float64),
            None if covariate is None else np.asarray(covariate, dtype=np.float64),
            None if entered is None else np.asarray(entered, dtype=np.float64),
        )

    def clustered(self, cluster_of: Mapping[str, str]) -> Problem:
        """Make the same question by clusters of units, as a ratio of sums.

        For experiments that were assigned by cluster, such as merchants: units of one cluster resemble one
        another, and taken one by one they would look more certain than they are. Refuses a unit without a
        cluster, and a cluster that has units in two arms.
        """
        missing = next((unit for unit in self.units if unit not in cluster_of), None)
        if missing is not None:
            raise InvalidInput(f"unit {missing!r} has no cluster")
        clusters = np.array([cluster_of[unit] for unit in self.units], dtype=np.str_)
        names, first, row = np.unique(clusters, return_index=True, return_inverse=True)
        torn = np.flatnonzero(self.arm[first][row] != self.arm)
        if len(torn):
            raise InvalidInput(f"cluster {str(names[row[torn[0]]])!r} has units in two arms")
        weight = np.ones(len(self.units)) if self.denominator is None else self.denominator
        covariate = None
        if self.covariate is not None:
            known = ~np.isnan(self.covariate)
            with np.errstate(invalid="ignore"):
                covariate = np.bincount(row, np.where(known, self.covariate, 0.0)) / np.bincount(row, known)
        return Problem(
            self.arms,
            self.shares,
            tuple(str(name) for name in names),
            self.arm[first],
            np.asarray(np.bincount(row, self.outcome), dtype=np.float64),
            np.asarray(np.bincount(row, weight), dtype=np.float64),
            covariate,
            np.asarray(first, dtype=np.float64) if self.entered is None else self.entered[first],
        )

    def digest(self) -> str:
        """Give a short fingerprint of the input, for provenance."""
        state = hashlib.blake2b(digest_size=12)
        state.update("\x1f".join((*self.arms, *self.units)).encode("utf-8", "surrogatepass"))
        for values in (self.shares, self.arm, self.outcome, self.denominator, self.covariate, self.entered):
            state.update(b"\x00" if values is None else np.ascontiguousarray(values).tobytes())
        return state.hexdigest()

    def _column(
        self, name: str, given: Floats | None, *, least: float = -LARGEST, may_be_unknown: bool = False
    ) -> Floats | None:
        if given is None:
            return None
        values = np.array(given, dtype=np.float64)
        if values.shape != (len(self.units),):
            raise InvalidInput(f"{name} has shape {values.shape}; {len(self.units)} units were named")
        fine = (values >= least) & (values <= LARGEST)
        if may_be_unknown:
            fine |= np.isnan(values)
        wrong = np.flatnonzero(~fine)
        if len(wrong):
            unit, value = self.units[wrong[0]], values[wrong[0]]
            raise InvalidInput(f"unit {unit!r}: {name} is {value:g}; it must be {least:g} to {LARGEST:g}")
        return values


def _frozen(values: NDArray[np.generic]) -> NDArray[np.generic]:
    values.flags.writeable = False
    return values


def _check_arms(arms: tuple[str, ...], shares: Floats) -> None:
    if len(arms) < 2:
        raise InvalidInput(f"{len(arms)} arms: a comparison needs a control and one more")
    if len(set(arms)) < len(arms):
        raise InvalidInput(f"arms {', '.join(arms)}: one comes twice")
    if shares.shape != (len(arms),) or not (shares > 0).all() or abs(float(shares.sum()) - 1) > 1e-9:
        raise InvalidInput(f"planned shares {shares.tolist()} are not {len(arms)} shares that add up to 1")


def _check_units(units: tuple[str, ...], arm: Ints, arms: int) -> None:
    if not units:
        raise InvalidInput("no rows: nobody was exposed")
    if arm.shape != (len(units),):
        raise InvalidInput(f"arm has shape {arm.shape}; {len(units)} units were named")
    wrong = np.flatnonzero((arm < 0) | (arm >= arms))
    if len(wrong):
        raise InvalidInput(f"unit {units[wrong[0]]!r} is in arm {arm[wrong[0]]} of {arms}")
    if len(set(units)) < len(units):
        twice = Counter(units).most_common(1)[0][0]
        raise InvalidInput(f"unit {twice!r} comes twice; add its rows up first")
