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
    tax: int


@dataclass(frozen=True)
class MerchantReceipt:
    """One merchant's part."""

    merchant: str
    status: str
    total: int
    lines: list[ReceiptLine]


@dataclass(frozen=True)
class Receipt:
    """A purchase; ``token`` opens a guest's page. Tax is contained in the prices, or was added to them: never both."""

    number: str
    token: str
    placed_at: datetime
    currency: str
    items_total: int
    delivery_fee: int
    tax_added: int
    tax_included: int
    grand_total: int
    tendered: int
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
        order_id, merchant, status, total = row[len(_HEAD) : len(_HEAD) + 4]
        own = orders.setdefault(order_id, MerchantReceipt(merchant, status, total, []))
        own.lines.append(ReceiptLine(*row[len(_HEAD) + 4 :]))
    head = dict(zip(_HEAD, rows[0], strict=False))
    return Receipt(**head, orders=list(orders.values()))


_HEAD = (
    "number", "token", "placed_at", "currency", "items_total", "delivery_fee", "tax_added", "tax_included",
    "grand_total", "tendered", "window_start", "window_end",
)  # fmt: skip
_RECEIPT = """
select g.number, g.token, g.placed_at, g.currency, g.items_total, g.delivery_fee, g.tax_added,
  case g.tax_added when 0 then (g.delivery_tax + sum(l.tax) over ())::bigint else 0 end, g.grand_total,
  g.tendered, g.window_start, g.window_end, o.id, m.name, o.status, o.items_total, l.id, l.title, l.quantity, l.unit_price,
  l.discount, l.total, l.tax
from orders_ordergroup g join orders_order o on o.group_id = g.id
  join merchants_merchant m on m.id = o.merchant_id join orders_orderline l on l.order_id = o.id
where g.id = %s order by o.id, l.id
"""
