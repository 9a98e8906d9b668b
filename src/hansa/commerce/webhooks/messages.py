"""What an event says to whom: a merchant hears of its own orders and goods, the platform of all, nobody of people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hansa.commerce.catalogue.events import ListingPriced
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.events import PurchaseCancelled, PurchaseDelivered, PurchasePaid, PurchaseShipped
from hansa.commerce.orders.models import Order
from hansa.commerce.planning.events import GoodsReceived, PurchaseOrderPlaced, ReorderProposed
from hansa.foundation.outbox import DomainEvent

Data = dict[str, Any]
KIND_OF: dict[type[DomainEvent], str] = {
    PurchasePaid: "order.paid",
    PurchaseShipped: "order.shipped",
    PurchaseDelivered: "order.delivered",
    PurchaseCancelled: "order.cancelled",
    ListingPriced: "product.price_changed",
    PurchaseOrderPlaced: "stock.ordered",
    GoodsReceived: "stock.received",
    ReorderProposed: "stock.proposed",
}


class Message:
    """An event as each audience may read it; what it takes is looked up once, and only if somebody listens."""

    def __init__(self, event: DomainEvent) -> None:
        self.kind = KIND_OF[type(event)]
        self._event = event
        self._of_merchants: dict[int, Data] | None = None

    def for_merchant(self, merchant_id: int) -> Data | None:
        """What the merchant may read of it; None where it does not concern the merchant."""
        return self._by_merchant().get(merchant_id)

    def for_platform(self) -> Data:
        """What the platform may read of it: the part of every merchant."""
        return {"merchants": list(self._by_merchant().values())}

    def _by_merchant(self) -> dict[int, Data]:
        if self._of_merchants is None:
            self._of_merchants = _READERS[self.kind](self._event)
        return self._of_merchants


def _orders(event: Any) -> dict[int, Data]:
    group = orders.group_with_lines(event.group_id)
    return {order.merchant_id: _order(group.number, order) for order in group.orders.all()}


def _order(number: str, order: Order) -> Data:
    return {
        "number": number,
        "order_id": order.pk,
        "merchant_id": order.merchant_id,
        "status": order.status,
        "currency": order.currency,
        "items_total": order.items_total,
        "commission": order.commission,
        "placed_at": order.placed_at.isoformat(),
        "lines": [
            {
                "line_id": line.pk,
                "offer_id": line.offer_id,
                "title": line.title,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "discount": line.discount,
                "total": line.total,
            }
            for line in order.lines.all()
        ],
    }


def _price(event: Any) -> dict[int, Data]:
    listing = Listing.objects.filter(platform_id=event.platform_id, pk=event.listing_id).first()
    if listing is None:
        return {}
    return {
        listing.merchant_id: {
            "product_id": listing.pk,
            "offer_id": listing.offer_id,
            "merchant_id": listing.merchant_id,
            "price": {"amount": event.price, "currency": listing.currency},
        }
    }


def _supply(event: Any) -> dict[int, Data]:
    return {
        event.merchant_id: {
            "purchase_order_id": event.purchase_order_id,
            "merchant_id": event.merchant_id,
            "offer_id": event.offer_id,
            "units": event.units,
        }
    }


def _proposals(event: Any) -> dict[int, Data]:
    return {
        event.merchant_id: {
            "run_id": event.run_id,
            "merchant_id": event.merchant_id,
            "proposals": event.proposals,
        }
    }


_READERS: dict[str, Callable[[Any], dict[int, Data]]] = {
    "order.paid": _orders,
    "order.shipped": _orders,
    "order.delivered": _orders,
    "order.cancelled": _orders,
    "product.price_changed": _price,
    "stock.ordered": _supply,
    "stock.received": _supply,
    "stock.proposed": _proposals,
}
