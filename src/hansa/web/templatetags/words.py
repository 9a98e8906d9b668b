"""Words that pages need beside the design system's: names of categories and states in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hansa.commerce.accounts.models import Platform
from hansa.commerce.catalogue.models import Category, Listing, Product
from hansa.kernel.money import digits_of
from hansa.web.charts.figures import percent_text, quantity_text

register = template.Library()
Key = TypeVar("Key")
Value = TypeVar("Value")

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

_PLACES = {
    "home": _("Home page"),
    "buy-again": _("Buy again"),
    "bestsellers": _("Bestsellers"),
    "search": _("Search results"),
    "search-empty": _("Search without results"),
    "category": _("Departments"),
    "merchant": _("Your own front"),
    "product": _("The good's own page"),
    "similar": _("Beside another good"),
    "alliance": _("Bought together across the alliance"),
    "order": _("Purchases"),
    "recommended": _("Recommended"),
}


@register.filter
def category_name(category: Category) -> str:
    """A category's name in the reader's language."""
    is_chinese = (get_language() or "").startswith("zh")
    return (category.name_zh or category.name) if is_chinese else category.name


@register.filter
def platform_name(platform: Platform) -> str:
    """A platform's name in the reader's language."""
    is_chinese = (get_language() or "").startswith("zh")
    return (platform.name_zh or platform.name) if is_chinese else platform.name


@register.filter
def good_name(product: Product) -> str:
    """What a good is called in the reader's language."""
    is_chinese = (get_language() or "").startswith("zh")
    return (product.title_zh or product.title) if is_chinese else product.title


@register.filter
def weight(grams: int) -> str:
    """Write a weight: grams below one kilogram, then kilograms."""
    return quantity_text(grams, "g") if grams < 1000 else quantity_text(round(grams / 1000, 2), "kg")


@register.filter
def state_word(state: str) -> str:
    """A state in words; one that nobody listed is said as it is."""
    return str(_STATES.get(state, state))


@register.filter
def sentence(refusal: str) -> str:
    """A refusal as a sentence of its own: a capital first, a full stop last."""
    text = refusal.strip()
    return (
        f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?', '。')) else '.'}" if text else ""
    )


@register.filter
def place_word(place: str) -> str:
    """A place on our pages in words; a campaign is called what it is called."""
    return str(_PLACES.get(place, place)) or "–"


@register.filter
def mean_rating(listing: Listing) -> float:
    """The mean of a rated listing's stars."""
    return listing.rating_sum / listing.rating_count


@register.filter
def basis_points(share: int) -> str:
    """Write basis points as a percentage with as many digits as it needs: 1250 is 12.5%."""
    digits = 0 if share % 100 == 0 else 1 if share % 10 == 0 else 2
    return percent_text(Decimal(share) / 10_000, digits=digits)


@register.filter
def times(units: int, each: int) -> int:
    """What so many cost."""
    return units * each


@register.filter
def of(values: Mapping[Key, Value], key: Key) -> Value | None:
    """The value of a key that is a variable."""
    return values.get(key) if values else None


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
