"""Why goods are sent back, what is wanted for them, and what disputes are about, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

REASONS = {
    "changed_mind": _("I changed my mind"),
    "damaged": _("It is damaged"),
    "wrong_item": _("It is not what I ordered"),
    "not_as_described": _("It is not as described"),
    "other": _("Something else"),
}
WISHES = {"money": _("my money back"), "credit": _("store credit"), "exchange": _("another one")}
KINDS = {
    "not_received": _("It did not arrive"),
    "damaged": _("It is damaged"),
    "not_as_described": _("It is not as described"),
    "return_refused": _("A return was turned down"),
    "at_the_bank": _("Taken to the buyer's bank"),
    "other": _("Something else"),
}
SIDES = {
    "buyer": _("the buyer"),
    "merchant": _("the merchant"),
    "platform": _("the platform"),
    "bank": _("the bank"),
    "clock": _("the clock"),
}
