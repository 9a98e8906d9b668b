"""A purchase from two merchants, and words for what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.ledger.models import LedgerEntry
from hansa.commerce.merchants.models import Merchant
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from tests.factories import NOON, Shop, a_listing, a_merchant, a_shop, a_shopper


@dataclass
class Bought:
    """Three teas and a mug of Bo, two salts of Ada, 4 500 and the delivery fee; every word commits."""

    shop: Shop
    alia: Actor
    ada: Merchant
    ada_owner: Actor
    group: OrderGroup

    @property
    def platform_id(self) -> int:
        return self.shop.platform.pk

    def line(self, title: str) -> OrderLine:
        with tenancy.as_platform(self.platform_id):
            return OrderLine.objects.select_related("order").get(order__group=self.group, title=title)

    def order(self, title: str) -> Order:
        with tenancy.as_platform(self.platform_id):
            return Order.objects.get(pk=self.line(title).order_id)

    def purchase(self) -> OrderGroup:
        with tenancy.as_platform(self.platform_id):
            return OrderGroup.objects.get(pk=self.group.pk)

    def send(self, title: str, units: int, *, reference: str) -> int:
        line = self.line(title)
        with tenancy.as_platform(self.platform_id):
            return fulfilment.fulfil(
                order_id=line.order_id,
                units={line.pk: units},
                reference=reference,
                actor_name="bo",
                now=NOON,
            ).pk

    def send_all(self) -> None:
        with tenancy.as_platform(self.platform_id):
            fulfilment.ship_rest(group_id=self.group.pk, actor_name="dag", now=NOON)

    def bring_all(self) -> None:
        self.send_all()
        with tenancy.as_platform(self.platform_id):
            fulfilment.deliver_all(group_id=self.group.pk, actor_name="dag", now=NOON)

    def cancel(self, title: str, units: int, *, key: str) -> int:
        with tenancy.as_platform(self.platform_id):
            return cancelling.cancel_units(
                group_id=self.group.pk,
                units={self.line(title).pk: units},
                key=key,
                reason="changed my mind",
                actor_name="alia",
                now=NOON,
            )

    def refunded(self) -> list[int]:
        return self.shop.refunds_of(self.group)

    def balance(self, kind: str, merchant: Merchant | None = None) -> int:
        """What an account of the books holds; credit counts for it."""
        with tenancy.as_platform(self.platform_id):
            entries = LedgerEntry.objects.filter(account__kind=kind, account__merchant=merchant)
            return -sum(entries.values_list("amount", flat=True))


def a_purchase() -> Bought:
    """Tea at 10.00, a mug at 5.00 and salt at 5.00; ten of each lie on the shelf."""
    shop = a_shop(stock={"tea": 10, "mug": 10}, prices={"tea": 1000, "mug": 500})
    ada, ada_owner = a_merchant(shop.platform, "ada")
    shop.listings["salt"] = a_listing(shop.platform, ada, shop.centre, "salt", price=500, stock=10)
    alia = a_shopper()
    return Bought(shop, alia, ada, ada_owner, shop.buy(alia, [("tea", 3), ("mug", 1), ("salt", 2)]))


def broken() -> list[object]:
    """What does not hold once everything told has been heard."""
    outbox.drain(SUBSCRIPTIONS)
    return [(finding.invariant.name, finding.examples) for finding in invariants.check() if not finding.holds]
