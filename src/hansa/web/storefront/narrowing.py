"""Narrowing a list of goods on a page: what the address asks for, and the facets as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.search.port import BAND_EDGES, LARGEST, MOST_CHOSEN, Order, Question
from hansa.commerce.catalogue.selectors import Choice, Facet
from hansa.web.storefront import asked
from hansa.web.templatetags.hansa import money
from hansa.web.templatetags.words import in_language

_NAMES = {"category": "cat", "merchant": "house", "brand": "brand", "price": "band"}


@dataclass(frozen=True)
class ShownChoice:
    """One value: what the form sends for it, what it is called, how many it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class ShownFacet:
    """A facet as a fieldset; ``single`` facets take one value."""

    name: str
    title: str
    choices: list[ShownChoice]
    single: bool = False

    @property
    def is_used(self) -> bool:
        return any(choice.is_chosen for choice in self.choices)


def question_of(
    request: HttpRequest, *, platform_id: int, page_size: int, category_id: int | None = None
) -> Question:
    """What the address asks for; whatever no form of ours sends is left out."""
    values = _numbers(request, "value")
    bands = tuple(band - 1 for band in _numbers(request, "band") if band <= len(BAND_EDGES) + 1)
    stars = _numbers(request, "stars")
    return Question(
        platform_id=platform_id,
        text=asked.question(request),
        within_category=category_id,
        categories=_numbers(request, "cat"),
        merchants=_numbers(request, "house"),
        brands=_numbers(request, "brand"),
        attributes=catalogue.attributes_of(values),
        bands=bands,
        stars_from=stars[0] if stars and stars[0] <= 5 else 0,
        in_stock=request.GET.get("stock") == "yes",
        order=Order(asked.order(request)),
        offset=(asked.page(request) - 1) * page_size,
        limit=page_size,
    )


def facets_of(facets: tuple[Facet, ...], currency: str) -> list[ShownFacet]:
    """The facets in the reader's language; one with a single unchosen value narrows nothing and is left out."""
    shown = [_shown(facet, currency) for facet in facets]
    return [facet for facet in shown if len(facet.choices) > 1 or facet.is_used or facet.name == "stock"]


def _shown(facet: Facet, currency: str) -> ShownFacet:
    if facet.name == "rating":
        choices = [
            ShownChoice(str(c.id), _("%(stars)s stars and up") % {"stars": c.id}, c.count, c.is_chosen)
            for c in facet.choices
            if c.count or c.is_chosen
        ]
        return ShownFacet("stars", _("Rating"), choices, single=True)
    if facet.name == "availability":
        choices = [
            ShownChoice("yes", _("In stock"), c.count, c.is_chosen) for c in facet.choices if c.id == 1
        ]
        return ShownFacet("stock", _("Availability"), choices)
    if facet.name == "price":
        choices = [
            ShownChoice(str(c.id + 1), _band(c.id, currency), c.count, c.is_chosen) for c in facet.choices
        ]
        return ShownFacet("band", _("Price"), choices)
    titles = {"category": _("Kind"), "merchant": _("Merchant"), "brand": _("Brand")}
    choices = [ShownChoice(str(c.id), _called(c), c.count, c.is_chosen) for c in facet.choices]
    title = titles.get(facet.name) or in_language(facet.title, facet.title_zh)
    return ShownFacet(_NAMES.get(facet.name, "value"), title, choices)


def _called(choice: Choice) -> str:
    return in_language(choice.name, choice.name_zh)


def _band(band: int, currency: str) -> str:
    if band == 0:
        return _("Under %(price)s") % {"price": money(BAND_EDGES[0], currency)}
    if band == len(BAND_EDGES):
        return _("%(price)s and up") % {"price": money(BAND_EDGES[-1], currency)}
    low, high = money(BAND_EDGES[band - 1], currency), money(BAND_EDGES[band], currency)
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _numbers(request: HttpRequest, name: str) -> tuple[int, ...]:
    texts = request.GET.getlist(name)[:MOST_CHOSEN]
    numbers = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 11]
    return tuple(dict.fromkeys(number for number in numbers if 0 < number <= LARGEST))
