"""The desks a person may sit down at."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.policy import Actor, Role
from hansa.commerce.merchants import selectors as merchants
from hansa.web.addresses import address
from hansa.web.templatetags.words import platform_name


@dataclass(frozen=True)
class Link:
    """A line of a menu."""

    name: str
    url: str
    icon: str
    current: bool = False


def desks_of(actor: Actor, *, path: str = "") -> list[Link]:
    """Every desk of this actor; the one that ``path`` lies in is marked."""
    desks = []
    for merchant in merchants.merchants_of(actor.merchant_ids()):
        for platform_id in merchant.platform_ids:
            platform = accounts.platform_by_id(platform_id)
            url = address("merchant:home", platform.code, merchant.pk)
            desks.append(Link(f"{merchant.name} · {platform_name(platform)}", url, "store"))
    for role, name, icon, word in (
        (Role.OPERATOR, "operator:home", "gauge", _("Operator")),
        (Role.DISPATCHER, "dispatch:home", "truck", _("Dispatch")),
    ):
        for platform_id in actor.platform_ids(role):
            platform = accounts.platform_by_id(platform_id)
            desks.append(Link(f"{word} · {platform_name(platform)}", address(name, platform.code), icon))
    if actor.has(Role.STEWARD):
        desks.append(Link(_("Alliance"), address("alliance:home"), "alliance"))
        desks.append(Link(_("Ecosystem health"), address("health:home"), "pulse"))
    return [Link(desk.name, desk.url, desk.icon, path.startswith(desk.url)) for desk in desks]
