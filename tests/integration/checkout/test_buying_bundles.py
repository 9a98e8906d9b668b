"""Buying bundles: their components are held, sent and given back, and refusals speak of what was wanted."""

from __future__ import annotations

import pytest
from django.test import Client

from hansa.commerce.aftersale import returns
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.catalogue import goods
from hansa.commerce.catalogue.goods import Terms
from hansa.commerce.catalogue.models import Findable
from hansa.commerce.checkout import cart
from hansa.commerce.checkout import services as checkout
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.stock import availability
from hansa.commerce.stock import selectors as stock
from hansa.commerce.stock.errors import InsufficientStock
from hansa.foundation import invariants, tenancy
from tests.factories import DOOR, NOON, Shop, a_shop, a_shopper
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")


def a_tea_shop() -> Shop:
    """Ten teas and four cups; a set of two teas and a cup costs 15.00."""
    shop = a_shop(stock={"tea": 10, "cup": 4}, prices={"tea": 500, "cup": 800})
    with tenancy.as_platform(shop.platform.pk):
        shop.listings["set"] = goods.make_bundle(
            actor=shop.owner,
            platform=shop.platform,
            merchant_id=shop.merchant.pk,
            terms=Terms(sku="tea-set", price=1_500, unit_cost=700),
            title="Tea set",
            components={shop.listings["tea"].offer_id: 2, shop.listings["cup"].offer_id: 1},
            now=NOON,
        )
    return shop


def broken() -> set[str]:
    return {found.invariant.name for found in invariants.check() if not found.holds} - {"outbox-drained"}


def free(shop: Shop) -> dict[str, int]:
    names = {listing.offer_id: name for name, listing in shop.listings.items()}
    with tenancy.as_platform(shop.platform.pk):
        found = stock.available(platform_id=shop.platform.pk, offer_ids=names)
    return {names[offer_id]: units for offer_id, units in found.items()}


def test_a_bundle_and_its_component_in_one_cart_hold_the_same_shelf_once() -> None:
    shop = a_tea_shop()
    assert free(shop) == {"tea": 10, "cup": 4, "set": 4}

    group = shop.buy(a_shopper(), [("set", 3), ("tea", 2)])

    assert (group.items_total, group.grand_total) == (5_500, 5_500)
    assert (shop.level_of("tea").allocated, shop.level_of("cup").allocated) == (8, 3)
    assert free(shop) == {"tea": 2, "cup": 1, "set": 1}
    assert broken() == set()


def test_the_refusal_names_the_good_that_was_wanted_and_nothing_is_held() -> None:
    shop = a_tea_shop()

    with pytest.raises(InsufficientStock, match=r"^Tea set: 4 asked, 3 left$"):
        shop.buy(a_shopper(), [("tea", 3), ("set", 4)])

    assert free(shop) == {"tea": 10, "cup": 4, "set": 4}


def test_what_is_called_off_and_what_is_sent_of_a_bundle_are_its_components() -> None:
    shop = a_tea_shop()
    group = shop.buy(a_shopper(), [("set", 2)])
    with tenancy.as_platform(shop.platform.pk):
        order = group.orders.get()
        line = order.lines.get()
        cancelling.cancel_units(
            group_id=group.pk, units={line.pk: 1}, key="k", reason="no", actor_name="alia", now=NOON
        )
        fulfilment.fulfil(order_id=order.pk, units={line.pk: 1}, reference="f", actor_name="bo", now=NOON)

    assert (shop.level_of("tea").on_hand, shop.level_of("cup").on_hand) == (8, 3)
    assert free(shop) == {"tea": 8, "cup": 3, "set": 3}
    assert broken() == set()


def test_bundles_leave_and_come_back_in_parts_as_their_components() -> None:
    """Of three sets two are sent in two parcels and one is called off; both come back, one of them fit to be sold."""
    shop, alia = a_tea_shop(), a_shopper()
    group = shop.buy(alia, [("set", 3), ("tea", 1)])
    where = {"platform_id": shop.platform.pk, "now": NOON}
    with tenancy.as_platform(shop.platform.pk):
        order = group.orders.get()
        line = order.lines.get(title="Tea set")
        for parcel in ("first", "second"):
            fulfilment.fulfil(
                order_id=order.pk, units={line.pk: 1}, reference=parcel, actor_name="bo", now=NOON
            )
        on_its_way = (shop.level_of("tea").on_hand, shop.level_of("tea").allocated)
        cancelling.cancel_units(
            group_id=group.pk, units={line.pk: 1}, key="k", reason="no", actor_name="alia", now=NOON
        )
        fulfilment.ship_rest(group_id=group.pk, actor_name="bo", now=NOON)
        fulfilment.deliver_all(group_id=group.pk, actor_name="bo", now=NOON)
        asked = Asked({line.pk: 2}, "changed_mind")
        made = returns.request(group=group, actor=alia, asked=asked, now=NOON)
        back = where | {"return_id": made.pk, "actor": shop.owner}
        returns.decide(**back, agrees=True)
        returns.receive(**back)
        returns.inspect(**back, verdicts={line.pk: Verdict(accepted=2, restocked=1)})

    assert on_its_way == (6, 3)  # four teas have left; two of the last set and the single one have not
    assert (shop.level_of("tea").on_hand, shop.level_of("tea").allocated) == (7, 0)  # 10 - 4 - 1 + 2
    assert (shop.level_of("cup").on_hand, shop.level_of("cup").allocated) == (3, 0)  # 4 - 2 + 1
    assert shop.refunds_of(group) == [1_500, 3_000]
    assert broken() == set()


def test_a_partner_sells_bundles_too() -> None:
    shop = a_tea_shop()
    partner = a_shop(stock={}, prices={}, code="elbe", merchant_name="di")

    with tenancy.as_platform(shop.platform.pk):
        checkout.place_partner_order(
            platform_id=shop.platform.pk,
            sold_by_id=partner.platform.pk,
            wanted={shop.listings["set"].offer_id: 2},
            destination=DOOR,
            key="k",
            now=NOON,
        )

    assert (shop.level_of("tea").allocated, shop.level_of("cup").allocated) == (4, 2)


def test_the_cart_says_how_many_bundles_are_left() -> None:
    shop = a_tea_shop()
    alia = a_shopper()
    shop.fill_cart(alia, [("set", 5)])

    with tenancy.as_platform(shop.platform.pk):
        line = cart.look_into(platform_id=shop.platform.pk, actor=alia, now=NOON).lines[0]

    assert (line.available, line.is_short) == (4, True)


def test_the_page_of_a_bundle_says_when_its_scarcest_component_is_gone() -> None:
    shop = a_tea_shop()
    page = f"/trave/p/{shop.listings['set'].pk}/"
    before = words(Client().get(page))

    shop.buy(a_shopper(), [("cup", 4)])

    assert "Only 4 left" in before
    assert "Sold out for now" in words(Client().get(page))


def test_the_search_knows_which_bundles_can_be_bought() -> None:
    shop = a_tea_shop()

    def in_stock() -> bool:
        with tenancy.as_platform(shop.platform.pk):
            availability.tell_the_search(platform_id=shop.platform.pk)
            return Findable.objects.get(pk=shop.listings["set"].pk).in_stock

    assert in_stock()
    shop.buy(a_shopper(), [("cup", 4)])
    assert not in_stock()
