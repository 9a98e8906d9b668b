"""Both platforms' books of a cross-platform sale: they sum to zero, mirror each other, and are netted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections, transaction

from hansa.alliance import selectors
from hansa.alliance.gateway import capabilities, services
from hansa.alliance.gateway.schemas import OrderForwardIn
from hansa.alliance.governance import services as governance
from hansa.alliance.models import AuditEvent, SettlementItem
from hansa.alliance.settlement import handlers
from hansa.alliance.settlement import services as settlement
from hansa.alliance.settlement.services import Difference
from hansa.commerce.delivery.handlers import create_shipment
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.orders import cancelling
from hansa.commerce.orders.events import PurchaseCancelled, PurchasePaid
from hansa.foundation import invariants, outbox, tenancy
from hansa.foundation.database_roles import OWNER
from hansa.foundation.outbox import Subscription
from hansa.kernel.errors import Refused
from tests.factories import NOON, a_shopper
from tests.integration.alliance.scene import Pair, a_call, a_pair, an_order, leave

pytestmark = pytest.mark.usefixtures("database")

SUBSCRIPTIONS = [
    Subscription("delivery.shipment", create_shipment, (PurchasePaid,)),
    Subscription("settlement.sale", handlers.on_purchase_paid, (PurchasePaid,)),
    Subscription("settlement.return", handlers.on_purchase_cancelled, (PurchaseCancelled,)),
]


def sell(pair: Pair, quantity: int = 3, *, number: int = 1) -> str:
    """The seller sells tea of the fulfiller; answers the purchase's number."""
    body = an_order(pair, quantity=quantity, agreed_total=500 * quantity)
    request = a_call(pair, scope="order.forward", body=body, nonce=f"nonce-{number:04}", key=f"key-{number}")
    admitted = services.admit(request, receiver_code="alster", scope="order.forward", now=NOON)
    placed = capabilities.forward_order(admitted, OrderForwardIn.model_validate_json(request.body), now=NOON)
    outbox.drain(SUBSCRIPTIONS)
    return placed.number


def books(platform_id: int) -> dict[str, int]:
    with tenancy.as_platform(platform_id):
        return {balance.kind: balance.amount for balance in ledger.balances_of_platform(platform_id)}


def close(pair: Pair) -> settlement.SettlementBatch:
    with tenancy.as_alliance():
        return settlement.close_batch(
            between=(pair.seller.platform_id, pair.fulfiller.platform_id),
            currency="EUR",
            actor_name="steward",
            now=NOON,
        )


def differences(batch: settlement.SettlementBatch) -> list[Difference]:
    with tenancy.as_alliance():
        return settlement.reconcile(batch)


def broken() -> set[str]:
    return {finding.invariant.name for finding in invariants.check() if not finding.holds}


def test_a_sale_stands_in_both_books_which_sum_to_zero_and_mirror_each_other() -> None:
    pair = a_pair(fee_bp=500)

    number = sell(pair)

    # 15.00 of tea, 10 % commission, 5 % finder's fee: 0.75 to the seller, of which 0.68 the merchant bears.
    assert books(pair.seller.platform_id) == {"provider": 1_500, "commission": -75, "alliance": -1_425}
    assert books(pair.fulfiller.platform_id) == {"alliance": 1_425, "payable": -1_282, "commission": -143}
    item = SettlementItem.objects.get()
    assert (item.reference, item.amount, item.fee) == (number, 1_425, 75)
    assert (item.debtor_id, item.creditor_id) == (pair.seller.platform_id, pair.fulfiller.platform_id)
    line = AuditEvent.objects.get(act="alliance.sale")
    assert (line.actor, line.body["owed"], line.body["fee"]) == ("trave", 1_425, 75)


def test_a_repeated_event_settles_once() -> None:
    pair = a_pair()
    sell(pair)

    outbox.OutboxEvent.objects.update(done_at=None, not_before=NOON)
    outbox.Effect.objects.all().delete()
    outbox.drain(SUBSCRIPTIONS)

    assert SettlementItem.objects.count() == 1
    assert books(pair.seller.platform_id)["provider"] == 1_500


def test_a_sale_of_the_own_shop_owes_nobody() -> None:
    pair = a_pair()
    pair.shop.buy(a_shopper(), [("tea", 1)])

    outbox.drain(SUBSCRIPTIONS)

    assert SettlementItem.objects.count() == 0


def test_the_fee_is_the_one_agreed_when_the_sale_was_made() -> None:
    pair = a_pair(fee_bp=500)
    body = an_order(pair)
    request = a_call(pair, scope="order.forward", body=body)
    admitted = services.admit(request, receiver_code="alster", scope="order.forward", now=NOON)
    capabilities.forward_order(admitted, OrderForwardIn.model_validate_json(request.body), now=NOON)

    governance.revoke(grant_id=pair.grants[1].pk, actor_name="steward", now=NOON + timedelta(seconds=1))
    outbox.drain(SUBSCRIPTIONS)

    assert SettlementItem.objects.get().fee == 75


def test_closing_pays_the_balance_and_leaves_nothing_open() -> None:
    pair = a_pair(fee_bp=500)
    sell(pair, 3)
    sell(pair, 1, number=2)

    batch = close(pair)

    # 14.25 and 5.00 less a fee of 0.25.
    assert (batch.amount, batch.debtor_id, batch.creditor_id) == (
        1_425 + 475,
        pair.seller.platform_id,
        pair.fulfiller.platform_id,
    )
    assert books(pair.seller.platform_id) == {
        "provider": 2_000,
        "commission": -100,
        "bank": -1_900,
        "alliance": 0,
    }
    assert books(pair.fulfiller.platform_id)["alliance"] == 0
    assert books(pair.fulfiller.platform_id)["bank"] == 1_900
    assert differences(batch) == []
    assert selectors.open_items() == []
    with pytest.raises(Refused, match="nothing is open in EUR between"):
        close(pair)


def test_debts_in_both_directions_are_paid_as_one() -> None:
    pair = a_pair(fee_bp=0)
    sell(pair, 3)
    back = settlement.Sale(
        reference="H-BACK",
        seller_id=pair.fulfiller.platform_id,
        fulfiller_id=pair.seller.platform_id,
        currency="EUR",
        parts=[settlement.Part(pair.shop.merchant.pk, 2_000, 0, 200)],
        delivery_fee=0,
        at=NOON,
    )
    with tenancy.as_alliance():
        settlement.settle_sale(back, now=NOON)

    batch = close(pair)

    assert (batch.debtor_id, batch.amount) == (pair.fulfiller.platform_id, 500)
    assert [books(member.platform_id)["alliance"] for member in (pair.seller, pair.fulfiller)] == [0, 0]
    assert differences(batch) == []


def test_a_cancelled_sale_is_turned_back_in_both_books() -> None:
    pair = a_pair(fee_bp=500)
    number = sell(pair)
    group_id = outbox.OutboxEvent.objects.get(kind="PurchasePaid").payload["group_id"]

    with tenancy.as_platform(pair.fulfiller.platform_id):
        cancelling.cancel_all(group_id=group_id, reason="no", actor_name="operator", now=NOON)
    outbox.drain(SUBSCRIPTIONS)

    assert set(books(pair.seller.platform_id).values()) == {0}
    assert set(books(pair.fulfiller.platform_id).values()) == {0}
    back = SettlementItem.objects.get(reference=f"{number}-return")
    assert (back.debtor_id, back.amount) == (pair.fulfiller.platform_id, 1_425)
    assert (close(pair).amount, differences(close_of(back))) == (0, [])
    assert pair.shop.stock_of("tea") == 10
    assert broken() <= {"outbox-drained"}


def close_of(item: SettlementItem) -> settlement.SettlementBatch:
    item.refresh_from_db()
    assert item.batch is not None
    return item.batch


def test_books_that_disagree_are_named_with_what_each_side_says() -> None:
    pair = a_pair(fee_bp=500)
    number = sell(pair)
    batch = close(pair)

    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("alter table ledger_ledgerentry disable trigger append_only")
        cursor.execute(
            "update ledger_ledgerentry set amount = 1400 where amount = 1425 and id in"
            " (select min(id) from ledger_ledgerentry where amount = 1425)"
        )
        cursor.execute("alter table ledger_ledgerentry enable trigger append_only")

    found = differences(batch)

    assert found == [Difference(number, expected=1_425, debtor_says=1_425, creditor_says=1_400)]
    assert "books-of-partners-mirror" in broken()


def test_a_settled_alliance_breaks_no_promise() -> None:
    pair = a_pair(fee_bp=500)
    leave(pair.seller, pair.fulfiller, "stock.promise")
    sell(pair)
    close(pair)
    sell(pair, 1, number=2)

    assert broken() <= {"outbox-drained"}
