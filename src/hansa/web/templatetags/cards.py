"""The tag that writes a good on a shelf. A builtin of every page."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from hansa.web.cards import Card, card_html

register = template.Library()


@register.simple_tag
def product_card(card: Card, placement: str = "", request_id: str = "") -> SafeString:
    """Write a card: {% product_card good.card "home" request_id %}; see `hansa.web.cards`."""
    return card_html(card, placement=placement, request_id=request_id)
