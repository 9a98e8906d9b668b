"""The loop, without a browser: behaviour > recommendation > purchase > route > review > forecast > stock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hansa.commerce.accounts.models import Membership
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.delivery import services as delivery_services
from hansa.commerce.delivery.models import Vehicle
from hansa.commerce.orders.models import OrderLine
from hansa.commerce.planning import selectors as planning
from hansa.commerce.planning import services as planning_services
from hansa.commerce.recommendations import selectors as recommendations
from hansa.commerce.recommendations import services as recommendation_services
from hansa.commerce.reviews import services as reviews
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from hansa.foundation.models import OutboxEvent
from hansa.kernel.errors import Refused
from tests.factories import NOON, Shop, a_person, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")


def a_dispatcher(shop: Shop) -> Actor:
    user = a_person("dispatcher")
    Membership.objects.create(user=user, role=Membership.Role.DISPATCHER, platform=shop.platform)
    return actor_of(user)


def a_van(shop: Shop) -> None:
    with tenancy.as_platform(shop.platform.pk):
        Vehicle.objects.create(
            platform=shop.platform,
            name="Van",
            home=shop.centre,
            capacity_g=500_000,
            shift_start="08:00",
            shift_end="18:00",
            cost_per_km=80,
        )


def test_an_order_becomes_a_parcel_a_route_and_a_review() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    dispatcher, alia, platform_id = a_dispatcher(shop), a_shopper(), shop.platform.pk
    a_van(shop)
    group = shop.buy(alia, [("tea", 3)])
    tomorrow = (NOON + timedelta(days=1)).date()

    outbox.drain(SUBSCRIPTIONS)
    plan = delivery_services.plan_day(
        actor=dispatcher, platform_id=platform_id, day=tomorrow, now=NOON, time_limit_s=0.2
    )
    with tenancy.as_platform(platform_id):
        delivery_services.release_plan(actor=dispatcher, platform_id=platform_id, plan_id=plan.pk, now=NOON)
        route = delivery.get_plan(platform_id=platform_id, plan_id=plan.pk).routes.get()
        picked = delivery.pick_list(route)
        parcel = delivery.find_shipment_of(group.pk)
        assert parcel is not None
        delivery_services.deliver(
            actor=dispatcher, platform_id=platform_id, shipment_id=parcel.pk, now=NOON + timedelta(hours=21)
        )
        line = OrderLine.objects.get(order__group=group)
        reviews.write_review(
            platform_id=platform_id,
            actor=alia,
            line_id=line.pk,
            verdict=reviews.Verdict(5, text="good"),
            now=NOON,
        )
    outbox.drain(SUBSCRIPTIONS)

    level = shop.level_of("tea")
    assert (level.on_hand, level.allocated) == (7, 0)
    assert [units for _, _, _, units in picked.picks] == [3]
    with tenancy.as_platform(platform_id):
        performance = delivery.performance(
            platform_id=platform_id, since=NOON, until=NOON + timedelta(days=2)
        )
        assert (performance.parcels, performance.on_time_share, performance.routes) == (1, 1.0, 1)
        assert catalogue.get_listing(platform_id=platform_id, listing_id=1).rating_sum == 5
        kinds = list(BehaviourEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["cart", "purchase", "rating"]
    assert OutboxEvent.objects.exclude(parked_reason="").count() == 0
    assert [finding.invariant.name for finding in invariants.check() if not finding.holds] == []


def test_what_one_looks_at_changes_what_is_recommended_next() -> None:
    names = [f"good{number}" for number in range(12)]
    shop = a_shop(stock=dict.fromkeys(names, 50), prices=dict.fromkeys(names, 200))
    platform_id = shop.platform.pk
    for number in range(12):  # even goods are bought together, and odd ones
        basket = [(name, 1) for name in names[number % 2 :: 2]]
        shop.buy(a_shopper(f"buyer{number}"), basket, now=NOON - timedelta(days=30 - number))
    recommendation_services.refit(platform_id=platform_id, now=NOON)
    cy = a_shopper("cy")

    with tenancy.as_platform(platform_id):
        before = recommendations.recommend(platform_id=platform_id, actor=cy, k=4)
        listing = catalogue.get_listing(platform_id=platform_id, listing_id=shop.listings["good3"].pk)
        behaviour.record_view(platform_id=platform_id, actor=cy, listing_id=listing.pk, now=NOON)
        after = recommendations.recommend(platform_id=platform_id, actor=cy, k=4)

    assert {item.source for item in before.items} == {"popular"}
    odd = {name.title() for name in names[1::2]} - {"Good3"}
    assert {item.listing.title for item in after.items} <= odd
    assert after.items[0].because_of == "Good3"


def test_a_proposal_becomes_stock() -> None:
    shop = a_shop(stock={"tea": 200}, prices={"tea": 500})
    platform_id = shop.platform.pk
    alia = a_shopper()
    for day in range(60, 0, -1):
        shop.buy(alia, [("tea", 3)], now=NOON - timedelta(days=day))
    assert shop.stock_of("tea") == 20

    planning_services.plan_platform(platform_id=platform_id, now=NOON)
    with tenancy.as_platform(platform_id):
        proposal = planning.open_proposals(platform_id=platform_id, merchant_id=shop.merchant.pk).get()
        order = planning_services.accept_proposal(
            actor=shop.owner, platform_id=platform_id, proposal_id=proposal.pk, now=NOON
        )
        again = planning_services.accept_proposal(
            actor=shop.owner, platform_id=platform_id, proposal_id=proposal.pk, now=NOON
        )
        for _ in range(2):
            planning_services.receive_purchase_order(
                actor=shop.owner, platform_id=platform_id, purchase_order_id=order.pk, now=NOON
            )
        picture = planning.demand_picture(
            platform_id=platform_id, merchant_id=shop.merchant.pk, offer_id=proposal.offer_id
        )

    # Three a day are sold; ten days of lead time and review need about thirty, twenty are there.
    assert 10 <= proposal.units <= 20
    assert order.pk == again.pk
    assert shop.stock_of("tea") == 20 + proposal.units
    assert picture.sold[-60:] == [3] * 60
    assert picture.forecast is not None
    assert picture.forecast.mean[0] == pytest.approx(3, abs=0.2)
    assert [finding.invariant.name for finding in invariants.check() if not finding.holds] == []


def test_a_parcel_stands_on_one_days_plan_only() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    dispatcher, platform_id = a_dispatcher(shop), shop.platform.pk
    a_van(shop)
    shop.buy(a_shopper(), [("tea", 3)])
    outbox.drain(SUBSCRIPTIONS)
    tomorrow = (NOON + timedelta(days=1)).date()
    delivery_services.plan_day(
        actor=dispatcher, platform_id=platform_id, day=tomorrow, now=NOON, time_limit_s=0.2
    )

    with pytest.raises(Refused, match="nothing to deliver"):
        delivery_services.plan_day(
            actor=dispatcher, platform_id=platform_id, day=tomorrow + timedelta(days=1), now=NOON
        )

    assert [finding.invariant.name for finding in invariants.check() if not finding.holds] == []
