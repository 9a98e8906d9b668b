"""Races of one buyer with themselves: a form sent twice, two tabs, signing in meanwhile, asking to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from hansa.commerce.accounts import guests
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout import cart
from hansa.commerce.checkout.services import Wish, place_order
from hansa.commerce.orders import fulfilment
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.commerce.payments.models import SandboxCharge
from hansa.commerce.privacy import services as privacy
from hansa.foundation import tenancy
from tests.factories import DOOR, NOON, Shop, a_shop, a_shopper
from tests.integration.races.harness import Answer, Begin, Case, Race, refusals


def same_key() -> Begin:
    """The same form arrives several times: one purchase, and everybody is answered with it."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        total = shop.fill_cart(buyer, [("tea", 1)])

        def insist(answers: Sequence[Answer]) -> None:
            (group,) = _purchases(shop, buyer)
            assert [each.pk for each in answers if isinstance(each, OrderGroup)] == [group.pk] * many
            assert _charged(group) == 1

        return Case([partial(shop.pay, buyer, total, key="once")] * many, insist)

    return begin


def same_key_other_body() -> Begin:
    """The same key over different wishes: one is done, the others are told that the key is taken."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        total = shop.fill_cart(buyer, [("tea", 1)])
        wishes = [shop.wish(total), replace(shop.wish(total), email="alia@example.org")]
        acts = [partial(_wish, shop, buyer, wishes[place % 2]) for place in range(many)]

        def insist(answers: Sequence[Answer]) -> None:
            (group,) = _purchases(shop, buyer)
            assert {each.pk for each in answers if isinstance(each, OrderGroup)} == {group.pk}
            assert refusals(answers) == ["idempotency_key_reused"] * (many // 2)
            assert _charged(group) == 1

        return Case(acts, insist)

    return begin


def without_a_key() -> Begin:
    """Two tabs with keys of their own (a door without a key refuses): the cart is bought once."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        total = shop.fill_cart(buyer, [("tea", 1)])
        acts = [partial(shop.pay, buyer, total, key=f"tab-{place}") for place in range(many)]

        def insist(answers: Sequence[Answer]) -> None:
            (group,) = _purchases(shop, buyer)
            assert refusals(answers) == ["empty_cart"] * (many - 1)
            assert _charged(group) == 1

        return Case(acts, insist)

    return begin


def account_merge() -> Begin:
    """A visitor signs in, in several tabs, while another tab pays the visitor's cart: bought or carried over, once."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        visitor = guests.guest_of(guests.new_token())
        assert visitor is not None
        person = a_shopper(f"person-{number}")
        total = shop.fill_cart(visitor, [("tea", 2)])

        def sign_in() -> None:
            with tenancy.as_platform(shop.platform.pk):
                cart.hand_over(platform_id=shop.platform.pk, visitor=visitor.visitor, actor=person, now=NOON)

        def insist(answers: Sequence[Answer]) -> None:
            bought = [each for each in answers if isinstance(each, OrderGroup)]
            assert len(bought) + len(refusals(answers)) == 1
            assert set(refusals(answers)) <= {"empty_cart"}
            with tenancy.as_platform(shop.platform.pk):
                carried = cart.quantities(platform_id=shop.platform.pk, actor=person)
                left = cart.quantities(platform_id=shop.platform.pk, actor=visitor)
            tea = shop.listings["tea"].pk
            assert (carried, left) == ({} if bought else {tea: 2}, {})

        return Case([partial(shop.pay, visitor, total), *[sign_in] * (many - 1)], insist)

    return begin


def erasure() -> Begin:
    """Somebody asks to be forgotten while their purchase is being paid: it is under way, or it never was."""
    shop = _a_shop()

    def begin(number: int, many: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        total = shop.fill_cart(buyer, [("tea", 1)])
        forget = partial(privacy.erase_person, user_id=buyer.user_id or 0, now=NOON)

        def insist(answers: Sequence[Answer]) -> None:
            is_forgotten = not User.objects.get(pk=buyer.user_id).is_active
            bought = [each for each in answers if isinstance(each, OrderGroup)]
            assert len(bought) == (not is_forgotten)
            if is_forgotten:
                assert set(refusals(answers)) <= {"empty_cart", "not_found"}
                return
            assert set(refusals(answers)) == {"purchases_under_way"}
            with tenancy.as_platform(shop.platform.pk):
                assert OrderGroup.objects.get(pk=bought[0].pk).street == DOOR.street
                assert Order.objects.get(group=bought[0]).status == "paid"
                fulfilment.ship_rest(group_id=bought[0].pk, actor_name="dag", now=NOON)
                fulfilment.deliver_all(group_id=bought[0].pk, actor_name="dag", now=NOON)

        return Case([partial(shop.pay, buyer, total), *[forget] * (many - 1)], insist)

    return begin


def _a_shop() -> Shop:
    return a_shop(stock={"tea": 1_000_000}, prices={"tea": 500})


def _wish(shop: Shop, buyer: Actor, wish: Wish) -> OrderGroup:
    return place_order(platform_id=shop.platform.pk, actor=buyer, wish=wish, key="once", now=NOON)


def _purchases(shop: Shop, buyer: Actor) -> list[OrderGroup]:
    with tenancy.as_platform(shop.platform.pk):
        return list(OrderGroup.objects.filter(buyer_id=buyer.user_id))


def _charged(group: OrderGroup) -> int:
    return SandboxCharge.objects.filter(idempotency_key=f"charge-{group.number}", outcome="done").count()


RACES = [
    Race("double submit, same key", same_key),
    Race("double submit, other body", same_key_other_body),
    Race("double submit, no shared key", without_a_key),
    Race("account merge x order", account_merge),
    Race("erasure x order", erasure),
]
