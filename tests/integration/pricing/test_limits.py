"""Limits hold however many come at once: coupons, budgets, flash sales. And what came to nothing is given back."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connections

from hansa.commerce.checkout import services as checkout
from hansa.commerce.promotions import services
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import Coupon, FlashClaim, PromotedOffer, Redemption
from hansa.commerce.promotions.services import CouponUsedUp, FlashSoldOut, Terms
from hansa.foundation import invariants, tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound
from tests.factories import DOOR, NOON, Shop, a_platform, a_shop, an_operator
from tests.integration.pricing.scene import a_coupon, a_promotion, at_once, many_people, price

pytestmark = pytest.mark.usefixtures("database")

OWN = {
    "coupon-counts-its-uses",
    "coupon-per-buyer",
    "coupon-within-budget",
    "flash-sold-is-claimed",
    "flash-per-buyer",
    "group-counts-its-members",
}


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 500}, prices={"tea": 1_000})


def broken() -> set[str]:
    return {finding.invariant.name for finding in invariants.check() if not finding.holds} & OWN


def a_flash_sale(shop: Shop, *, stock: int = 100, most: int | None = 1) -> dict[tuple[int, int], int]:
    terms = Terms("Noon flash", Kind.FLASH, percent_bp=5_000, flash_stock=stock, most_per_buyer=most)
    promotion = a_promotion(shop, terms, ["tea"])
    return {(promotion.pk, shop.listings["tea"].offer_id): 1}


def test_a_coupon_for_one_is_used_once_by_a_hundred_at_once() -> None:
    shop = a_tea_shop()
    operator = an_operator(shop)
    terms = Terms("Welcome", percent_bp=1_000, needs_coupon=True)
    coupon = a_coupon(shop, a_promotion(shop, terms, actor=operator), operator)
    buyers = many_people(100)

    done, refused = at_once(
        shop,
        [
            partial(
                services.redeem, coupon=coupon, buyer_id=buyer, reference=f"H-{buyer}", now=NOON, amount=100
            )
            for buyer in buyers
        ],
    )

    assert done == 1
    assert refused == ["coupon WELCOME has been used up"] * 99
    assert broken() == set()


def test_one_buyer_at_fifty_tills_uses_a_coupon_as_often_as_one_may() -> None:
    shop = a_tea_shop()
    operator = an_operator(shop)
    terms = Terms("Welcome", percent_bp=1_000, needs_coupon=True)
    coupon = a_coupon(
        shop, a_promotion(shop, terms, actor=operator), operator, most_uses=1_000, most_per_buyer=2
    )
    (buyer,) = many_people(1)

    done, _ = at_once(
        shop,
        [
            partial(services.redeem, coupon=coupon, buyer_id=buyer, reference=f"H-{number}", now=NOON)
            for number in range(50)
        ],
    )

    assert done == 2
    assert broken() == set()


def test_a_budget_is_never_passed() -> None:
    shop = a_tea_shop()
    operator = an_operator(shop)
    terms = Terms("Welcome", percent_bp=1_000, needs_coupon=True)
    promotion = a_promotion(shop, terms, actor=operator)
    coupon = a_coupon(shop, promotion, operator, most_uses=1_000, budget=1_050)

    done, _ = at_once(
        shop,
        [
            partial(
                services.redeem, coupon=coupon, buyer_id=buyer, reference=f"H-{buyer}", now=NOON, amount=100
            )
            for buyer in many_people(60)
        ],
    )

    assert done == 10
    with tenancy.as_platform(shop.platform.pk):
        kept = Coupon.objects.select_related("promotion").get()
    assert kept.spent == 1_000
    assert price(shop, {"tea": 1}, coupon=kept).discount_of(promotion.pk) == 50  # what is left of the budget
    assert broken() == set()


def test_two_thousand_buyers_take_exactly_the_hundred_units_of_a_flash_sale() -> None:
    shop = a_tea_shop()
    wanted = a_flash_sale(shop)
    buyers = many_people(2_000)

    done, refused = at_once(
        shop,
        [
            partial(
                services.claim_flash,
                platform_id=shop.platform.pk,
                wanted=wanted,
                buyer_id=buyer,
                reference=f"H-{buyer}",
                now=NOON,
            )
            for buyer in buyers
        ],
    )

    assert done == 100
    assert set(refused) == {"the flash sale is sold out"}
    with tenancy.as_platform(shop.platform.pk):
        assert FlashClaim.objects.count() == 100
        assert PromotedOffer.objects.get().flash_sold == 100
    assert broken() == set()


def test_one_buyer_takes_no_more_than_a_share_of_a_flash_sale() -> None:
    shop = a_tea_shop()
    wanted = a_flash_sale(shop, most=3)
    (buyer,) = many_people(1)

    done, refused = at_once(
        shop,
        [
            partial(
                services.claim_flash,
                platform_id=shop.platform.pk,
                wanted=wanted,
                buyer_id=buyer,
                reference=f"H-{number}",
                now=NOON,
            )
            for number in range(20)
        ],
    )

    assert done == 3
    assert set(refused) == {"you have had your share of this flash sale, or it has ended"}
    assert broken() == set()


def test_what_a_purchase_took_is_given_back_once() -> None:
    shop = a_tea_shop()
    operator = an_operator(shop)
    terms = Terms("Welcome", percent_bp=1_000, needs_coupon=True)
    coupon = a_coupon(shop, a_promotion(shop, terms, actor=operator), operator, budget=500)
    wanted = a_flash_sale(shop, stock=1)
    (buyer,) = many_people(1)
    claim = {"platform_id": shop.platform.pk, "wanted": wanted, "buyer_id": buyer, "now": NOON}
    with tenancy.as_platform(shop.platform.pk):
        services.redeem(coupon=coupon, buyer_id=buyer, reference="H-1", now=NOON, amount=500)
        services.claim_flash(**claim, reference="H-1")  # type: ignore[arg-type]  # spelt out above

        for _ in range(2):
            services.release_coupons(reference="H-1")
            services.release_places(reference="H-1")

        kept = Coupon.objects.get()
        assert (kept.uses, kept.spent, Redemption.objects.get().released) == (0, 0, True)
        assert PromotedOffer.objects.get(flash_stock=1).flash_sold == 0
        services.claim_flash(**claim, reference="H-2")  # type: ignore[arg-type]  # the unit is free again
    assert broken() == set()


def test_what_a_partner_sells_takes_no_part_in_a_flash_sale() -> None:
    shop, seller = a_tea_shop(), a_platform("elbe")
    a_flash_sale(shop, stock=1)

    with tenancy.as_platform(shop.platform.pk):
        group = checkout.place_partner_order(
            platform_id=shop.platform.pk,
            sold_by_id=seller.pk,
            wanted={shop.listings["tea"].offer_id: 2},
            destination=DOOR,
            key="k",
            now=NOON,
        )
        sold = PromotedOffer.objects.get().flash_sold

    assert (group.items_total, sold) == (2_000, 0)
    assert broken() == set()


def test_a_flash_sale_refuses_guests_and_leaves_nothing_behind_when_it_refuses() -> None:
    shop = a_tea_shop()
    wanted = a_flash_sale(shop, stock=1)
    first, second = many_people(2)
    claim = {"platform_id": shop.platform.pk, "wanted": wanted, "now": NOON}
    with tenancy.as_platform(shop.platform.pk):
        with pytest.raises(FlashSoldOut, match="sign in"):
            services.claim_flash(**claim, buyer_id=None, reference="H-0")  # type: ignore[arg-type]  # spelt out above
        services.claim_flash(**claim, buyer_id=first, reference="H-1")  # type: ignore[arg-type]
        with pytest.raises(FlashSoldOut, match="sold out"):
            services.claim_flash(**claim, buyer_id=second, reference="H-2")  # type: ignore[arg-type]
        assert FlashClaim.objects.count() == 1
    assert price(shop, {"tea": 1}).lines[0].discount == 0
    assert broken() == set()


def test_coupons_are_issued_by_the_operator_for_promotions_that_wait_for_one() -> None:
    shop = a_tea_shop()
    operator = an_operator(shop)
    promotion = a_promotion(shop, Terms("Welcome", percent_bp=1_000, needs_coupon=True), actor=operator)
    open_to_all = a_promotion(shop, Terms("For all", percent_bp=500), actor=operator)

    with pytest.raises(Forbidden):
        a_coupon(shop, promotion, shop.owner)
    with pytest.raises(NotFound, match="that waits for a coupon"):
        a_coupon(shop, open_to_all, operator)
    with pytest.raises(InvalidInput, match="at least 1"):
        a_coupon(shop, promotion, operator, most_uses=0)
    a_coupon(shop, promotion, operator)
    with pytest.raises(InvalidInput, match="exists already"):
        a_coupon(shop, promotion, operator)
    with tenancy.as_platform(shop.platform.pk):
        assert Coupon.objects.count() == 1


def test_a_guest_cannot_use_a_coupon_and_it_keeps_its_use() -> None:
    shop = a_tea_shop()
    operator = an_operator(shop)
    terms = Terms("Welcome", percent_bp=1_000, needs_coupon=True)
    coupon = a_coupon(shop, a_promotion(shop, terms, actor=operator), operator)

    with tenancy.as_platform(shop.platform.pk):
        with pytest.raises(CouponUsedUp, match="sign in"):
            services.redeem(coupon=coupon, buyer_id=None, reference="H-1", now=NOON)
        assert Coupon.objects.get().uses == 0


@pytest.mark.parametrize(
    ("corruption", "promise"),
    [
        ("update promotions_coupon set uses = 0", "coupon-counts-its-uses"),
        ("update promotions_coupon set spent = spent - 1", "coupon-within-budget"),
        ("update promotions_redemption set amount = 7", "coupon-within-budget"),
        ("update promotions_coupon set most_per_buyer = 0", "coupon-per-buyer"),
        ("update promotions_promotedoffer set flash_sold = 0", "flash-sold-is-claimed"),
        ("update promotions_flashclaim set units = 2", "flash-sold-is-claimed"),
        ("update promotions_flashbuyer set units = 0", "flash-per-buyer"),
        ("delete from promotions_flashbuyer", "flash-per-buyer"),
        ("update promotions_promotion set most_per_buyer = 0 where kind = 'flash'", "flash-per-buyer"),
    ],
)
def test_a_planted_corruption_is_named(corruption: str, promise: str) -> None:
    shop = a_tea_shop()
    operator = an_operator(shop)
    terms = Terms("Welcome", percent_bp=1_000, needs_coupon=True)
    coupon = a_coupon(shop, a_promotion(shop, terms, actor=operator), operator, budget=500)
    wanted = a_flash_sale(shop)
    (buyer,) = many_people(1)
    with tenancy.as_platform(shop.platform.pk):
        services.redeem(coupon=coupon, buyer_id=buyer, reference="H-1", now=NOON, amount=500)
        services.claim_flash(
            platform_id=shop.platform.pk, wanted=wanted, buyer_id=buyer, reference="H-1", now=NOON
        )
    assert broken() == set()

    with connections[OWNER].cursor() as cursor:
        cursor.execute(corruption)

    assert promise in broken()
