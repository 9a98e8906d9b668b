"""What was agreed in a purchase, by merchant and line, read in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.foundation import statements


@dataclass(frozen=True)
class ReceiptLine:
    """One good; money in minor units."""

    line_id: int
    title: str
    quantity: int
    unit_price: int
    discount: int
    total: int


@dataclass(frozen=True)
class MerchantReceipt:
    """One merchant's part."""

    merchant: str
    status: str
    total: int
    lines: list[ReceiptLine]


@dataclass(frozen=True)
class Receipt:
    """A purchase; ``token`` opens a guest's page."""

    number: str
    token: str
    placed_at: datetime
    currency: str
    items_total: int
    delivery_fee: int
    grand_total: int
    window_start: datetime | None
    window_end: datetime | None
    orders: list[MerchantReceipt]


def receipt_of(group_id: int) -> Receipt:
    """The receipt of a purchase, for who may see it: the caller has made sure of that."""
    rows = statements.run(_RECEIPT, [group_id])
    if not rows:
        raise NoSuchPurchase(f"there is no purchase {group_id}")
    orders: dict[int, MerchantReceipt] = {}
    for row in rows:
        order_id, merchant, status, total = row[9:13]
        own = orders.setdefault(order_id, MerchantReceipt(merchant, status, total, []))
        own.lines.append(ReceiptLine(*row[13:]))
    head = dict(zip(_HEAD, rows[0], strict=False))
    return Receipt(**head, orders=list(orders.values()))


_HEAD = (
    "number", "token", "placed_at", "currency", "items_total", "delivery_fee", "grand_total", "window_start",
    "window_end",
)  # fmt: skip
_RECEIPT = """
select g.number, g.token, g.placed_at, g.currency, g.items_total, g.delivery_fee, g.grand_total, g.window_start,
  g.window_end, o.id, m.name, o.status, o.items_total, l.id, l.title, l.quantity, l.unit_price, l.discount, l.total
from orders_ordergroup g join orders_order o on o.group_id = g.id
  join merchants_merchant m on m.id = o.merchant_id join orders_orderline l on l.order_id = o.id
where g.id = %s order by o.id, l.id
"""
