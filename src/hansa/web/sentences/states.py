"""The states of orders, parcels, payments and the like, and who moved them, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

_STATES = {
    "placed": _("placed"),
    "paid": _("paid"),
    "shipped": _("on its way"),
    "delivered": _("delivered"),
    "cancelled": _("cancelled"),
    "planned": _("being put together"),
    "picked": _("picked"),
    "out": _("on its way"),
    "failed": _("not delivered"),
    "lost": _("lost"),
    "came_back": _("back at the sender"),
    "unfulfilled": _("nothing sent yet"),
    "partial": _("partly sent"),
    "fulfilled": _("all sent"),
    "removed": _("called off"),
    "unpaid": _("not paid yet"),
    "partly_refunded": _("partly given back"),
    "refunded": _("given back"),
    "void": _("nothing taken"),
    "open": _("open"),
    "accepted": _("accepted"),
    "rejected": _("turned down"),
    "requested": _("asked for"),
    "approved": _("agreed to"),
    "in_transit": _("on its way back"),
    "inspected": _("inspected"),
    "exchanged": _("exchanged"),
    "denied": _("not accepted"),
    "opened": _("opened"),
    "merchant_response": _("the merchant has answered"),
    "platform_review": _("the platform looks into it"),
    "resolved_buyer": _("decided for the buyer"),
    "resolved_merchant": _("decided for the merchant"),
    "split": _("shared"),
    "waiting": _("waiting"),
    "applied": _("in force"),
    "superseded": _("replaced"),
    "ordered": _("ordered"),
    "received": _("received"),
    "draft": _("draft"),
    "released": _("released"),
    "capture": _("sale"),
    "takings": _("takings"),
    "refund": _("refund"),
    "payout": _("payout"),
    "alliance_return": _("return of a partner's sale"),
    "alliance_sale": _("sale by a partner"),
    "credit": _("refund as store credit"),
    "exchange": _("exchange for something dearer"),
    "exchange_back": _("what an exchange cost more, given back"),
    "clawback": _("paid back by the merchant"),
    "correction": _("correction"),
    "dispute_lost": _("dispute lost"),
    "payout_returned": _("payout sent back"),
    "payout_released": _("payout called off"),
    "active": _("active"),
    "suspended": _("suspended"),
    "created": _("begun"),
    "authorised": _("authorised"),
    "captured": _("taken"),
    "declined": _("declined"),
    "voided": _("voided"),
    "left": _("no longer a member"),
}
_ACTORS = {
    "system": _("the system"),
    "payment": _("payment"),
    "reconciliation": _("reconciliation"),
    "the schedule": _("the schedule"),
    "the bank": _("the bank"),
    "the founders": _("the founders"),
}


def state_text(state: str) -> str:
    """A state in words; one that nobody listed is said as it is."""
    return str(_STATES.get(state, state))


def actor_text(name: str) -> str:
    """Who did something: a person by name, what is no person in words."""
    return str(_ACTORS.get(name, name))
