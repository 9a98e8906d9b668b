"""Prices as they stand now: price lists and listings, the promotions that run, and the tax."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hansa.commerce.catalogue.models import Listing
from hansa.commerce.pricing.domain import PriceTag, Quote, WantedLine, price_of, quote_total
from hansa.commerce.pricing.domain.tax import RateTable, Rounding, TaxPort, TaxRules
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions.domain import Kind, Rule
from hansa.commerce.promotions.models import Coupon
from hansa.foundation import statements
from hansa.foundation.statements import Later, Rows
from hansa.kernel.errors import InvalidInput, NotFound

TAXES: TaxPort = RateTable()
NO_CURRENCY = "USD"  # of the empty basket, which costs nothing in any

_LISTINGS = """
  with a as materialized (
    select %s::smallint platform, %s::timestamptz now, %s::bigint buyer, nullif(%s::text, '') country, %s::bigint[] listings
  )
  select l.id, l.offer_id, l.merchant_id, l.title, l.price, l.currency,
         coalesce(own.tax_class, above.tax_class, 'standard'), coalesce(a.country, s.country),
         s.prices_include_tax, s.rounding,
         p.id, p.priority, p.price, p.currency, p.min_quantity, p.group_id, l.category_id, c.parent_id
  from a
    join catalogue_listing l on l.platform_id = a.platform and l.is_active and l.id = any(a.listings)
    left join pricing_taxsettings s on s.platform_id = l.platform_id
    left join catalogue_category c on c.id = l.category_id
    left join pricing_categorytax own
      on own.platform_id = s.platform_id and own.category_id = c.id and own.country = coalesce(a.country, s.country)
    left join pricing_categorytax above
      on above.platform_id = s.platform_id and above.category_id = c.parent_id
        and above.country = coalesce(a.country, s.country)
    left join lateral (
      select pl.id, pl.priority, lp.price, pl.currency, lp.min_quantity, pl.group_id
      from pricing_listprice lp join pricing_pricelist pl on pl.id = lp.price_list_id
      where lp.listing_id = l.id and coalesce(pl.starts_at <= a.now, true) and coalesce(pl.ends_at > a.now, true)
        and (pl.group_id is null or exists (
          select from pricing_groupedbuyer b where b.group_id = pl.group_id and b.buyer_id = a.buyer))
    ) p on true
  order by l.id
"""


@dataclass(frozen=True)
class Deal:
    """What one unit of a good costs now, why, who pays the difference, and how long it lasts.

    ``rule`` is the promotion that makes the price, or else the first that would from more units on.
    """

    price: int
    list_price: int
    rule: Rule | None = None
    ends_at: datetime | None = None
    flash_left: int | None = None
    flash_stock: int | None = None

    @property
    def percent_off(self) -> int:
        """Whole per cent off, rounded down."""
        return (self.list_price - self.price) * 100 // self.list_price


def deals(*, platform_id: int, listings: Sequence[Listing], now: datetime) -> dict[int, Deal]:
    """What each listing costs now without a coupon, by listing id, in one round trip."""
    listing_ids = [listing.pk for listing in listings]
    with statements.together():
        priced = _rows(platform_id, listing_ids, now, None)
        rules = promotions.running(platform_id=platform_id, listing_ids=listing_ids, now=now)
    (heads, tags), running = priced.value, rules.value
    found = {listing.pk: Deal(listing.price, listing.price) for listing in listings}
    for pk, head in heads.items():
        found[pk] = _deal(_line(head, tags.get(pk, ()), 1, head[5]), running)
    return found


@dataclass(frozen=True)
class Basket:
    """What is to be priced: listing id to quantity on one platform as of a moment, and for whom.

    ``currency`` is the listings' own unless said; ``buyer_id`` opens the prices of the buyer's groups and counts
    what they hold of a flash sale; ``country`` is where it goes, the platform's own unless said. Without
    ``with_flash_sales`` those of short stock and a share for each person are left out.
    """

    platform_id: int
    wanted: Mapping[int, int]
    now: datetime
    coupon: Coupon | None = None
    with_delivery: bool = True
    currency: str = ""
    buyer_id: int | None = None
    group_promotion_id: int | None = None
    country: str = ""
    with_flash_sales: bool = True


def quote(basket: Basket) -> Quote:
    """Price a basket in one round trip.

    Refuses listings that are not for sale there and baskets of several currencies.
    """
    with statements.together():
        read = send_for_quote(basket)
    return read()


def quote_for_partner(*, platform_id: int, wanted: Mapping[int, int], now: datetime) -> Quote:
    """Price goods that another platform sells; without flash sales, whose stock is shared out to people we know."""
    return quote(
        Basket(platform_id=platform_id, wanted=wanted, now=now, with_delivery=False, with_flash_sales=False)
    )


def send_for_quote(basket: Basket) -> Callable[[], Quote]:
    """Ask for all that a quote needs, together with what the caller sends; answers how to read it afterwards."""
    if not basket.wanted:
        return lambda: quote_total(
            [], currency=basket.currency or NO_CURRENCY, with_delivery=basket.with_delivery
        )
    priced = _rows(basket.platform_id, basket.wanted, basket.now, basket.buyer_id, basket.country)
    rules = promotions.running(
        platform_id=basket.platform_id,
        listing_ids=basket.wanted,
        now=basket.now,
        coupon=basket.coupon,
        group_promotion_id=basket.group_promotion_id,
        buyer_id=basket.buyer_id,
    )
    return lambda: _quoted(
        basket,
        priced.value,
        [each.rule for each in rules.value if basket.with_flash_sales or each.rule.kind is not Kind.FLASH],
    )


def _quoted(basket: Basket, priced: tuple[_Heads, _Tags], rules: list[Rule]) -> Quote:
    found = _priced(*priced, basket.wanted, basket.currency)
    tax = found.tax
    return quote_total(
        found.lines,
        currency=found.currency,
        rules=rules,
        with_delivery=basket.with_delivery,
        tax=tax,
        rates=TAXES.rates(country=tax.country, on=basket.now.date()) if tax else None,
    )


_Heads = dict[int, tuple[Any, ...]]
_Tags = dict[int, list[PriceTag]]


@dataclass(frozen=True)
class _Priced:
    lines: list[WantedLine]
    currency: str
    tax: TaxRules | None


def _rows(
    platform_id: int, listing_ids: Collection[int], now: datetime, buyer_id: int | None, country: str = ""
) -> Later[tuple[_Heads, _Tags]]:
    values = [platform_id, now, buyer_id, country, list(listing_ids)]
    return statements.send(_LISTINGS, values, _heads_and_tags)


def _heads_and_tags(rows: Rows) -> tuple[_Heads, _Tags]:
    heads: _Heads = {}
    tags: _Tags = {}
    for row in rows:
        heads[row[0]] = row
        if row[10] is not None:
            tag = PriceTag(row[10], row[11], row[12], row[13], row[14], row[15] is not None)
            tags.setdefault(row[0], []).append(tag)
    return heads, tags


def _priced(heads: _Heads, tags: _Tags, wanted: Mapping[int, int], currency: str) -> _Priced:
    missing = wanted.keys() - heads.keys()
    if missing:
        raise NotFound(f"not for sale here: {', '.join(map(str, sorted(missing)))}")
    currencies = {currency} if currency else {head[5] for head in heads.values()}
    if len(currencies) > 1:
        raise InvalidInput(f"one basket takes one currency, not {', '.join(sorted(currencies))}")
    asked = currencies.pop()
    lines = [_line(head, tags.get(pk, ()), wanted[pk], asked) for pk, head in heads.items()]
    where, included, rounding = next(iter(heads.values()))[7:10]
    return _Priced(lines, asked, TaxRules(where, included, Rounding(rounding)) if rounding else None)


def _line(head: tuple[Any, ...], tags: Sequence[PriceTag], quantity: int, currency: str) -> WantedLine:
    unit_price = price_of(tags, quantity=quantity, currency=currency, own_price=head[4], own_currency=head[5])
    if unit_price is None:
        raise InvalidInput(f"{head[3]} has no price in {currency}")
    return WantedLine(
        listing_id=head[0],
        offer_id=head[1],
        merchant_id=head[2],
        title=head[3],
        quantity=quantity,
        unit_price=unit_price,
        list_price=head[4] if head[5] == currency else unit_price,
        tax_class=head[6],
        category_ids=tuple(category for category in head[16:18] if category is not None),
    )


def _deal(line: WantedLine, running: Sequence[promotions.Running]) -> Deal:
    own = [each for each in running if each.rule.reaches(line.offer_id, line.merchant_id)]
    quoted = quote_total(
        [line], currency=NO_CURRENCY, rules=[each.rule for each in own], with_delivery=False
    ).lines[0]
    made = {each.promotion_id for each in quoted.applied}
    shown = sorted(
        own, key=lambda each: (each.rule.promotion_id not in made, each.rule.priority, each.rule.promotion_id)
    )
    if not shown:
        return Deal(quoted.total, max(line.list_price, line.unit_price))
    first = shown[0]
    is_flash = first.rule.kind is Kind.FLASH
    return Deal(
        quoted.total,
        max(line.list_price, line.unit_price),
        first.rule,
        first.ends_at,
        first.rule.left.get(line.offer_id) if is_flash else None,
        first.flash_stock.get(line.offer_id) if is_flash else None,
    )
