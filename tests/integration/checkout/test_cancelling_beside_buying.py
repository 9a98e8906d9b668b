"""A purchase is cancelled while another is made of the same coupon, goods and flash sale: neither waits in a ring."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections

from hansa.commerce.orders import cancelling
from hansa.commerce.promotions import services as promotions
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import Coupon, FlashBuyer, PromotedOffer
from hansa.commerce.promotions.services import Terms
from hansa.commerce.stock import services as stock
from hansa.foundation import tenancy
from tests.factories import NOON, Shop, a_shop, a_shopper, an_operator
from tests.integration.pricing.scene import (
    a_coupon,
    a_promotion,
    many_people,
    until_somebody_waits,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize(
    ("first", "second"),
    [("coupon", "stock"), ("stock", "flash sale"), ("buyer's counter", "flash stock")],
)
def test_cancelling_takes_its_locks_in_the_order_of_a_checkout(first: str, second: str) -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    operator = an_operator(shop)
    terms = Terms("Welcome", Kind.FREE_DELIVERY, needs_coupon=True)
    coupon = a_coupon(shop, a_promotion(shop, terms, actor=operator), operator, most_uses=2)
    a_promotion(shop, Terms("Flash", Kind.FLASH, percent_bp=1_000, flash_stock=2), ["tea"])
    bought = shop.buy(a_shopper(), [("tea", 1)])
    steps = steps_of_a_checkout(shop, coupon)
    with tenancy.as_platform(shop.platform.pk):
        promotions.redeem(coupon=coupon, buyer_id=bought.buyer_id, reference=bought.number, now=NOON)
    failed: list[BaseException] = []

    def cancel() -> None:
        try:
            with tenancy.as_platform(shop.platform.pk):
                cancelling.cancel_all(group_id=bought.pk, reason="changed", actor_name="alia", now=NOON)
        except BaseException as failure:  # a thread's failure is the test's
            failed.append(failure)
        finally:
            connections.close_all()

    beside = threading.Thread(target=cancel)
    with tenancy.as_platform(shop.platform.pk):
        steps[first]()
        beside.start()
        until_somebody_waits()
        steps[second]()
    beside.join()

    assert failed == []
    with tenancy.as_platform(shop.platform.pk):
        assert Coupon.objects.get().uses == (1 if first == "coupon" else 0)
        assert PromotedOffer.objects.get().flash_sold == (1 if second == "flash sale" else 0)
    assert shop.stock_of("tea") == (9 if "stock" in {first, second} else 10)


def steps_of_a_checkout(shop: Shop, coupon: Coupon) -> dict[str, Callable[[], object]]:
    """What a checkout of somebody else takes in this order; and, row by row, one more of the same buyer."""
    (other,) = many_people(1)
    offer = shop.listings["tea"].offer_id
    with tenancy.as_platform(shop.platform.pk):
        sale = PromotedOffer.objects.get()
    return {
        "coupon": partial(promotions.redeem, coupon=coupon, buyer_id=other, reference="H-2", now=NOON),
        "stock": partial(
            stock.reserve,
            platform_id=shop.platform.pk,
            warehouse_id=shop.centre.pk,
            wanted={offer: 1},
            reference="H-2",
            now=NOON,
        ),
        "flash sale": partial(
            promotions.claim_flash,
            platform_id=shop.platform.pk,
            wanted={(sale.promotion_id, offer): 1},
            buyer_id=other,
            reference="H-2",
            now=NOON,
        ),
        "buyer's counter": lambda: FlashBuyer.objects.select_for_update().get(),
        "flash stock": lambda: PromotedOffer.objects.select_for_update().get(),
    }
