"""What payouts refuse."""

from hansa.kernel.errors import Refused


class PayoutNotThere(Refused):
    """The payout stands where this step cannot be taken."""

    code = "illegal_payout_step"


class NeedsAnother(Refused):
    """Another person has to do this."""

    code = "needs_another_person"
