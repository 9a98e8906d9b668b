"""Words that pages need beside the design system's: names of categories and states in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hansa.commerce.catalogue.models import Category
from hansa.kernel.money import digits_of

register = template.Library()

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
    "open": _("open"),
    "accepted": _("accepted"),
    "rejected": _("turned down"),
    "superseded": _("replaced"),
    "ordered": _("ordered"),
    "received": _("received"),
    "draft": _("draft"),
    "released": _("released"),
    "capture": _("sale"),
    "takings": _("takings"),
    "refund": _("refund"),
    "payout": _("payout"),
    "active": _("active"),
    "suspended": _("suspended"),
}


@register.filter
def category_name(category: Category) -> str:
    """A category's name in the reader's language."""
    return category.name_zh if (get_language() or "").startswith("zh") else category.name


@register.filter
def state_word(state: str) -> str:
    """A state in words; one that nobody listed is said as it is."""
    return str(_STATES.get(state, state))


@register.filter
def plain_money(minor: int, currency: str) -> str:
    """An amount as one types it: 4.90."""
    return str(Decimal(minor).scaleb(-digits_of(currency)))


@register.filter
def sum_of(values: Sequence[float]) -> int:
    """The sum of some figures, in whole units."""
    return round(sum(values))


@register.filter
def owed(amount: int) -> int:
    """A posting on a merchant's account from the merchant's side: what is credited counts for them."""
    return -amount
