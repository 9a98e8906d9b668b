"""The ``url`` tag, with addresses that are kept. A builtin of every page, in the place of Django's."""

from __future__ import annotations

from django import template

from hansa.web.addresses import address

register = template.Library()


@register.simple_tag
def url(name: str, *arguments: str | int, **named: str | int) -> str:
    """The path of a page: {% url "shop:product" platform.code listing.pk %}, also with ``as variable``."""
    return address(name, *arguments, **named)
