"""Sending in parts: what left and arrived is counted by line, never twice, never more than was bought."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connections

from hansa.commerce.orders import domain, fulfilment
from hansa.commerce.orders.fulfilment import NothingLeftToSend
from hansa.commerce.orders.models import Fulfilment, Order, OrderLine
from hansa.foundation import tenancy
from hansa.foundation.models import OutboxEvent
from hansa.kernel.errors import HansaError
from tests.factories import NOON
from tests.integration.orders.scene import a_purchase, broken

pytestmark = pytest.mark.usefixtures("database")


def test_a_part_leaves_and_the_rest_follows() -> None:
    bought = a_purchase()

    first = bought.send("Tea", 2, reference="first")
    again = bought.send("Tea", 2, reference="first")
    order = bought.order("Tea")

    assert first == again
    assert (order.status, order.fulfilment_status, order.payment_status) == ("paid", "partial", "paid")
    level = bought.shop.level_of("tea")
    assert (level.on_hand, level.allocated) == (8, 1)

    bought.send_all()
    order = bought.order("Tea")

    assert (order.status, order.fulfilment_status, order.shipped) == ("shipped", "fulfilled", 4)
    assert bought.order("Salt").status == "shipped"
    level = bought.shop.level_of("tea")
    assert (level.on_hand, level.allocated) == (7, 0)
    assert OutboxEvent.objects.filter(kind="PurchaseShipped").count() == 1
    assert broken() == []


def test_an_order_is_delivered_when_all_its_parts_are() -> None:
    bought = a_purchase()
    first = bought.send("Tea", 1, reference="first")
    bought.send_all()

    with tenancy.as_platform(bought.platform_id):
        for _ in range(2):
            fulfilment.deliver(group_id=bought.group.pk, fulfilment_ids=[first], actor_name="dag", now=NOON)
    line = bought.line("Tea")
    assert (line.delivered, bought.order("Tea").status) == (1, "shipped")

    with tenancy.as_platform(bought.platform_id):
        fulfilment.deliver_all(group_id=bought.group.pk, actor_name="dag", now=NOON)

    assert bought.order("Tea").fulfilment_status == "delivered"
    assert OutboxEvent.objects.filter(kind="PurchaseDelivered").count() == 1
    assert broken() == []


def test_more_than_is_left_is_not_sent() -> None:
    bought = a_purchase()
    bought.send("Tea", 2, reference="first")

    with pytest.raises(NothingLeftToSend, match="Tea: 2 to be sent, 1 left"):
        bought.send("Tea", 2, reference="second")

    assert bought.line("Tea").shipped == 2
    assert bought.shop.level_of("tea").on_hand == 8


def test_the_database_itself_refuses_to_send_more_than_was_ordered() -> None:
    bought = a_purchase()
    line = bought.line("Tea")

    with (
        pytest.raises(IntegrityError, match="line_ships_what_was_ordered"),
        tenancy.as_platform(bought.platform_id),
    ):
        OrderLine.objects.filter(pk=line.pk).update(shipped=4)

    assert bought.line("Tea").shipped == 0


def test_two_who_send_the_same_units_at_once_send_them_once() -> None:
    bought = a_purchase()
    line, both = bought.line("Tea"), Barrier(4)

    def staff(number: int) -> str:
        try:
            with tenancy.as_platform(bought.platform_id):
                both.wait(10)
                fulfilment.fulfil(
                    order_id=line.order_id,
                    units={line.pk: 2},
                    reference=f"staff {number}",
                    actor_name="bo",
                    now=NOON,
                )
        except HansaError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "sent"

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(staff, range(4)))

    assert said == ["nothing_left_to_send"] * 3 + ["sent"]
    assert bought.line("Tea").shipped == 2
    assert bought.shop.level_of("tea").on_hand == 8
    assert broken() == []


@pytest.mark.parametrize("status", ["placed", "paid", "shipped", "delivered", "cancelled"])
@pytest.mark.parametrize("shipped", [0, 2])
@pytest.mark.parametrize("refunded", [0, 1, 3500])
def test_the_database_keeps_the_statuses_that_the_rules_give(
    status: str, shipped: int, refunded: int
) -> None:
    bought = a_purchase()
    order = bought.order("Tea")

    with tenancy.as_platform(bought.platform_id):
        Order.objects.filter(pk=order.pk).update(status=status, shipped=shipped, refunded=refunded)
    kept = bought.order("Tea")

    assert kept.items_total == 3500
    assert kept.payment_status == domain.payment_status(status, items_total=3500, refunded=refunded)
    assert kept.fulfilment_status == domain.fulfilment_status(status, shipped=shipped)


def test_nothing_is_left_for_the_vans_once_merchants_have_sent_it() -> None:
    bought = a_purchase()
    for title, units in (("Tea", 3), ("Mug", 1), ("Salt", 2)):
        bought.send(title, units, reference=title)

    with tenancy.as_platform(bought.platform_id):
        assert fulfilment.ship_rest(group_id=bought.group.pk, actor_name="dag", now=NOON) == []
        assert Fulfilment.objects.count() == 3
    assert broken() == []
