"""One good from several merchants, and the feed of a platform."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from hansa.commerce.catalogue import services
from hansa.commerce.catalogue.models import Listing, Offer
from hansa.commerce.stock.models import StockLevel
from hansa.foundation import tenancy
from tests.factories import NOON, Shop, a_merchant, a_shop

pytestmark = pytest.mark.usefixtures("database")


def a_second_offer(shop: Shop, name: str, *, price: int, stock: int) -> Listing:
    first = shop.listings[name]
    cy, _ = a_merchant(shop.platform, "cy")
    offer = Offer.objects.create(merchant=cy, variant=first.offer.variant, unit_cost=1, created_at=NOON)
    with tenancy.as_platform(shop.platform.pk):
        listing = Listing.objects.create(
            platform=shop.platform, offer=offer, merchant=cy, product=first.product, category=first.category,
            title=first.title, price=price, currency="EUR", listed_at=NOON,
        )  # fmt: skip
        services.index(listing)
        StockLevel.objects.create(platform=shop.platform, offer=offer, warehouse=shop.centre, on_hand=stock)
    return listing


def test_the_page_of_a_good_shows_every_offer_the_featured_one_first() -> None:
    shop = a_shop(stock={"tea": 5}, prices={"tea": 500})
    a_second_offer(shop, "tea", price=400, stock=3)

    page = Client().get(f"/trave/p/{shop.listings['tea'].pk}/").content.decode()
    offers = page[page.index('id="offers"') :]

    assert offers.index("Cy") < offers.index("First by the rules") < offers.index("Bo")


def test_a_cheaper_offer_that_is_sold_out_does_not_come_first() -> None:
    shop = a_shop(stock={"tea": 5}, prices={"tea": 500})
    a_second_offer(shop, "tea", price=400, stock=0)

    page = Client().get(f"/trave/p/{shop.listings['tea'].pk}/").content.decode()
    offers = page[page.index('id="offers"') :]

    assert offers.index("Bo") < offers.index("First by the rules") < offers.index("Cy")


def test_a_single_offer_is_not_compared() -> None:
    shop = a_shop(stock={"tea": 5}, prices={"tea": 500})

    assert 'id="offers"' not in Client().get(f"/trave/p/{shop.listings['tea'].pk}/").content.decode()


def test_machines_read_the_price_and_the_stock_of_a_page() -> None:
    shop = a_shop(stock={"tea": 5}, prices={"tea": 500})

    page = Client().get(f"/trave/p/{shop.listings['tea'].pk}/").content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)

    assert found is not None
    said = json.loads(found[1])
    assert (said["name"], said["offers"]["price"]) == ("Tea", "5.00")
    assert said["url"] == f"http://testserver/trave/p/{shop.listings['tea'].pk}/"


@pytest.mark.parametrize(("form", "kind"), [("xml", "application/xml"), ("tsv", "text/tab-separated-values")])
def test_the_feed_has_what_the_platform_sells_and_nothing_else(form: str, kind: str) -> None:
    a_shop(stock={"tea": 5, "salt": 0}, prices={"tea": 500, "salt": 90})
    a_shop(stock={"amber": 1}, prices={"amber": 900}, code="gotland", merchant_name="dag")

    answer = Client().get(f"/trave/feed.{form}")
    text = b"".join(answer).decode()  # type: ignore[call-overload]

    assert answer.headers["Content-Type"].startswith(kind)
    assert ("Tea" in text, "Salt" in text, "Amber" in text) == (True, True, False)
    assert "out_of_stock" in text
