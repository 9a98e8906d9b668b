"""A quote of ours in the protocol's words: line items, totals that add up, and the discounts behind them. Pure.

Every discount on goods is an item discount with its share of each line; one on delivery is a discount of its own.
"""

from __future__ import annotations

from typing import Any

from hansa.commerce.pricing.domain import Quote, QuotedLine

Entry = dict[str, Any]


def item_id(listing_id: int) -> str:
    """How a listing is named outside: a variant."""
    return f"v{listing_id}"


def line_id(listing_id: int) -> str:
    return f"li_{listing_id}"


def line_items(quote: Quote) -> list[Entry]:
    """The lines with what each costs."""
    return [_line(line) for line in quote.lines]


def totals(quote: Quote) -> list[Entry]:
    """Subtotal, discounts, delivery, tax on top, total: the entries before the last add up to it."""
    off_delivery = sum(each.amount for each in quote.delivery_discounts)
    entries = [_total("subtotal", sum(_before(line) for line in quote.lines))]
    entries += _if_any("items_discount", -sum(line.discount for line in quote.lines))
    entries += _if_any("discount", -off_delivery)
    entries.append(_total("fulfillment", quote.delivery_fee + off_delivery))
    entries += _if_any("tax", quote.tax_added)
    return [*entries, _total("total", quote.grand_total)]


def applied(quote: Quote, *, code: str) -> list[Entry]:
    """Every discount at work, the code's own first; those without a code come by themselves."""
    found: dict[int, Entry] = {}
    for place, line in enumerate(quote.lines):
        for each in line.applied:
            own = found.setdefault(each.promotion_id, _discount(each.name, code if each.needs_coupon else ""))
            own["amount"] += each.amount
            own["allocations"].append({"path": f"$.line_items[{place}]", "amount": each.amount})
    for each in quote.delivery_discounts:
        own = _discount(each.name, code if each.needs_coupon else "") | {"amount": each.amount}
        del own["allocations"]
        found[-each.promotion_id] = own
    return sorted(found.values(), key=lambda entry: "code" not in entry)


def totals_of_purchase(*, before: int, discount: int, delivery_fee: int, grand_total: int) -> list[Entry]:
    """The totals of a purchase as it was agreed; ``before`` is what the goods cost before discounts."""
    entries = [_total("subtotal", before), *_if_any("items_discount", -discount)]
    entries.append(_total("fulfillment", delivery_fee))
    entries += _if_any("tax", grand_total - sum(entry["amount"] for entry in entries))
    return [*entries, _total("total", grand_total)]


def totals_of_line(quantity: int, unit_price: int, discount: int) -> list[Entry]:
    """What one line costs, before and after discounts."""
    before = quantity * unit_price
    return [
        _total("subtotal", before),
        *_if_any("items_discount", -discount),
        _total("total", before - discount),
    ]


def _line(line: QuotedLine) -> Entry:
    wanted = line.wanted
    return {
        "id": line_id(wanted.listing_id),
        "item": {"id": item_id(wanted.listing_id), "title": wanted.title, "price": wanted.unit_price},
        "quantity": wanted.quantity,
        "totals": totals_of_line(wanted.quantity, wanted.unit_price, line.discount),
    }


def _discount(title: str, code: str) -> Entry:
    who: Entry = {"code": code} if code else {"automatic": True}
    return {**who, "title": title, "amount": 0, "allocations": []}


def _before(line: QuotedLine) -> int:
    return line.wanted.quantity * line.wanted.unit_price


def _total(kind: str, amount: int) -> Entry:
    return {"type": kind, "amount": amount}


def _if_any(kind: str, amount: int) -> list[Entry]:
    return [_total(kind, amount)] if amount else []
