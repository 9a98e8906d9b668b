"""A group forms when the money of enough places is held before its deadline; else it fails and tells each place."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from hansa.commerce.promotions import groups, services
from hansa.commerce.promotions.domain import GROUP_OPEN_FOR, GroupState, Kind
from hansa.commerce.promotions.groups import Decided, GroupClosed
from hansa.commerce.promotions.models import BuyingGroup
from hansa.commerce.promotions.services import Terms
from hansa.foundation import invariants, tenancy
from hansa.foundation.models import OutboxEvent
from hansa.kernel.errors import NotFound
from tests.factories import NOON, Shop, a_shop
from tests.integration.pricing.scene import a_promotion, at_once, many_people, price

pytestmark = pytest.mark.usefixtures("database")
END = NOON + timedelta(hours=1)  # of the promotion, and so of its groups


def a_group(shop: Shop, buyer: int, *, needed: int = 2) -> BuyingGroup:
    terms = Terms("Together", Kind.GROUP, percent_bp=3_000, needed_buyers=needed)
    promotion = a_promotion(shop, terms, ["tea"])
    with tenancy.as_platform(shop.platform.pk):
        return groups.open_group(
            platform_id=shop.platform.pk,
            promotion_id=promotion.pk,
            listing_id=shop.listings["tea"].pk,
            buyer_id=buyer,
            now=NOON,
        )


def join(shop: Shop, group: BuyingGroup, buyer: int) -> None:
    groups.join(
        platform_id=shop.platform.pk,
        group_id=group.pk,
        buyer_id=buyer,
        reference=f"H-{buyer}",
        now=NOON,
    )


def told(shop: Shop) -> list[tuple[str, bool]]:
    """What the outbox holds of places, by purchase."""
    with tenancy.as_platform(shop.platform.pk):
        events = OutboxEvent.objects.filter(kind="PlaceDecided").order_by("pk")
        return [(each.payload["reference"], each.payload["has_formed"]) for each in events]


def test_the_group_price_is_for_those_who_join() -> None:
    shop = a_shop(stock={"tea": 9}, prices={"tea": 500})
    (buyer,) = many_people(1)
    group = a_group(shop, buyer)

    assert price(shop, {"tea": 1}).items_total == 500
    assert price(shop, {"tea": 1}, group_promotion_id=group.promotion_id).items_total == 350
    assert group.deadline == min(END, NOON + GROUP_OPEN_FOR)


def test_fifty_who_join_at_once_form_a_group_of_exactly_ten() -> None:
    shop = a_shop(stock={"tea": 9}, prices={"tea": 500})
    buyers = many_people(50)
    group = a_group(shop, buyers[0], needed=10)
    ends: list[GroupState | None] = []

    def act(buyer: int) -> None:
        join(shop, group, buyer)
        ends.append(groups.hold(reference=f"H-{buyer}", now=NOON))

    done, refused = at_once(shop, [partial(act, buyer) for buyer in buyers])

    assert (done, len(refused)) == (10, 40)
    assert sorted(str(end) for end in ends) == ["formed"] + ["open"] * 9
    assert sorted(told(shop)) == sorted((reference, True) for reference, _ in told(shop))
    assert len(told(shop)) == 10
    assert [
        each.invariant.name
        for each in invariants.check()
        if each.invariant.name == "group-counts-its-members" and not each.holds
    ] == []


def test_a_place_without_money_keeps_the_group_open_and_can_be_given_up() -> None:
    shop = a_shop(stock={"tea": 9}, prices={"tea": 500})
    first, second, third = many_people(3)
    group = a_group(shop, first)

    with tenancy.as_platform(shop.platform.pk):
        for buyer in (first, second):
            join(shop, group, buyer)
        assert groups.hold(reference=f"H-{first}", now=NOON) is GroupState.OPEN
        with pytest.raises(GroupClosed, match="all places"):
            join(shop, group, third)
        groups.leave(reference=f"H-{second}")
        assert groups.hold(reference=f"H-{second}", now=NOON) is None
        join(shop, group, third)

        assert groups.hold(reference=f"H-{third}", now=NOON) is GroupState.FORMED
        assert groups.hold(reference=f"H-{third}", now=NOON) is GroupState.FORMED
    assert told(shop) == [(f"H-{first}", True), (f"H-{third}", True)]


def test_a_group_that_stays_too_small_fails_once_and_tells_its_places() -> None:
    shop = a_shop(stock={"tea": 9}, prices={"tea": 500})
    first, second, third = many_people(3)
    group = a_group(shop, first, needed=3)
    settle = partial(groups.settle_due, platform_id=shop.platform.pk)

    with tenancy.as_platform(shop.platform.pk):
        join(shop, group, first)
        with pytest.raises(GroupClosed, match="in this group already"):
            join(shop, group, first)
        join(shop, group, second)
        services.release_places(reference=f"H-{second}")
        services.release_places(reference=f"H-{second}")

        assert settle(now=NOON) == []
        assert settle(now=END) == [Decided(group.pk, GroupState.FAILED, (f"H-{first}",))]
        assert settle(now=END) == []
        with pytest.raises(GroupClosed, match="closed"):
            join(shop, group, third)
        with pytest.raises(NotFound, match="no group 999 here"):
            groups.join(platform_id=shop.platform.pk, group_id=999, buyer_id=third, reference="H", now=NOON)
    assert told(shop) == [(f"H-{first}", False)]
