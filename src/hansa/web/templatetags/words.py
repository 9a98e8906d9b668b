"""Words that pages need beside the design system's: names of categories and states in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hansa.commerce.catalogue.models import Category

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
