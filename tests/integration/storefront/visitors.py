"""Words for the shop's tests: who visits, and what a checkout says."""

from __future__ import annotations

import re

from django.test import Client

from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout import cart
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.orders import fulfilment
from hansa.commerce.orders.models import OrderGroup
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_shop

TEA_SHOP = {"tea": 10, "salt": 40, "rare": 1, "gone": 0}
PRICES = {"tea": 500, "salt": 120, "rare": 900, "gone": 300}


def a_tea_shop(code: str = "trave", merchant_name: str = "bo") -> Shop:
    return a_shop(stock=TEA_SHOP, prices=PRICES, code=code, merchant_name=merchant_name)


def as_actor(actor: Actor) -> Client:
    """A browser in which this person has signed in."""
    browser = Client()
    browser.force_login(User.objects.get(pk=actor.user_id))
    return browser


def who_agrees(answer: str = "yes") -> Client:
    """A guest who has said whether their acts may be noted."""
    browser = Client()
    browser.post("/consent/", {"consent": answer})
    return browser


def the_form(page: str, **other: str) -> dict[str, str]:
    """What a checkout page would send, with some fields typed otherwise."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {
        "key": hidden["key"],
        "agreed_total": hidden["agreed_total"],
        "recipient": "Alia",
        "street": "Mengstrasse 4",
        "postal_code": "23552",
        "city": "Lübeck",
        "country": "DE",
        "window": offered_windows(system_clock())[0].key,
        "method": "tok_ok",
        **other,
    }


def purchases_at(shop: Shop) -> list[OrderGroup]:
    with tenancy.as_platform(shop.platform.pk):
        return list(OrderGroup.objects.order_by("pk"))


def in_cart(shop: Shop, actor: Actor) -> dict[int, int]:
    with tenancy.as_platform(shop.platform.pk):
        return cart.quantities(platform_id=shop.platform.pk, actor=actor)


def deliver(shop: Shop, group: OrderGroup) -> None:
    """Bring a paid purchase to its door."""
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="dag", now=system_clock())
        fulfilment.deliver_all(group_id=group.pk, actor_name="dag", now=system_clock())
