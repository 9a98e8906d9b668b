"""Which of several prices holds: by currency, group of buyers, quantity and time, falling back to the listing's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceTag:
    """A price on a price list that runs and is open to this buyer, from so many units on."""

    list_id: int
    priority: int
    price: int
    currency: str
    min_quantity: int = 1
    for_group: bool = False


def price_of(
    tags: Iterable[PriceTag], *, quantity: int, currency: str, own_price: int, own_currency: str
) -> int | None:
    """The price of one unit in the wanted currency, or None where there is none.

    The list with the smallest priority number decides; on a tie one for the buyer's group before one for everybody,
    then the largest quantity step that is reached, then the lower price, then the older list. Without any, the
    listing's own price holds where its currency is the wanted one. Nothing is ever converted.
    """
    best = min(
        (tag for tag in tags if tag.currency == currency and tag.min_quantity <= quantity),
        key=lambda tag: (tag.priority, not tag.for_group, -tag.min_quantity, tag.price, tag.list_id),
        default=None,
    )
    if best is not None:
        return best.price
    return own_price if own_currency == currency else None
