"""A good on a shelf. Written without a template: a page shows dozens of them, and as components they cost most of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hansa.web.templatetags.hansa import brand_art, icon, price, product_art, stars

_NOTHING = SafeString("")


@dataclass(frozen=True, slots=True)
class Card:
    """What is said of a good; money in minor units. Without a ``listing`` it is not reported as seen or clicked."""

    name: str
    href: str
    minor: int
    currency: str
    category: str = ""
    seed: int = 0
    cover: str = ""
    merchant: str = ""
    merchant_seed: int = 0
    was: int | None = None
    rating: float | None = None
    rating_count: int | None = None
    badge: str = ""
    reason: str = ""
    reason_icon: str = "spark"
    why: str = ""  # the page that says more of the reason
    note: str = ""
    listing: int | None = None
    position: int = 0
    can_be_added: bool = False


def card_html(card: Card, *, placement: str = "", request_id: str = "") -> SafeString:
    """Write a card. Its button sends the listing with the form that the shelf stands in."""
    said = _said(replace(card, position=0), placement, get_language())
    return format_html(
        '<article class="product"{}>{}</article>', _reported(card, placement, request_id), said
    )


@lru_cache(maxsize=4_000)
def _said(card: Card, placement: str, language: str | None) -> SafeString:
    """What a card says in a language; goods that many pages show are written once."""
    return format_html(
        '<div class="product-art">{art}{badge}</div><div class="product-body">{reason}'
        '<h3 class="product-name"><a href="{href}">{name}</a></h3>{merchant}{stars}</div>'
        '<div class="product-foot"><div>{price}{note}</div>{button}</div>',
        art=product_art(card.category, card.seed, card.cover),
        badge=_if(card.badge, '<div class="product-badges"><span class="badge tone-brick">{}</span></div>'),
        reason=_reason(card),
        href=card.href if card.href.startswith("#") else f"{card.href}?from={placement}",
        name=card.name,
        merchant=_merchant(card),
        stars=stars(card.rating, card.rating_count),
        price=price(card.minor, card.currency, card.was),
        note=_if(card.note, '<p class="product-note">{}</p>'),
        button=_button(card),
    )


def _reported(card: Card, placement: str, request_id: str) -> SafeString:
    if card.listing is None or not placement:
        return _NOTHING
    return format_html(
        ' data-impression="{}" data-placement="{}" data-position="{}"{}',
        str(card.listing),
        placement,
        str(card.position),
        _if(request_id, ' data-request="{}"'),
    )


def _reason(card: Card) -> SafeString:
    if not card.reason:
        return _NOTHING
    if not card.why:
        return format_html(
            '<p class="product-reason">{}<span>{}</span></p>', icon(card.reason_icon), card.reason
        )
    return format_html(
        '<p class="product-reason">{}<a href="{}" data-aside title="{}">{}</a></p>',
        icon(card.reason_icon),
        card.why,
        _("Why is this recommended?"),
        card.reason,
    )


def _merchant(card: Card) -> SafeString:
    if not card.merchant:
        return _NOTHING
    arms = brand_art(card.merchant, card.merchant_seed)
    return format_html('<p class="product-merchant">{}<span>{}</span></p>', arms, card.merchant)


def _button(card: Card) -> SafeString:
    if not card.can_be_added:
        return _NOTHING
    return format_html(
        '<button class="button button-secondary button-s button-icon" name="listing" value="{listing}"'
        ' aria-label="{label}" title="{label}">{plus}</button>',
        listing=str(card.listing),
        label=_("Put %(title)s into the cart") % {"title": card.name},
        plus=icon("plus"),
    )


def _if(words: str, around: str) -> SafeString:
    return format_html(around, words) if words else _NOTHING
