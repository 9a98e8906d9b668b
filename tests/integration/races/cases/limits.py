"""Races for what is limited: uses and budgets of coupons, balances of gift cards and credit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout import cart
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.tendering import Means
from hansa.commerce.orders import cancelling
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.promotions import services as promotions
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import Coupon, FlashClaim
from hansa.commerce.promotions.services import Terms
from hansa.commerce.wallets import services as wallets
from hansa.commerce.wallets.models import Wallet
from hansa.foundation import tenancy
from hansa.kernel import ids
from tests.factories import NOON, Shop, a_listing, a_shop, a_shopper, an_operator
from tests.integration.pricing.scene import a_promotion
from tests.integration.races.harness import Act, Answer, Begin, Case, Race, refusals

TOTAL = 500 - 100 + 490  # a tea less the coupon, and its delivery
CARD = 990


def _a_shop() -> tuple[Shop, Actor]:
    shop = a_shop(stock={"tea": 1_000_000}, prices={"tea": 500})
    return shop, an_operator(shop)


def single_use() -> Begin:
    """A coupon that may be used once, in many hands."""
    return _coupons({"most_uses": 1}, is_one_buyer=False)


def per_buyer() -> Begin:
    """A buyer with a cart on each of several devices and a coupon that each person may use once."""
    return _coupons({"most_uses": 1_000, "most_per_buyer": 1}, is_one_buyer=True)


def budget() -> Begin:
    """A coupon whose budget pays for one purchase and a half."""
    return _coupons({"most_uses": 1_000, "budget": 150}, is_one_buyer=False)


def _coupons(limits: dict[str, int], *, is_one_buyer: bool) -> Begin:
    shop, operator = _a_shop()
    terms = Terms("Welcome", Kind.AMOUNT, amount=100, needs_coupon=True)
    promotion = a_promotion(shop, terms, actor=operator)

    def begin(number: int, many: int) -> Case:
        with tenancy.as_platform(shop.platform.pk):
            coupon = promotions.issue_coupon(
                actor=operator,
                platform_id=shop.platform.pk,
                promotion_id=promotion.pk,
                code=f"WELCOME-{number}",
                **limits,
            )
        one = a_shopper(f"one-{number}")
        acts = []
        for place in range(many):
            buyer = (
                replace(one, visitor=f"device-{number}-{place}")
                if is_one_buyer
                else a_shopper(f"b-{number}-{place}")
            )
            shop.fill_cart(buyer, [("tea", 1)])
            with tenancy.as_platform(shop.platform.pk):
                cart.use_coupon(platform_id=shop.platform.pk, actor=buyer, code=coupon.code, now=NOON)
            acts.append(partial(shop.pay, buyer, TOTAL))

        def insist(answers: Sequence[Answer]) -> None:
            # Who looks after the last use is told that the total has changed.
            assert set(refusals(answers)) <= {"coupon_used_up", "price_changed"}
            assert len(refusals(answers)) == many - 1
            with tenancy.as_platform(shop.platform.pk):
                left = Coupon.objects.get(pk=coupon.pk)
            assert (left.uses, left.spent) == (1, 100)

        return Case(acts, insist)

    return begin


def gift_card() -> Begin:
    """A gift card that pays for one purchase, in the hands of several people."""
    shop, operator = _a_shop()

    def begin(number: int, many: int) -> Case:
        with tenancy.as_platform(shop.platform.pk):
            card, code = wallets.issue_gift_card(
                actor=operator,
                platform_id=shop.platform.pk,
                currency="EUR",
                amount=CARD,
                reference=f"g-{number}",
                now=NOON,
            )
        buyers = [a_shopper(f"b-{number}-{place}") for place in range(many)]
        return _tenders(shop, card.pk, buyers, Means((code,), agreed=CARD))

    return begin


def store_credit() -> Begin:
    """A person's credit that pays for one purchase, spent on several devices."""
    shop, operator = _a_shop()

    def begin(number: int, many: int) -> Case:
        one = a_shopper(f"one-{number}")
        with tenancy.as_platform(shop.platform.pk):
            wallet = wallets.grant_credit(
                actor=operator,
                platform_id=shop.platform.pk,
                owner_id=one.user_id or 0,
                currency="EUR",
                amount=CARD,
                reference="sorry",
                now=NOON,
            )
        devices = [replace(one, visitor=f"device-{number}-{place}") for place in range(many)]
        return _tenders(shop, wallet.pk, devices, Means(use_credit=True, agreed=CARD))

    return begin


def _tenders(shop: Shop, wallet_id: int, buyers: Sequence[Actor], means: Means) -> Case:
    acts = []
    for buyer in buyers:
        wish = replace(shop.wish(shop.fill_cart(buyer, [("tea", 1)])), means=means)
        acts.append(
            partial(
                checkout.place_order,
                platform_id=shop.platform.pk,
                actor=buyer,
                wish=wish,
                key=ids.token(),
                now=NOON,
            )
        )

    def insist(answers: Sequence[Answer]) -> None:
        assert set(refusals(answers)) <= {"wallet_empty", "price_changed"}
        paid = [each for each in answers if isinstance(each, OrderGroup)]
        with tenancy.as_platform(shop.platform.pk):
            assert [OrderGroup.objects.get(pk=each.pk).tendered for each in paid] == [CARD]
            assert Wallet.objects.get(pk=wallet_id).balance == 0

    return Case(acts, insist)


def flash_and_card() -> Begin:
    """One buys at a flash sale by gift card while another, who did so before by the same card, calls that off."""
    shop, operator = _a_shop()

    def begin(number: int, many: int) -> Case:
        name = f"tin{number}"
        shop.listings[name] = a_listing(shop.platform, shop.merchant, shop.centre, name, price=500, stock=100)
        terms = Terms("Flash", Kind.FLASH, percent_bp=5_000, flash_stock=100, most_per_buyer=5)
        a_promotion(shop, terms, [name])
        with tenancy.as_platform(shop.platform.pk):
            card, code = wallets.issue_gift_card(
                actor=operator,
                platform_id=shop.platform.pk,
                currency="EUR",
                amount=100_000,
                reference=f"f-{number}",
                now=NOON,
            )

        def pay(buyer: Actor) -> Callable[[], OrderGroup]:
            wish = shop.wish(shop.fill_cart(buyer, [(name, 1)]))
            with_card = replace(wish, means=Means((code,)))
            return partial(
                checkout.place_order,
                platform_id=shop.platform.pk,
                actor=buyer,
                wish=with_card,
                key=ids.token(),
                now=NOON,
            )

        def call_off(group: OrderGroup) -> None:
            with tenancy.as_platform(shop.platform.pk):
                cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=NOON)

        buyers = [a_shopper(f"f-{number}-{place}") for place in range(many)]
        earlier = [pay(buyer)() for buyer in buyers[: many // 2]]
        later = [pay(buyer) for buyer in buyers[many // 2 :]]
        acts: list[Act] = [
            act for one, group in zip(later, earlier, strict=True) for act in (one, partial(call_off, group))
        ]

        def insist(answers: Sequence[Answer]) -> None:
            assert refusals(answers) == []
            with tenancy.as_platform(shop.platform.pk):
                kept = FlashClaim.objects.filter(
                    promoted__offer_id=shop.listings[name].offer_id, released=False
                )
                assert kept.count() == many // 2
                paid = OrderGroup.objects.filter(buyer_id__in=[one.user_id for one in buyers[many // 2 :]])
                left = Wallet.objects.get(pk=card.pk).balance
                assert left + sum(paid.values_list("tendered", flat=True)) == 100_000

        return Case(acts, insist)

    return begin


BESIDE = [Race("flash sale by gift card x cancel", flash_and_card)]
RACES = [
    Race("coupon, single use", single_use),
    Race("coupon, per buyer", per_buyer),
    Race("campaign budget", budget),
    Race("gift card", gift_card),
    Race("store credit", store_credit),
]
