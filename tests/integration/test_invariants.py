"""The checker holds its tongue on healthy data and names each planted corruption."""

from __future__ import annotations

import pytest
from django.db import connections

from hansa.commerce.orders import cancelling, fulfilment
from hansa.foundation import invariants, tenancy
from hansa.foundation.database_roles import OWNER
from tests.factories import NOON, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")


def broken() -> set[str]:
    return {finding.invariant.name for finding in invariants.check() if not finding.holds}


def corrupt(sql: str) -> None:
    """Change rows behind the back of every guard, as a bug in the database's own tools would."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(sql)


def a_busy_shop() -> None:
    shop = a_shop(stock={"tea": 10, "salt": 5}, prices={"tea": 500, "salt": 100})
    shop.buy(a_shopper("alia"), [("tea", 3), ("salt", 1)])
    cancelled = shop.buy(a_shopper("cy"), [("tea", 1)])
    shipped = shop.buy(a_shopper("dee"), [("salt", 2)])
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=cancelled.pk, reason="no", actor_name="cy", now=NOON)
        fulfilment.ship_rest(group_id=shipped.pk, actor_name="driver", now=NOON)


def test_a_healthy_shop_breaks_no_promise() -> None:
    a_busy_shop()

    assert broken() <= {"outbox-drained"}


@pytest.mark.parametrize(
    ("corruption", "promise"),
    [
        ("update stock_stocklevel set on_hand = on_hand + 1 where id = 1", "on-hand-is-its-movements"),
        ("update stock_stocklevel set allocated = 0 where id = 1", "promises-are-reservations"),
        ("update stock_reservation set state = 'released' where state = 'allocated'", "sold-is-promised"),
        ("update orders_order set items_total = items_total + 1 where id = 1", "purchase-is-its-orders"),
        ("update payments_payment set captured = captured - 1 where id = 1", "paid-in-full"),
        ("update payments_payment set journal_id = null where id = 1", "capture-is-in-the-books"),
        ("delete from payments_refund", "refunds-within-capture"),
        ("update payments_refund set is_done = true, provider_ref = 'sb_none'", "provider-agrees"),
        ("delete from payments_sandboxcharge where id = 1", "provider-agrees"),
        ("update orders_order set status = 'delivered' where id = 1", "legal-steps-only"),
        ("delete from outbox_event where kind = 'PurchasePaid'", "paid-purchase-is-told"),
        ("update orders_orderline set platform_id = 99 where id = 1", "child-agrees-with-parent"),
        (
            "update outbox_event set recorded_at = now() - interval '1 day', not_before = now() - interval '1 day'",
            "outbox-drained",
        ),
        ("update idempotency_record set answer = null", "idempotency-answered"),
        ("alter table orders_order disable row level security", "tenant-walls"),
        ("grant update on ledger_ledgerentry to hansa_app", "append-only"),
    ],
)
def test_a_planted_corruption_is_named(corruption: str, promise: str) -> None:
    a_busy_shop()
    if "platform_id = 99" in corruption:
        corrupt(
            "insert into accounts_platform (id, code, name, name_zh, currency, commission_bp, accent, latitude, longitude)"
            " values (99, 'x', 'x', 'x', 'EUR', 0, '#000000', 0, 0)"
        )

    corrupt(corruption)

    try:
        assert promise in broken()
    finally:
        tenancy.build_walls()
