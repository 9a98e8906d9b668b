"""A market that has been open for eight weeks: what it sold, who works there, and what was learnt and planned from it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hansa.commerce.accounts.models import Membership, Platform, User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.delivery.gateways import roads
from hansa.commerce.delivery.models import Shipment, Vehicle
from hansa.commerce.discovery import services as discovery
from hansa.commerce.planning import services as planning
from hansa.commerce.recommendations import services as recommendations
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.engines.roads import synthetic_town
from hansa.foundation import invariants, outbox, tenancy
from hansa.kernel.clock import system_clock
from tests.e2e.happenings import Market, bring, let_things_happen
from tests.factories import Shop, a_person, a_shop, a_shopper
from tests.integration.conftest import hang_up

DAYS = 56
TEA_A_DAY = 3
LEFT = 12
TEATIME = ["tea", "biscuits", "honey", "lemon", "scones", "jam"]
BREAKFAST = ["coffee", "milk", "rolls", "butter", "eggs", "cheese"]


@dataclass
class World:
    """The market and the demo's people in it."""

    shop: Shop
    shopper: Actor
    dispatcher: Actor

    @property
    def platform_id(self) -> int:
        return self.shop.platform.pk

    def url_of(self, name: str) -> str:
        return f"trave/p/{self.shop.listings[name].pk}/"


def a_market(state: Path, *, is_calm: bool = False) -> World:
    """Open the market, let people buy for eight weeks, then learn their tastes and plan the stock.

    In a calm one nobody sends back, quarrels, asks or wishes, and nothing waits to be brought.
    """
    goods = TEATIME + BREAKFAST
    shop = a_shop(
        stock=dict.fromkeys(goods, 400) | {"tea": DAYS * TEA_A_DAY + LEFT},
        prices={name: 300 + 50 * number for number, name in enumerate(goods)},
    )
    world = World(shop, _a_demo_shopper(shop), _a_dispatcher(shop))
    orla = _a_demo_official("orla", Membership.Role.OPERATOR, shop.platform)
    _a_demo_official("stine", Membership.Role.STEWARD, None)
    User.objects.filter(pk=shop.owner.user_id).update(is_demo=True, display_name="Mette of Bo")
    now = system_clock()
    _let_people_buy(shop, now)
    outbox.drain(SUBSCRIPTIONS)
    _deliver_everything(world, now)
    outbox.drain(SUBSCRIPTIONS)
    if not is_calm:
        let_things_happen(Market(shop, world.shopper, actor_of(orla), world.dispatcher, now))
    recommendations.refit(platform_id=shop.platform.pk, now=now)
    discovery.classify(platform_id=shop.platform.pk, now=now)
    planning.plan_platform(platform_id=shop.platform.pk, now=now)
    with _state_folder(state):
        roads.store_extract("trave", synthetic_town(seed=1, centre_lat=53.87, centre_lon=10.69))
    return world


def broken_promises() -> list[tuple[str, object]]:
    """What does not hold, with examples. Leaves no connection behind: the next module has another database."""
    hang_up()
    findings = invariants.check()
    hang_up()
    return [(finding.invariant.name, finding.examples) for finding in findings if not finding.holds]


def _let_people_buy(shop: Shop, now: datetime) -> None:
    """Every day one takes tea and something with it, and another has breakfast."""
    buyers = [a_shopper(f"buyer{number}") for number in range(8)]
    for ago in range(DAYS, 0, -1):
        at = now - timedelta(days=ago)
        beside = TEATIME[1 + ago % 5]
        shop.buy(buyers[ago % 4], [("tea", TEA_A_DAY), (beside, 1)], now=at)
        first, second = BREAKFAST[ago % 6], BREAKFAST[(ago + 1) % 6]
        shop.buy(buyers[4 + ago % 4], [(first, 1), (second, 1)], now=at)


def _deliver_everything(world: World, now: datetime) -> None:
    with tenancy.as_platform(world.platform_id):
        for shipment in Shipment.objects.order_by("pk"):
            bring(world.dispatcher, shipment, now)


def _a_demo_shopper(shop: Shop) -> Actor:
    shopper = a_shopper("alia")
    User.objects.filter(pk=shopper.user_id).update(is_demo=True, home_platform=shop.platform)
    return shopper


def _a_demo_official(name: str, role: Membership.Role, platform: Platform | None) -> User:
    user = a_person(name)
    User.objects.filter(pk=user.pk).update(is_demo=True)
    Membership.objects.create(user=user, role=role, platform=platform)
    return user


def _a_dispatcher(shop: Shop) -> Actor:
    user = _a_demo_official("dag", Membership.Role.DISPATCHER, shop.platform)
    with tenancy.as_platform(shop.platform.pk):
        for number in (1, 2):
            Vehicle.objects.create(
                platform=shop.platform,
                name=f"Van {number}",
                home=shop.centre,
                capacity_g=500_000,
                shift_start="08:00",
                shift_end="18:00",
                cost_per_km=80,
            )
    return actor_of(user)


@contextmanager
def _state_folder(folder: Path) -> Iterator[None]:
    before = os.environ.get("HANSA_STATE_DIR")
    os.environ["HANSA_STATE_DIR"] = str(folder)
    yield
    if before is None:
        del os.environ["HANSA_STATE_DIR"]
    else:
        os.environ["HANSA_STATE_DIR"] = before
