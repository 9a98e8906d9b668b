"""Nodes that are computed from parcels, tours and stock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from hansa.commerce.delivery.models import Shipment
from hansa.commerce.stock.models import StockLevel, StockMovement
from hansa.foundation import tenancy
from tests.integration.health.scenes import NOW, W0, W1, W2, W3, Market, a_market, at, count

pytestmark = pytest.mark.usefixtures("database")


def parcels(market: Market, week: date, minutes_late: list[int]) -> list[Shipment]:
    promised = at(week, 2, 12)
    return [
        market.parcel(
            market.purchase(None, at(week), {"bo": 100}),
            promised=promised,
            delivered=promised + timedelta(minutes=late),
        )
        for late in minutes_late
    ]


def moved(market: Market, name: str, quantity: int, when: datetime, reference: str) -> None:
    """Goods come or go: the movement and the level that it changes."""
    with tenancy.as_platform(market.platform.pk):
        level = StockLevel.objects.get(offer_id=market.listings[name].offer_id)
        level.on_hand += quantity
        level.save(update_fields=["on_hand"])
        StockMovement.objects.create(
            platform=market.platform,
            level=level,
            quantity=quantity,
            reason="receipt" if quantity > 0 else "dispatch",
            reference=reference,
            moved_at=when,
        )


def test_delivery_efficiency_is_parcels_in_time() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("bo",)[:0])
    parcels(trave, W1, [-60, 0, 1, 30])
    group = trave.purchase(None, at(W1), {"bo": 100})
    trave.parcel(group, promised=at(W1, 1), delivered=None)

    counted = count(trave, gotland)

    assert counted("delivery_efficiency", trave, W1) == (0.5, 4)
    assert counted("delivery_efficiency", None, W1) == (0.5, 4)
    assert counted("delivery_efficiency", gotland, W1) is None
    assert counted("experience", trave, W1) is None  # nothing is known of stock


def test_experience_is_in_time_and_on_hand() -> None:
    trave = a_market("trave", ("bo", "cy", "dee", "eli"))
    for name in ("bo", "cy", "dee"):
        moved(trave, name, 5, at(W2), "opening")
    moved(trave, "dee", -5, at(W1, 3), "sold out")
    moved(trave, "eli", 9, at(W0, 1), "receipt")
    for week in (W3, W2, W1, W0):
        parcels(trave, week, [-10, -10, -10, 10])

    counted = count(trave, until=NOW + timedelta(days=1))

    assert counted("experience", trave, W3) is None  # before the first movement nothing is known
    assert counted("experience", trave, W2) == (pytest.approx(0.75 * 0.75), 4)  # Eli has nothing yet
    assert counted("experience", trave, W1) == (pytest.approx(0.75 * 0.50), 4)
    assert counted("experience", trave, W0) == (pytest.approx(0.75 * 0.75), 4)
    assert counted("experience", None, W1) == (pytest.approx(0.75 * 0.50), 4)


def test_stock_that_is_opened_as_the_week_ends_counts_at_its_end() -> None:
    trave = a_market("trave", ("bo", "cy"))
    moved(trave, "bo", 5, at(W1, 0, 0), "opening")
    parcels(trave, W2, [-10])

    assert count(trave)("experience", trave, W2) == (0.5, 1)


def test_experience_leaves_out_what_is_not_listed() -> None:
    trave = a_market("trave", ("bo", "cy"))
    moved(trave, "bo", 5, at(W2), "opening")
    listing = trave.listings["cy"]
    listing.is_active = False
    with tenancy.as_platform(trave.platform.pk):
        listing.save(update_fields=["is_active"])
    parcels(trave, W1, [-10])

    assert count(trave)("experience", trave, W1) == (1.0, 1)


def test_logistics_is_what_planning_saves_and_what_a_parcel_costs() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("bo",)[:0])
    delivered = parcels(trave, W1, [0, 0, 0])
    waiting = trave.parcel(trave.purchase(None, at(W1), {"bo": 1}), promised=at(W1, 2), delivered=None)
    trave.tour(W1, metres=6_000, baseline=10_000, cost_per_km=50, parcels=[*delivered[:2], waiting])
    trave.tour(W1 + timedelta(days=6), metres=3_000, baseline=5_000, cost_per_km=100, parcels=delivered[2:])
    trave.tour(W1 + timedelta(days=2), metres=1, baseline=9, cost_per_km=1, parcels=[], status="draft")

    counted = count(trave, gotland)

    assert counted("logistics", trave, W1) == (pytest.approx(0.4), 2)  # 600 instead of 1,000
    assert counted("logistics_cost", trave, W1) == (200.0, 3)  # (6 x 50 + 3 x 100) / 3
    assert counted("logistics", None, W1) == (pytest.approx(0.4), 2)
    assert counted("logistics_cost", gotland, W1) is None


def test_a_tour_that_handed_nothing_over_has_no_cost_a_parcel() -> None:
    trave = a_market()
    trave.tour(W1, metres=6_000, baseline=0, cost_per_km=50, parcels=[])

    counted = count(trave)

    assert counted("logistics", trave, W1) is None
    assert counted("logistics_cost", trave, W1) is None
