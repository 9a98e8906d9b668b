"""What experiments refuse."""

from __future__ import annotations

from hansa.kernel.errors import Refused


class ExperimentUnderWay(Refused):
    """The wish does not fit the state in which the experiment is."""

    code = "experiment_under_way"


class SlotsTaken(Refused):
    """Another running experiment has some of the people."""

    code = "slots_taken"
