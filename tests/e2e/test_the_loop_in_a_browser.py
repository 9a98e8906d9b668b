"""The whole chain in a headless Chromium on the whole stack: look > recommendation > purchase > parcel > route >
demand > order > stock > availability > delivery > review, with the worker carrying every event in between.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.delivery.models import Stop
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.planning import selectors as planning
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.e2e.browsers import Visit, a_visit, sign_in
from tests.e2e.stack import Stack
from tests.e2e.world import LEFT, World, a_market, broken_promises
from tests.integration.conftest import hang_up

pytestmark = pytest.mark.slow
SEEN_MS = 1_400  # what is on screen for a second counts as seen


@pytest.fixture(scope="module")
def world(state: Path) -> World:
    """A market in which what the test does is all that happens."""
    made = a_market(state, is_calm=True)
    hang_up()
    return made


def test_the_whole_chain_in_a_browser(world: World, stack: Stack, browser: Browser) -> None:
    hang_up()
    with (
        a_visit(browser, stack.url) as alia,
        a_visit(browser, stack.url) as dag,
        a_visit(browser, stack.url) as mette,
    ):
        sign_in(alia, "Alia")
        looks_and_is_recommended_what_goes_with_it(alia, world)
        purchase = buys_tea(alia, world)
        the_worker_carries_it_on(alia, world, purchase)
        sign_in(dag, "Dag")
        route = plans_the_day_and_sends_the_vans_out(dag, world, purchase)
        sign_in(mette, "Mette of Bo")
        units = orders_more_and_receives_it(mette, world)
        sees_the_tea_in_stock(alia, world, units)
        hands_the_parcel_over(dag, purchase, route)
        reviews_it(alia, world, purchase)
        sees_what_was_shown(mette, world)

    hang_up()
    _wait_for(lambda: not _waiting_events(), "the worker to deliver every event")
    assert broken_promises() == []


def looks_and_is_recommended_what_goes_with_it(alia: Visit, world: World) -> None:
    """Who has done nothing sees what is popular; who looked at honey sees what goes with honey."""
    page = alia.page
    assert page.url == f"{alia.base}trave/"
    before = _for_you(page)
    expect(page.locator("#for-you .product-reason").first).to_have_text("Popular here")

    page.locator("#for-you .product").nth(8).scroll_into_view_if_needed()
    page.wait_for_timeout(SEEN_MS)
    page.locator("#for-you").get_by_role("link", name="Honey", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Honey")
    alia.go("trave/")

    after = _for_you(page)
    assert after != before
    assert "Honey" not in after
    reasons = page.locator("#for-you .product-reason").all_inner_texts()
    assert "Goes with Honey" in reasons
    assert page.locator("#for-you .product").first.inner_text().find("Tea") >= 0  # bought with every honey


def buys_tea(alia: Visit, world: World) -> str:
    """Put two into the cart without leaving the page, check out, and stand before the purchase."""
    page = alia.go(world.url_of("tea"))
    expect(page.locator("#availability")).to_have_text(f"Only {LEFT} left")
    page.get_by_role("spinbutton", name="Quantity").fill("2")
    page.locator("#add-to-cart").click()
    expect(page.locator("#cart-link")).to_have_accessible_name("Cart (2)")
    expect(page.locator(".toast")).to_have_text("In your cart: Tea")
    assert page.url == alia.base + world.url_of("tea")

    page.locator("#cart-link").click()
    expect(page.locator("#grand-total")).to_have_text("€10.90")  # two at 3.00 and 4.90 for delivery
    page.locator("#to-checkout").click()
    expect(page.get_by_label("Street and number")).to_have_value("Mengstrasse 4")
    page.locator("input[name=window]").nth(1).check()
    page.get_by_role("button", name="Buy now for €10.90").click()

    page.wait_for_url(re.compile(r"/trave/purchases/H-\w+/$"))
    expect(page.locator(".step-done")).to_contain_text(["Ordered", "Paid"])
    expect(page.locator("#cart-link")).to_have_accessible_name("Cart")
    return page.url.rstrip("/").rsplit("/", 1)[1]


def the_worker_carries_it_on(alia: Visit, world: World, purchase: str) -> None:
    """The parcel appears, the taste is known, the demand is history, and the shelf recommends anew."""
    page = alia.page
    _reload_until(page, lambda: page.locator("#parcel").count() == 1)
    expect(page.locator("#parcel")).to_contain_text("being put together")
    with tenancy.as_platform(world.platform_id):
        bought = BehaviourEvent.objects.filter(kind="purchase", user_id=world.shopper.user_id)
        _wait_for(bought.exists, "the purchase to be learnt from")
        assert list(bought.values_list("listing_id", "value")) == [(world.shop.listings["tea"].pk, 2)]
        today = OrderGroup.objects.get(number=purchase).placed_at.date()
        sold = planning.daily_sales(platform_id=world.platform_id, first=today, last=today, most_offers=50)
        assert sold[world.shop.listings["tea"].offer_id][today] == 2
    alia.go("trave/")
    assert "Tea" not in _for_you(page)  # it is under Buy again now
    expect(page.locator("#again").get_by_role("link", name="Tea", exact=True)).to_be_visible()


def plans_the_day_and_sends_the_vans_out(dag: Visit, world: World, purchase: str) -> str:
    """Plan the promised day in the browser; the map's route has the stop; release it. Answers the driver sheet."""
    page = dag.go("desk/dispatch/trave/")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator(".leaflet-container")).to_be_visible()
    drawn = page.locator("#tours").evaluate("script => JSON.parse(script.textContent)")
    kinds = [feature["properties"]["kind"] for feature in drawn["features"]]
    assert kinds.count("stop") == kinds.count("route") == 1
    assert "Mengstrasse 4" in str(
        [each for each in drawn["features"] if each["properties"]["kind"] == "stop"]
    )
    assert page.locator(".leaflet-marker-icon").count() == 2  # the centre and the stop
    assert page.locator("path.leaflet-interactive").count() >= 1  # the route's line

    page.get_by_role("button", name="Release").click()
    page.locator("#confirm").get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_text("The vehicles have been sent out.")).to_be_visible()
    with tenancy.as_platform(world.platform_id):
        stop = Stop.objects.select_related("shipment__group").get(route__plan__status="released")
        assert stop.shipment.group.number == purchase
    page.get_by_role("link", name="Driver sheet").click()
    expect(page.locator("tr[data-parcel]")).to_contain_text(purchase)
    return page.url


def orders_more_and_receives_it(mette: Visit, world: World) -> int:
    """Accept the proposal for tea, receive the goods, and see them on hand. Answers the units."""
    page = mette.page
    assert "/desk/merchant/trave/" in page.url
    page.get_by_role("link", name=re.compile("^Demand and stock")).click()
    proposal = page.locator("#proposals [data-proposal]").filter(has_text="Tea")
    units = int(proposal.get_by_label("Units of Tea").input_value())
    assert 10 <= units <= 40  # three a day for ten days, of which twelve are there
    proposal.get_by_role("button", name="Accept").click()
    expect(page.get_by_text(f"Ordered: {units} units.")).to_be_visible()

    order = page.locator("#on-order tr[data-purchase-order]").filter(has_text="Tea")
    expect(order).to_contain_text("ordered")
    before = world.shop.level_of("tea")
    order.get_by_role("button", name="Received").click()
    expect(page.get_by_text("Received: the goods are in stock.")).to_be_visible()
    expect(order.get_by_role("button", name="Received")).to_have_count(0)
    assert world.shop.level_of("tea").on_hand == before.on_hand + units

    page.locator("#forecasts").get_by_role("link", name="Tea", exact=True).click()
    expect(page.locator("canvas[data-chart=fan]")).to_be_visible()
    expect(page.locator("#on-order")).to_contain_text("received")
    return units


def sees_the_tea_in_stock(alia: Visit, world: World, units: int) -> None:
    page = alia.go(world.url_of("tea"))
    free = LEFT - 2 + units
    expect(page.locator("#availability")).to_have_text("In stock" if free > 20 else f"Only {free} left")
    assert free > 20, "the order was too small to change what the shop says"


def hands_the_parcel_over(dag: Visit, purchase: str, route: str) -> None:
    dag.page.goto(route)
    stop = dag.page.locator("tr[data-parcel]").filter(has_text=purchase)
    stop.get_by_role("button", name="Delivered").click()
    expect(dag.page.locator("tr[data-parcel]")).to_contain_text("handed over")


def reviews_it(alia: Visit, world: World, purchase: str) -> None:
    """What has come can be reviewed, and everybody reads it."""
    page = alia.go(f"trave/purchases/{purchase}/")
    expect(page.locator(".step-done")).to_have_count(4)
    page.get_by_text("Write a review").click()
    for question in ("The good", "Its delivery"):
        page.get_by_role("group", name=question).get_by_role("radio", name="5 of 5 stars").check()
    page.get_by_label("In your words").fill("Smoky, and here before noon.")
    page.get_by_role("button", name="Send the review").click()
    expect(page.get_by_text("You have reviewed this.")).to_be_visible()

    alia.go(world.url_of("tea"))
    review = page.locator(".review")
    expect(review).to_contain_text("Smoky, and here before noon.")
    expect(review).to_contain_text("Alia")
    expect(page.locator(".verdict")).to_contain_text("5.0")


def sees_what_was_shown(mette: Visit, world: World) -> None:
    """What the shopper's own browser told: shelves that were seen, and the honey that was clicked."""
    with tenancy.as_platform(world.platform_id):
        told = BehaviourEvent.objects.filter(user_id=world.shopper.user_id, placement="home")
        _wait_for(lambda: told.filter(kind="impression").count() >= 6, "what was seen to be told")
        clicked = told.filter(kind="click").values_list("listing_id", flat=True)
        assert list(clicked) == [world.shop.listings["honey"].pk]
    page = mette.page
    page.get_by_role("link", name="Reach").click()
    row = page.get_by_role("table", name="Places").get_by_role("row").filter(has_text="Home page")
    expect(row).to_be_visible()


def _for_you(page: Page) -> list[str]:
    return page.locator("#for-you .product-name").all_inner_texts()


def _reload_until(page: Page, holds: Callable[[], bool]) -> None:
    def look_again() -> bool:
        page.reload()
        return holds()

    _wait_for(look_again, "the page to show it")


def _wait_for(holds: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    until = system_clock() + timedelta(seconds=seconds)
    while not holds():
        assert system_clock() < until, f"waited in vain for {what}; undelivered: {_waiting_events()}"
        time.sleep(0.3)


def _waiting_events() -> list[tuple[object, ...]]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "select kind, payload, attempts, parked_reason, not_before, now() from outbox_event where done_at is null"
        )
        return list(cursor.fetchall())
