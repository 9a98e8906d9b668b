"""What giving and taking roles refuses, each with a code of its own, so that pages can say it in the reader's language."""

from __future__ import annotations

from hansa.kernel.errors import Forbidden, InvalidInput, NotFound, Refused


class PersonUnknown(NotFound):
    """Nobody has this user name or e-mail."""

    code = "person_unknown"


class PersonNotUnique(Refused):
    """The words fit several people."""

    code = "person_not_unique"


class PersonInactive(Refused):
    """Who cannot sign in is given no role."""

    code = "person_inactive"


class MerchantNotAtHome(Forbidden):
    """An operator gives and takes the roles of merchants at home on the own platform only."""

    code = "merchant_not_at_home"


class LastOfTheirRole(Refused):
    """A platform keeps an operator, and the alliance a steward."""

    code = "last_of_their_role"


class RoleMisplaced(InvalidInput):
    """A role that counts nowhere, or in two places at once."""

    code = "role_misplaced"


class InvitationGone(NotFound):
    """The invitation never was, has run out, was withdrawn, or was accepted."""

    code = "invitation_gone"


class AddressNotProven(Forbidden):
    """An invitation is for who has proven its address."""

    code = "address_not_proven"


class AddressUnknown(Refused):
    """Somebody without a proven e-mail address can be sent no invitation."""

    code = "address_unknown"


class CodeNeeded(Forbidden):
    """A password alone does not open this account."""

    code = "second_factor_needed"


class TooManyAttempts(Refused):
    """Guessing on is not answered."""

    code = "too_many_attempts"
