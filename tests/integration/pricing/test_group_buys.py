"""A group buy forms when enough have joined before its deadline; else it fails and names the purchases to let go of."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from hansa.commerce.promotions import groups, services
from hansa.commerce.promotions.domain import GroupState, Kind
from hansa.commerce.promotions.groups import GroupClosed, Settled
from hansa.commerce.promotions.models import BuyingGroup
from hansa.commerce.promotions.services import Terms
from hansa.foundation import invariants, tenancy
from hansa.kernel.errors import NotFound
from tests.factories import NOON, Shop, a_shop
from tests.integration.pricing.scene import a_promotion, at_once, many_people, price

pytestmark = pytest.mark.usefixtures("database")
SOON = NOON + timedelta(minutes=10)


def a_group(shop: Shop, buyer: int, *, needed: int = 2) -> BuyingGroup:
    terms = Terms("Together", Kind.GROUP, percent_bp=3_000, needed_buyers=needed)
    promotion = a_promotion(shop, terms, ["tea"])
    with tenancy.as_platform(shop.platform.pk):
        return groups.open_group(
            platform_id=shop.platform.pk, promotion_id=promotion.pk, buyer_id=buyer, deadline=SOON, now=NOON
        )


def join(shop: Shop, group: BuyingGroup, buyer: int) -> Settled | None:
    return groups.join(
        platform_id=shop.platform.pk,
        group_id=group.pk,
        buyer_id=buyer,
        reference=f"H-{buyer}",
        now=NOON,
    )


def test_the_group_price_is_for_those_who_join() -> None:
    shop = a_shop(stock={"tea": 9}, prices={"tea": 500})
    (buyer,) = many_people(1)
    group = a_group(shop, buyer)

    assert price(shop, {"tea": 1}).items_total == 500
    assert price(shop, {"tea": 1}, group_promotion_id=group.promotion_id).items_total == 350


def test_fifty_who_join_at_once_form_a_group_of_exactly_ten() -> None:
    shop = a_shop(stock={"tea": 9}, prices={"tea": 500})
    buyers = many_people(50)
    group = a_group(shop, buyers[0], needed=10)
    formed: list[Settled] = []

    def act(buyer: int) -> None:
        ended = join(shop, group, buyer)
        if ended:
            formed.append(ended)

    done, refused = at_once(shop, [partial(act, buyer) for buyer in buyers])

    assert (done, len(refused)) == (10, 40)
    (ended,) = formed
    assert (ended.state, len(ended.references)) == (GroupState.FORMED, 10)
    assert [
        each.invariant.name
        for each in invariants.check()
        if "group" in each.invariant.name and not each.holds
    ] == []


def test_a_group_that_stays_too_small_fails_once_and_names_its_purchases() -> None:
    shop = a_shop(stock={"tea": 9}, prices={"tea": 500})
    first, second, third = many_people(3)
    group = a_group(shop, first, needed=3)
    settle = partial(groups.settle_due, platform_id=shop.platform.pk)

    with tenancy.as_platform(shop.platform.pk):
        join(shop, group, first)
        with pytest.raises(GroupClosed, match="in it already"):
            join(shop, group, first)
        join(shop, group, second)
        services.release_places(reference=f"H-{second}")
        services.release_places(reference=f"H-{second}")

        assert settle(now=NOON) == []
        assert settle(now=SOON) == [Settled(group.pk, GroupState.FAILED, (f"H-{first}",))]
        assert settle(now=SOON) == []
        with pytest.raises(GroupClosed):
            join(shop, group, third)
        with pytest.raises(NotFound, match="no group 999 here"):
            groups.join(platform_id=shop.platform.pk, group_id=999, buyer_id=third, reference="H", now=NOON)
