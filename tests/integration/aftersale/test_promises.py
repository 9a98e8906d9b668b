"""Each promise about what happens after a sale names the corruption that breaks it."""

from __future__ import annotations

import pytest

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale.returns import Verdict
from hansa.commerce.delivery import carriers
from hansa.commerce.delivery.carriers import Parcel
from hansa.foundation import tenancy
from hansa.kernel.errors import Forbidden, Refused
from tests.factories import NOON
from tests.integration.aftersale.test_disputes import open_one
from tests.integration.aftersale.test_returns import ask, inspect, send_back
from tests.integration.orders.scene import Bought, a_purchase
from tests.integration.test_invariants import broken, corrupt

pytestmark = pytest.mark.usefixtures("database")


def a_busy_purchase() -> None:
    """A parcel by a carrier, a return that was refunded, one that is open, and a dispute."""
    bought = a_purchase()
    post(bought, bought.shop.owner)
    bought.bring_all()
    done = ask(bought, {"Mug": 1})
    send_back(bought, done)
    inspect(bought, done, {"Mug": Verdict(1, 1)})
    ask(bought, {"Salt": 1})
    open_one(bought)


def post(bought: Bought, actor: Actor) -> int:
    line = bought.line("Tea")
    with tenancy.as_platform(bought.platform_id):
        return carriers.send(
            actor=actor,
            platform_id=bought.platform_id,
            order_id=line.order_id,
            units={line.pk: 2},
            parcel=Parcel("Post", "P 7"),
            now=NOON,
        ).pk


@pytest.mark.parametrize(
    ("corruption", "promise"),
    [
        ("delete from orders_fulfilmentline where quantity = 2", "shipped-is-fulfilled"),
        ("update orders_orderline set refunded = refunded - 1 where refunded > 0", "refund-is-its-lines"),
        ("update orders_order set refunded = 0", "refund-is-its-lines"),
        ("update orders_orderline set coming_back = 0", "one-active-return-per-unit"),
        ("update aftersale_returnrequest set state = 'denied'", "return-is-its-steps"),
        ("update aftersale_dispute set state = 'split'", "dispute-is-its-last-word"),
        ("update aftersale_returnrequest set amount = 0", "settled-return-is-paid"),
        ("delete from stock_stockmovement where reason = 'return'", "restocked-is-on-the-shelf"),
        (
            "update delivery_shipment set status = 'lost' where carrier <> ''",
            "parcel-is-its-last-news",
        ),
    ],
)
def test_a_corruption_is_named(corruption: str, promise: str) -> None:
    a_busy_purchase()
    assert promise not in broken()

    corrupt(f"set hansa.erasing = 'yes'; {corruption}; reset hansa.erasing")  # past the seal

    assert promise in broken()


def test_a_carriers_parcel_is_sent_once_and_only_by_those_who_sell() -> None:
    bought = a_purchase()
    with pytest.raises(Forbidden):
        post(bought, bought.ada_owner)

    assert post(bought, bought.shop.owner) == post(bought, bought.shop.owner)

    assert bought.line("Tea").shipped == 2


def test_a_parcel_that_has_arrived_stays_so() -> None:
    bought = a_purchase()
    parcel = post(bought, bought.shop.owner)
    where = {"actor": bought.shop.owner, "platform_id": bought.platform_id, "shipment_id": parcel}

    with tenancy.as_platform(bought.platform_id):
        carriers.report(**where, status="out", note="nobody at home", now=NOON)
        for _ in range(2):
            carriers.report(**where, status="delivered", now=NOON)
        with pytest.raises(Refused, match="is delivered, not on its way"):
            carriers.report(**where, status="lost", now=NOON)

    assert bought.line("Tea").delivered == 2
