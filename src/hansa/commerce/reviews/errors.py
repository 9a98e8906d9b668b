"""What writing, voting and moderating refuse with."""

from __future__ import annotations

from hansa.kernel.errors import Forbidden, Refused


class AlreadyReviewed(Refused):
    """A purchase is reviewed once."""

    code = "already_reviewed"


class TooLateToEdit(Refused):
    """A review stands after its time for changes."""

    code = "too_late_to_edit"


class OwnWords(Forbidden):
    """Nobody judges what they said themselves."""

    code = "own_words"


class MayNotAnswer(Forbidden):
    """Only who sells or has received a good answers for it."""

    code = "may_not_answer"


class AlreadyAnswered(Refused):
    """One answer per merchant and per buyer."""

    code = "already_answered"
