"""How a day on the road differs from its plan: hold-ups, which later doors feel less and less. Seeded, pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from hansa.commerce.importing import chance

HELD_UP_SHARE = 0.18  # of the ways from door to door
LONGEST_HOLD_UP_S = 75 * 60
CAUGHT_UP = 0.3  # of the time lost, on each way
_AT_THE_DOOR_S = 90


def as_driven(planned: Sequence[datetime], keys: Sequence[int], *, seed: int) -> list[datetime]:
    """Say when each parcel of a tour was handed over: never before its planned arrival, in the order of the tour.

    In: planned arrivals in driving order and a whole-number key of each parcel.
    """
    numbers = np.asarray(keys, dtype=np.int64)
    is_held_up = chance.uniform(numbers, seed=seed, about="held up") < HELD_UP_SHARE
    hold_ups = is_held_up * chance.pick(numbers, LONGEST_HOLD_UP_S, seed=seed, about="hold-up")
    late_s = 0.0
    handed_over: list[datetime] = []
    for arrival, hold_up in zip(planned, hold_ups, strict=True):
        late_s = late_s * (1 - CAUGHT_UP) + float(hold_up)
        moment = arrival + timedelta(seconds=round(late_s) + _AT_THE_DOOR_S)
        handed_over.append(max(moment, handed_over[-1]) if handed_over else moment)
    return handed_over
