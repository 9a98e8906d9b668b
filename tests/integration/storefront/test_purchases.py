"""After buying: one sees one's own purchases, cancels what has not left, reviews what has come."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders import cancelling
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.commerce.reviews.models import Review
from hansa.foundation import tenancy
from tests.factories import NOON, Shop, a_listing, a_merchant, a_shopper
from tests.integration.storefront.visitors import a_tea_shop, as_actor, deliver
from tests.integration.web.desks import Role, a_worker, words

pytestmark = pytest.mark.usefixtures("database")


def a_delivered(shop: Shop, buyer: Actor) -> tuple[OrderGroup, OrderLine]:
    group = shop.buy(buyer, [("tea", 2)])
    deliver(shop, group)
    with tenancy.as_platform(shop.platform.pk):
        return group, OrderLine.objects.get(order__group=group)


def reviews_at(shop: Shop) -> list[tuple[int, str]]:
    with tenancy.as_platform(shop.platform.pk):
        return list(Review.objects.values_list("stars", "text"))


def test_the_list_of_purchases_wants_to_know_who_asks() -> None:
    a_tea_shop()

    answer = Client().get("/trave/purchases/")

    assert answer.headers["Location"] == "/sign-in/?next=/trave/purchases/"


def test_one_sees_ones_own_purchases_only() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    mine, theirs = shop.buy(alia, [("tea", 1)]), shop.buy(cy, [("tea", 1)])

    said = words(as_actor(alia).get("/trave/purchases/"))

    assert mine.number in said
    assert theirs.number not in said
    assert as_actor(alia).get(f"/trave/purchases/{theirs.number}/").status_code == 404
    assert Client().get(f"/trave/purchases/{theirs.number}/").status_code == 404


def test_a_purchase_of_another_platform_is_not_found_here() -> None:
    a_tea_shop()
    there, alia = a_tea_shop("gotland", "cy"), a_shopper()
    group = there.buy(alia, [("tea", 1)])

    assert as_actor(alia).get(f"/trave/purchases/{group.number}/").status_code == 404
    assert as_actor(alia).get(f"/gotland/purchases/{group.number}/").status_code == 200


def test_the_list_takes_as_many_queries_for_ten_purchases_as_for_one() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)

    def queries() -> int:
        browser.get("/trave/purchases/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/trave/purchases/").status_code == 200
        return len(captured)

    shop.buy(alia, [("tea", 1)])
    one = queries()
    for _ in range(9):
        shop.buy(alia, [("salt", 1)])

    assert queries() == one <= 18


def test_a_purchase_shows_its_stations() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    group, _ = a_delivered(shop, alia)

    said = words(as_actor(alia).get(f"/trave/purchases/{group.number}/"))

    assert all(station in said for station in ("Ordered", "Paid", "On its way", "Delivered"))
    assert "in progress" not in said


def test_a_purchase_of_which_one_merchant_called_off_its_part_goes_on() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    cy, _ = a_merchant(shop.platform, "cy")
    shop.listings["jam"] = a_listing(shop.platform, cy, shop.centre, "jam", price=300, stock=5)
    group = shop.buy(alia, [("tea", 1), ("jam", 1)])
    with tenancy.as_platform(shop.platform.pk):
        jam = Order.objects.get(group=group, merchant=cy)
        cancelling.cancel_order(
            order_id=jam.pk, group_id=group.pk, reason="sold out", actor_name="cy", now=NOON
        )
    browser, path = as_actor(alia), f"/trave/purchases/{group.number}/"

    before = words(browser.get(path))
    browser.post(f"{path}cancel/")

    assert "On its way" in before
    assert "Cancel the purchase" in before
    assert "On its way" not in words(browser.get(path))
    assert sorted(shop.refunds_of(group)) == [300, 990]


def test_what_has_not_left_can_be_cancelled() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    group = shop.buy(alia, [("tea", 2)])

    answer = as_actor(alia).post(f"/trave/purchases/{group.number}/cancel/", follow=True)

    assert "Your purchase is cancelled" in words(answer)
    assert shop.stock_of("tea") == 10


def test_what_has_left_cannot_be_cancelled() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    group, _ = a_delivered(shop, alia)

    answer = as_actor(alia).post(f"/trave/purchases/{group.number}/cancel/")

    assert answer.status_code == 409
    assert shop.refunds_of(group) == []


def test_a_stranger_cancels_nothing() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    group = shop.buy(alia, [("tea", 2)])

    operator = a_worker(Role.OPERATOR, shop.platform)
    assert "Cancel the purchase" not in operator.reads(f"/trave/purchases/{group.number}/")
    for browser in (Client(), as_actor(a_shopper("cy")), operator.browser):
        assert browser.post(f"/trave/purchases/{group.number}/cancel/").status_code == 404
    assert shop.stock_of("tea") == 8


def test_a_review_appears_on_the_page_of_the_good() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    group, line = a_delivered(shop, alia)

    as_actor(alia).post(
        f"/trave/purchases/{group.number}/review/{line.pk}/",
        {"stars": "4", "delivery_stars": "5", "text": " Smells of <b>smoke</b> "},
    )

    page = Client().get(f"/trave/p/{shop.listings['tea'].pk}/").content.decode()
    assert "Smells of &lt;b&gt;smoke&lt;/b&gt;" in page
    assert reviews_at(shop) == [(4, "Smells of <b>smoke</b>")]
    with tenancy.as_platform(shop.platform.pk):
        assert Listing.objects.get(pk=shop.listings["tea"].pk).rating_count == 1


@pytest.mark.parametrize(
    "slip",
    [
        {"stars": ""},
        {"stars": "6"},
        {"stars": "½"},
        {"stars": "3", "text": "x" * 4_001},
        {"stars": "3", "text": "a\x00"},
    ],
)
def test_a_slip_in_a_review_keeps_what_was_written(slip: dict[str, str]) -> None:
    shop, alia = a_tea_shop(), a_shopper()
    group, line = a_delivered(shop, alia)

    answer = as_actor(alia).post(
        f"/trave/purchases/{group.number}/review/{line.pk}/", {"text": "Good tea", **slip}
    )

    assert answer.status_code == 422
    assert "<details open>" in answer.content.decode()
    assert slip.get("text", "Good tea").replace("\x00", "") in answer.content.decode().replace("\x00", "")
    assert reviews_at(shop) == []


def test_a_purchase_is_reviewed_once() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    group, line = a_delivered(shop, alia)
    path = f"/trave/purchases/{group.number}/review/{line.pk}/"

    first, second = (as_actor(alia).post(path, {"stars": stars}) for stars in ("5", "1"))

    assert (first.status_code, second.status_code) == (302, 409)
    assert reviews_at(shop) == [(5, "")]


def test_only_who_bought_and_received_reviews() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    group, line = a_delivered(shop, alia)
    waiting = shop.buy(cy, [("tea", 1)])
    with tenancy.as_platform(shop.platform.pk):
        on_its_way = OrderLine.objects.get(order__group=waiting)

    for browser, number, line_id in (
        (as_actor(cy), group.number, line.pk),
        (as_actor(cy), waiting.number, line.pk),
        (as_actor(cy), waiting.number, on_its_way.pk),
        (Client(), group.number, line.pk),
    ):
        answer = browser.post(f"/trave/purchases/{number}/review/{line_id}/", {"stars": "1"})
        assert answer.status_code == 404
    assert reviews_at(shop) == []
