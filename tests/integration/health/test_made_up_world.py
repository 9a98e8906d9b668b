"""The made-up world as the health page and the merchant's funnel see it, before and after its tours were driven."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.delivery.models import RoutePlan, Shipment, Stop
from hansa.commerce.health.selectors.weekly import Figure, monday_of, weekly_figures
from hansa.commerce.importing import services as importing
from hansa.commerce.marketing import selectors as marketing
from hansa.commerce.merchants.models import Store
from hansa.commerce.stock.models import StockMovement
from hansa.config import demo
from hansa.foundation import tenancy
from tests.integration.importing.looking import broken, counts

pytestmark = pytest.mark.usefixtures("database")

_NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday: the data ended the evening before
_LAST_WEEK = monday_of(_NOW) - timedelta(days=7)


def _a_world() -> None:
    importing.import_small_world(seed=1, as_of=_NOW.date())
    importing.ensure_demo_accounts()


def _drive() -> None:
    step = next(step for step in demo.STEPS if step.key == "tours")
    demo.run_step(step, demo.SCALES["small"], _NOW, lambda done, all_of_it: None)


def _of_the_alliance() -> dict[str, Figure]:
    with tenancy.as_alliance():
        figures = weekly_figures(list(accounts.platforms()), first=_LAST_WEEK, until=_NOW)
    return {
        figure.node: figure for figure in figures if figure.week == _LAST_WEEK and figure.platform_id is None
    }


def test_most_visits_end_without_a_purchase() -> None:
    _a_world()

    figures = _of_the_alliance()

    assert 0.02 < figures["conversion"].value < 0.10
    assert figures["exposure"].value > figures["visits"].value > 300
    assert 0.05 < figures["click_rate"].value < 0.35
    assert figures["sales"].n < 0.1 * figures["visits"].value


def test_every_step_of_a_platform_and_of_its_merchants_loses_people() -> None:
    _a_world()
    since, until = _NOW - timedelta(days=28), _NOW

    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            reach = marketing.reach_of_platform(platform_id=platform.pk, since=since, until=until)
            funnels = [
                marketing.funnel_of_merchant(
                    platform_id=platform.pk, merchant_id=merchant_id, since=since, until=until
                )
                for merchant_id in Store.objects.filter(platform=platform).values_list(
                    "merchant_id", flat=True
                )
            ]

        assert reach.impressions > reach.clicks > reach.visits > reach.carts
        assert len(funnels) == 12
        for funnel in funnels:
            assert funnel.impressions > funnel.clicks > funnel.visits > funnel.carts > funnel.orders
            assert funnel.orders >= funnel.buyers >= funnel.returning_buyers


def test_before_the_tours_are_driven_nothing_is_known_of_them() -> None:
    _a_world()

    figures = _of_the_alliance()

    assert {"logistics", "logistics_cost"}.isdisjoint(figures)


def test_driven_tours_fill_the_logistics_of_the_last_week() -> None:
    _a_world()
    with tenancy.as_alliance():
        waiting = Shipment.objects.filter(status="planned", promised_from__lt=_NOW.replace(hour=0)).count()

    _drive()

    figures = _of_the_alliance()
    with tenancy.as_alliance():
        stops = Stop.objects.select_related("shipment", "route__plan")
        plans = RoutePlan.objects.filter(status="released")
        left = Shipment.objects.filter(status="planned", promised_from__lt=_NOW.replace(hour=0)).count()
        assert waiting > 3
        assert left == 0
        assert stops.count() == waiting == figures["logistics_cost"].n
        assert plans.count() == figures["logistics"].n
        assert figures["logistics_cost"].value > 0
        assert all(plan.day < _NOW.date() for plan in plans)
        assert {stop.shipment.status for stop in stops} == {"delivered"}
        assert all(stop.shipment.delivered_at > stop.arrives_at for stop in stops)
        opening = StockMovement.objects.filter(reason="opening").latest("moved_at").moved_at
        assert StockMovement.objects.filter(reason="dispatch").earliest("moved_at").moved_at > opening
    done = {}
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            done[platform.pk] = delivery.performance(
                platform_id=platform.pk, since=_NOW - timedelta(days=7), until=_NOW
            )
    driven = [each for each in done.values() if each.routes]
    assert driven
    assert all(each.fill_share is not None and 0 < each.fill_share < 1 for each in driven)
    assert all(each.km_per_stop is not None and 0 < each.km_per_stop < 20 for each in driven)
    assert broken() == set()


def test_tours_that_were_driven_are_not_driven_again() -> None:
    _a_world()
    _drive()
    before = counts()

    _drive()

    assert counts() == before
