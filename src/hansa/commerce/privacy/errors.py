"""Why somebody cannot be forgotten yet, or a copy not be had."""

from __future__ import annotations

from hansa.kernel.errors import NotFound, Refused


class RolesHeld(Refused):
    """Who works here is forgotten once somebody else has taken their work."""

    code = "roles_held"


class PurchasesUnderWay(Refused):
    """A parcel needs an address until it is delivered."""

    code = "purchases_under_way"


class ExportGone(NotFound):
    """The link never was, has run out, or is another person's."""

    code = "export_gone"
