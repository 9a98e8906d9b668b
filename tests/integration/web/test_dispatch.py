"""The dispatch desk: from waiting parcels to tours, sheets, picks and the parcel at the door."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from hansa.commerce.delivery import adapters
from hansa.commerce.delivery.gateways import roads
from hansa.commerce.delivery.models import Route, RoutePlan, Shipment, Stop, Vehicle
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.commerce.stock.models import StockLevel
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.engines.roads import synthetic_town
from hansa.foundation import outbox, tenancy
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_person, a_shop, a_shopper
from tests.integration.web.desks import Role, Visitor, a_worker, row, somebody, words

pytestmark = pytest.mark.usefixtures("database")

DESK = "/desk/dispatch/trave/"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of this test alone: no roads unless it lays them."""
    monkeypatch.setenv("HANSA_STATE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def quick_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the planner search for a moment only."""
    plan_tours = adapters.plan_tours

    def briefly(**asked: object) -> adapters.Tours:
        return plan_tours(**(asked | {"time_limit_s": 0.1}))  # type: ignore[arg-type]

    monkeypatch.setattr(adapters, "plan_tours", briefly)


def a_tea_shop(code: str = "trave", merchant_name: str = "bo") -> Shop:
    return a_shop(stock={"tea": 60}, prices={"tea": 500}, code=code, merchant_name=merchant_name)


def a_dispatcher(shop: Shop) -> Visitor:
    return a_worker(Role.DISPATCHER, shop.platform)


def a_van(shop: Shop, *, capacity_g: int = 500_000) -> None:
    with tenancy.as_platform(shop.platform.pk):
        Vehicle.objects.create(
            platform=shop.platform,
            name="Van 1",
            home=shop.centre,
            capacity_g=capacity_g,
            shift_start="08:00",
            shift_end="18:00",
            cost_per_km=80,
        )


def parcels(shop: Shop, count: int, *, prefix: str = "alia") -> list[OrderGroup]:
    """Purchases whose parcels wait to be planned."""
    now = system_clock()
    bought = [shop.buy(a_shopper(f"{prefix}{number}"), [("tea", 1)], now=now) for number in range(count)]
    outbox.drain(SUBSCRIPTIONS)
    return bought


def day_of(group: OrderGroup) -> date:
    assert group.window_start is not None
    return group.window_start.astimezone(UTC).date()


def the_route(shop: Shop) -> Route:
    with tenancy.as_platform(shop.platform.pk):
        return Route.objects.exclude(plan__status="superseded").get()


def planned(shop: Shop, count: int) -> tuple[Visitor, date, Route]:
    """A dispatcher who has planned a day of so many parcels."""
    a_van(shop)
    day = day_of(parcels(shop, count)[0])
    desk = a_dispatcher(shop)
    assert desk.post(f"{DESK}days/{day}/plan/").status_code == 302
    return desk, day, the_route(shop)


def geojson_of(page: bytes) -> dict[str, list[dict[str, dict[str, object]]]]:
    found = re.search(rb'<script id="tours" type="application/json">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize("page", ["", "days/2026-03-03/", "figures/"])
def test_the_desk_opens_to_dispatcher_and_operator_of_the_platform(page: str) -> None:
    shop, other = a_tea_shop(), a_tea_shop("alster", "cy")

    assert a_dispatcher(shop).get(DESK + page).status_code == 200
    assert a_worker(Role.OPERATOR, shop.platform).get(DESK + page).status_code == 200
    assert a_dispatcher(other).get(DESK + page).status_code == 403
    assert a_worker(Role.STEWARD).get(DESK + page).status_code == 403
    assert somebody(a_person()).get(DESK + page).status_code == 403
    assert somebody().get(DESK + page).headers["Location"].startswith("/sign-in/")


def test_a_day_that_is_none_is_not_found() -> None:
    assert a_dispatcher(a_tea_shop()).get(f"{DESK}days/2026-02-30/").status_code == 404


def test_waiting_parcels_are_counted_by_the_day_they_are_promised_for() -> None:
    shop = a_tea_shop()
    day = day_of(parcels(shop, 3)[0])

    page = a_dispatcher(shop).get(DESK)

    assert "Waiting 3" in words(page)
    assert " 3 none yet Plan" in row(page.content.decode(), f'data-day="{day}"')


def test_planning_draws_the_tours_and_says_what_they_save() -> None:
    shop = a_tea_shop()
    desk, day, route = planned(shop, 3)

    page = desk.get(f"{DESK}days/{day}/")
    drawn = geojson_of(page.content)["features"]
    said = words(page)

    kinds = [feature["properties"]["kind"] for feature in drawn]
    assert kinds == ["depot", "route", "stop", "stop", "stop"]
    assert [feature["properties"].get("number") for feature in drawn[2:]] == [1, 2, 3]
    assert "Stops 3 1 vehicle" in said
    assert "Left out 0" in said
    # All three live at one door, so there is nothing for the search to save.
    assert re.search(r"Saved 0.0% rule of thumb €\d+\.\d\d", said)
    assert row(page.content.decode(), f'data-route="{route.pk}"').startswith("Van 1")
    assert "Van 1 drives from" in page.content.decode()


def test_streets_lie_behind_the_tours(state: Path) -> None:
    shop = a_tea_shop()
    roads.store_extract("trave", synthetic_town(seed=1, centre_lat=53.867, centre_lon=10.686))
    desk, day, _ = planned(shop, 2)

    answer = desk.get(f"{DESK}days/{day}/")

    ranks = [
        feature["properties"]["rank"]
        for feature in geojson_of(answer.content)["features"]
        if feature["properties"]["kind"] == "road"
    ]
    assert ranks == ["minor", "main"]
    assert len(answer.content) < 1_500_000


def test_planning_runs_outside_any_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = a_tea_shop()
    seen: list[bool] = []
    plan_tours = adapters.plan_tours

    def watched(**asked: object) -> adapters.Tours:
        seen.append(connection.in_atomic_block)
        return plan_tours(**asked)  # type: ignore[arg-type]

    monkeypatch.setattr(adapters, "plan_tours", watched)
    planned(shop, 1)

    assert seen == [False]


def test_a_day_without_parcels_or_vehicles_is_refused_on_its_page() -> None:
    shop = a_tea_shop()
    desk = a_dispatcher(shop)
    empty = desk.browser.post(f"{DESK}days/2026-03-03/plan/", follow=True)
    day = day_of(parcels(shop, 1)[0])
    no_van = desk.browser.post(f"{DESK}days/{day}/plan/", follow=True)

    assert "There is nothing to deliver on 2026-03-03." in words(empty)
    assert "No vehicle is active at this centre." in words(no_van)
    with tenancy.as_platform(shop.platform.pk):
        assert not RoutePlan.objects.exists()


def test_a_parcel_that_no_vehicle_carries_is_left_out_with_the_reason() -> None:
    shop = a_tea_shop()
    a_van(shop, capacity_g=500)
    light, heavy = parcels(shop, 2)
    with tenancy.as_platform(shop.platform.pk):
        Shipment.objects.filter(group=heavy).update(weight_g=700)
    desk, day = a_dispatcher(shop), day_of(light)

    answer = desk.browser.post(f"{DESK}days/{day}/plan/", follow=True)

    said = words(answer)
    assert "1 parcel is left out." in said
    assert f"{heavy.number} Alia" in said
    assert "too heavy for every vehicle" in said


def test_another_platforms_dispatcher_plans_nothing_here() -> None:
    shop, other = a_tea_shop(), a_tea_shop("alster", "cy")
    a_van(shop)
    day = day_of(parcels(shop, 1)[0])

    answer = a_dispatcher(other).post(f"{DESK}days/{day}/plan/")

    assert answer.status_code == 403
    with tenancy.as_platform(shop.platform.pk):
        assert not RoutePlan.objects.exists()


def test_releasing_ships_the_orders_and_takes_the_goods_off_the_shelf() -> None:
    shop = a_tea_shop()
    desk, day, route = planned(shop, 2)

    answers = [desk.post(f"{DESK}plans/{route.plan_id}/release/") for _ in range(2)]

    assert [answer.headers["Location"] for answer in answers] == [f"{DESK}days/{day}/"] * 2
    with tenancy.as_platform(shop.platform.pk):
        assert set(Shipment.objects.values_list("status", flat=True)) == {"out"}
        assert set(Order.objects.values_list("status", flat=True)) == {"shipped"}
        assert StockLevel.objects.get().on_hand == 58
    page = desk.reads(f"{DESK}days/{day}/")
    assert "The vehicles have been sent out." in page
    assert "0 of 2 handed over" in page
    assert "Plan again" not in page


def test_the_driver_sheet_lists_the_stops_and_hands_parcels_over() -> None:
    shop = a_tea_shop()
    desk, _, route = planned(shop, 2)
    sheet = f"{DESK}routes/{route.pk}/"
    draft = desk.reads(sheet)
    desk.post(f"{DESK}plans/{route.plan_id}/release/")
    with tenancy.as_platform(shop.platform.pk):
        first, second = Stop.objects.order_by("sequence").values_list("shipment_id", flat=True)

    answer = desk.post(f"{DESK}parcels/{first}/delivered/", route=str(route.pk))
    page = desk.get(sheet).content.decode()

    assert "This is a draft" in draft
    assert answer.headers["Location"] == f"{sheet}#parcel-{first}"
    assert "handed over" in row(page, f'data-parcel="{first}"')
    assert row(page, f'data-parcel="{first}"').startswith("1 Alia Mengstrasse 4 23552 Lübeck")
    assert row(page, f'data-parcel="{second}"').endswith("Delivered")
    with tenancy.as_platform(shop.platform.pk):
        assert Shipment.objects.get(pk=first).status == "delivered"
        assert Shipment.objects.get(pk=second).status == "out"


def test_a_parcel_that_has_not_left_is_not_handed_over() -> None:
    shop = a_tea_shop()
    desk, _, _ = planned(shop, 1)
    with tenancy.as_platform(shop.platform.pk):
        parcel = Shipment.objects.get()

    assert desk.post(f"{DESK}parcels/{parcel.pk}/delivered/").status_code == 409
    with tenancy.as_platform(shop.platform.pk):
        assert Shipment.objects.get().status == "planned"


def test_the_pick_list_walks_past_everything_that_the_route_carries() -> None:
    shop = a_tea_shop()
    with tenancy.as_platform(shop.platform.pk):
        StockLevel.objects.update(aisle=2, slot=9)
    desk, _, route = planned(shop, 3)

    page = desk.reads(f"{DESK}routes/{route.pk}/picks/")

    # Two aisles along the front, nine and a half places in, and back again; three parcels, one place.
    assert "Picks 1 3 units" in page
    assert "Walk 39 m" in page
    assert "1 2 9 3 Tea trave-bo-tea" in page


def test_routes_plans_and_parcels_of_another_platform_are_not_found() -> None:
    shop, other = a_tea_shop(), a_tea_shop("alster", "cy")
    _, _, route = planned(shop, 1)
    with tenancy.as_platform(shop.platform.pk):
        parcel = Shipment.objects.get()
    stranger, theirs = a_dispatcher(other), "/desk/dispatch/alster/"

    assert stranger.get(f"{theirs}routes/{route.pk}/").status_code == 404
    assert stranger.get(f"{theirs}routes/{route.pk}/picks/").status_code == 404
    assert stranger.post(f"{theirs}plans/{route.plan_id}/release/").status_code == 404
    assert stranger.post(f"{theirs}parcels/{parcel.pk}/delivered/").status_code == 404
    with tenancy.as_platform(shop.platform.pk):
        assert RoutePlan.objects.get().status == "draft"


def test_figures_say_how_many_came_on_time() -> None:
    shop = a_tea_shop()
    groups = parcels(shop, 2)
    now = system_clock()
    with tenancy.as_platform(shop.platform.pk):
        for group, late in zip(groups, (False, True), strict=True):
            Shipment.objects.filter(group=group).update(
                status="delivered",
                delivered_at=now - timedelta(days=2),
                promised_until=now - timedelta(days=3 if late else 1),
            )

    page = a_dispatcher(shop).reads(f"{DESK}figures/")

    assert "Parcels handed over 2 before: 0" in page
    assert "On time 50.0%" in page


def test_a_day_takes_as_many_queries_for_two_stops_as_for_eight() -> None:
    shop = a_tea_shop()
    desk, day, _ = planned(shop, 2)
    pages = [f"{DESK}days/{day}/", DESK, f"{DESK}figures/"]
    before = [desk.queries(page) for page in pages]

    parcels(shop, 6, prefix="bea")
    desk.post(f"{DESK}days/{day}/plan/")

    assert [desk.queries(page) for page in pages] == before
    assert max(before) <= 30
    assert the_route(shop).load_g == 8 * (250 + 150)


def test_a_stop_that_waits_for_its_window_says_until_when() -> None:
    shop = a_tea_shop()
    desk, day, route = planned(shop, 1)
    opens = datetime(day.year, day.month, day.day, 15, tzinfo=UTC)
    with tenancy.as_platform(shop.platform.pk):
        Stop.objects.update(arrives_at=opens - timedelta(minutes=30))
        Shipment.objects.update(promised_from=opens, promised_until=opens + timedelta(hours=3))

    page = desk.reads(f"{DESK}routes/{route.pk}/")

    assert "14:30 wait until 15:00 15:00–18:00" in page


def test_a_late_stop_is_marked() -> None:
    shop = a_tea_shop()
    desk, day, route = planned(shop, 1)
    closes = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    with tenancy.as_platform(shop.platform.pk):
        Stop.objects.update(arrives_at=closes + timedelta(minutes=1))
        Shipment.objects.update(promised_from=closes - timedelta(hours=3), promised_until=closes)

    assert "12:01 09:00–12:00 late" in desk.reads(f"{DESK}routes/{route.pk}/")
    assert "Too late 1" in desk.reads(f"{DESK}days/{day}/")
