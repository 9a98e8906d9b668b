"""Where people can move a node: the pages for it, as links for those who may open them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.health.domain.chain import Node, Page
from hansa.web.templatetags.words import platform_name

_NAMES = {
    Page.SHOP: _("The shop of %(platform)s"),
    Page.OVERVIEW: _("Operator's overview of %(platform)s"),
    Page.ORDERS: _("Orders of %(platform)s"),
    Page.MERCHANTS: _("Merchants of %(platform)s"),
    Page.MONEY: _("Books of %(platform)s"),
    Page.TOURS: _("Tours of %(platform)s"),
    Page.TOUR_FIGURES: _("Delivery figures of %(platform)s"),
    Page.ALLIANCE: _("Alliance console"),
}
_ADDRESSES = {
    Page.SHOP: ("shop:home", None),
    Page.OVERVIEW: ("operator:home", Permission.SEE_PLATFORM),
    Page.ORDERS: ("operator:orders", Permission.SEE_PLATFORM),
    Page.MERCHANTS: ("operator:merchants", Permission.SEE_PLATFORM),
    Page.MONEY: ("operator:money", Permission.SEE_PLATFORM),
    Page.TOURS: ("dispatch:home", Permission.PLAN_ROUTES),
    Page.TOUR_FIGURES: ("dispatch:figures", Permission.PLAN_ROUTES),
}


@dataclass(frozen=True)
class Lever:
    """A page where a node can be moved; ``url`` is empty for those who may not open it."""

    name: str
    url: str


def levers_of(node: Node, platforms: Sequence[Platform], actor: Actor) -> list[Lever]:
    """The page that moves this node, on each of these platforms."""
    if node.page is Page.ALLIANCE:
        may = actor.may(Permission.SEE_ALLIANCE)
        return [Lever(str(_NAMES[node.page]), reverse("alliance:home") if may else "")]
    return [_lever(node.page, platform, actor) for platform in platforms]


def _lever(page: Page, platform: Platform, actor: Actor) -> Lever:
    address, permission = _ADDRESSES[page]
    may = permission is None or actor.may(permission, platform_id=platform.pk)
    return Lever(
        str(_NAMES[page]) % {"platform": platform_name(platform)},
        reverse(address, args=[platform.code]) if may else "",
    )
