"""Words that pages need beside the design system's: names of categories and states in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from django import template
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from hansa.commerce.accounts.models import Platform
from hansa.commerce.catalogue.models import Attribute, Category, Listing, Product
from hansa.commerce.discovery.models import PreferenceClass
from hansa.commerce.notices import wording as notice_wording
from hansa.commerce.notices.models import Notice
from hansa.kernel.money import digits_of
from hansa.web.charts.figures import percent_text, quantity_text
from hansa.web.sentences import in_readers_words
from hansa.web.sentences.aftersale import AT_THE_BANK
from hansa.web.sentences.states import actor_text, state_text
from hansa.web.templatetags.hansa import money

register = template.Library()
Key = TypeVar("Key")
Value = TypeVar("Value")

_MODELS = {
    "seasonal_naive": _("the last season again"),
    "window_mean": _("moving average"),
    "season_mean": _("seasonal average"),
    "tsb": _("TSB for rare sales"),
    "ets": _("exponential smoothing"),
    "log_ets": _("exponential smoothing of logarithms"),
    "theta": _("Theta"),
    "auto_ets": _("automatic exponential smoothing"),
    "dynamic_theta": _("dynamic Theta"),
}

_PLACES = {
    "home": _("Home page"),
    "buy-again": _("Buy again"),
    "class": _("By taste"),
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
    "following": _("News of whom one follows"),
    "wishlist": _("Shared lists"),
}


def in_language(english: str, chinese: str) -> str:
    """A name from the database in the reader's language; the English one where there is no Chinese."""
    return chinese if chinese and (get_language() or "").startswith("zh") else english


@register.filter
def category_name(category: Category) -> str:
    """A category's name in the reader's language."""
    return in_language(category.name, category.name_zh)


@register.filter
def class_name(preference_class: PreferenceClass) -> str:
    """The words that set a class of goods apart, in the reader's language; its number where there are none."""
    found = in_language(preference_class.name, preference_class.name_zh)
    return capfirst(found) or gettext("Class %(number)d") % {"number": preference_class.number}


@register.filter
def attribute_name(attribute: Attribute) -> str:
    """An attribute's name in the reader's language."""
    return in_language(attribute.name, attribute.name_zh)


@register.filter
def platform_name(platform: Platform) -> str:
    """A platform's name in the reader's language."""
    return in_language(platform.name, platform.name_zh)


@register.filter
def good_name(product: Product) -> str:
    """What a good is called in the reader's language."""
    return in_language(product.title, product.title_zh)


@register.filter
def weight(grams: int) -> str:
    """Write a weight: grams below one kilogram, then kilograms."""
    return quantity_text(grams, "g") if grams < 1000 else quantity_text(round(grams / 1000, 2), "kg")


@register.filter
def state_word(state: str) -> str:
    """A state in words; one that nobody listed is said as it is."""
    return state_text(state)


@register.filter
def actor_word(name: str) -> str:
    """Who did something: a person by name, what is no person in words."""
    return actor_text(name)


@register.filter
def bank_reason(reason: str) -> str:
    """Why a payment is disputed at the bank, in words; one that nobody listed is said as it is."""
    return str(AT_THE_BANK.get(reason, in_readers_words(reason)))


@register.filter
def in_words(text: str) -> str:
    """What an engine or a service says in English, in the reader's language."""
    return in_readers_words(text)


@register.filter
def sentence(refusal: str) -> str:
    """A refusal in the reader's language, as a sentence of its own: a capital first, a full stop last."""
    text = in_readers_words(refusal.strip())
    if not text or text.endswith((".", "!", "?", "。", "！", "？")):
        return f"{text[:1].upper()}{text[1:]}"
    stop = "。" if text != refusal.strip() else "."
    return f"{text[:1].upper()}{text[1:]}{stop}"


@register.filter
def model_word(model: str) -> str:
    """A forecasting model such as ets@7 in words, with its season where it has one."""
    family, _at, season = model.partition("@")
    word = str(_MODELS.get(family, family))
    return (
        word
        if season in ("", "1")
        else gettext("%(model)s, season of %(season)s") % {"model": word, "season": season}
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


@register.filter
def notice_text(notice: Notice) -> str:
    """What a notice says."""
    return notice_wording.sentence(notice, money=money)
