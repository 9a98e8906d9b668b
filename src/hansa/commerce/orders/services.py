"""Making orders and moving them along. Each step is legal by `domain`, logged, and told to the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby

from django.db import DEFAULT_DB_ALIAS, transaction

from hansa.commerce.commission import services as commission
from hansa.commerce.commission.domain import Charge, Line, Rule, commission_of
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.services import Leg
from hansa.commerce.ledger.templates import Share
from hansa.commerce.orders import domain
from hansa.commerce.orders.domain import IllegalStep, OrderStatus, Step
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.events import PurchaseCancelled
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine, OrderStatusChange
from hansa.commerce.payments import services as payments
from hansa.commerce.pricing.domain import Quote, QuotedLine
from hansa.commerce.promotions import services as promotions
from hansa.commerce.stock import services as stock
from hansa.commerce.wallets import services as wallets
from hansa.foundation import outbox, statements
from hansa.foundation.statements import Later, Rows
from hansa.kernel import ids


@dataclass(frozen=True)
class Destination:
    """Where a purchase goes, copied from an address so that later changes do not reach it."""

    recipient: str
    street: str
    city: str
    postal_code: str
    country: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Purchase:
    """A purchase that is written down, as the money side needs it."""

    id: int
    platform_id: int
    number: str
    currency: str
    shares: list[Share]
    delivery_fee: int
    tax_added: int
    tendered: int = 0

    def legs(self) -> list[Leg]:
        """What its payment does to the books."""
        return templates.capture(
            self.shares, delivery_fee=self.delivery_fee, tendered=self.tendered, tax=self.tax_added
        )


@dataclass(frozen=True)
class NewPurchase:
    """All that makes a purchase, beside its quote; ``commission_bp`` holds where none of the rules fits."""

    platform_id: int
    outlet_id: int
    destination: Destination
    window_start: datetime
    window_end: datetime
    commission_bp: int
    commission_rules: Sequence[Rule] = ()
    buyer_id: int | None = None
    email: str = ""
    source: OrderGroup.Source = OrderGroup.Source.SHOP
    sold_by_id: int | None = None
    number: str = field(default_factory=lambda: ids.readable_number("H"))
    token: str = field(default_factory=ids.token)


def create_purchase(*, new: NewPurchase, quote: Quote, actor_name: str, now: datetime) -> Later[Purchase]:
    """Write down a purchase and its order for each merchant, with prices and commission frozen.

    One statement, in the caller's transaction.
    """
    lines = sorted(quote.lines, key=lambda line: (line.wanted.merchant_id, line.wanted.listing_id))
    charges = _charges(lines, new, now)
    shares = _shares(lines, charges)
    return statements.send(
        _CREATE,
        {
            **asdict(new.destination),
            "platform": new.platform_id,
            "number": new.number,
            "token": new.token,
            "source": new.source.value,
            "buyer": new.buyer_id,
            "sold_by": new.sold_by_id,
            "email": new.email,
            "outlet": new.outlet_id,
            "currency": quote.currency,
            "items_total": quote.items_total,
            "delivery_fee": quote.delivery_fee,
            "tax_added": quote.tax_added,
            "delivery_tax": quote.delivery_tax,
            "grand_total": quote.grand_total,
            "window_start": new.window_start,
            "window_end": new.window_end,
            "now": now,
            "said": now.isoformat(),
            "actor": actor_name[:80],
            "merchants": [share.merchant_id for share in shares],
            "paid": [share.paid for share in shares],
            "commissions": [share.commission for share in shares],
            "commission_taxes": [share.tax_on_commission for share in shares],
            "platform_discounts": [share.platform_discount for share in shares],
            "line_merchants": [line.wanted.merchant_id for line in lines],
            "offers": [line.wanted.offer_id for line in lines],
            "titles": [line.wanted.title for line in lines],
            "quantities": [line.wanted.quantity for line in lines],
            "unit_prices": [line.wanted.unit_price for line in lines],
            "discounts": [line.discount for line in lines],
            "line_platform_discounts": [line.platform_discount for line in lines],
            "totals": [line.total for line in lines],
            "taxes": [line.tax for line in lines],
            "line_rules": [charge.rule_id for charge in charges],
            "line_bases": [charge.base for charge in charges],
            "line_commissions": [charge.commission for charge in charges],
            "line_commission_taxes": [charge.tax for charge in charges],
        },
        lambda rows: Purchase(
            rows[0][0],
            new.platform_id,
            new.number,
            quote.currency,
            shares,
            quote.delivery_fee,
            quote.tax_added,
        ),
    )


def note_tendered(*, group_id: int, amount: int) -> None:
    """Write down how much of a purchase was paid from gift cards, credit and points."""
    OrderGroup.objects.filter(pk=group_id).update(tendered=amount)


def purchase_of(group_id: int) -> Purchase:
    """A purchase that was written down earlier, as the money side needs it."""
    return _as_written(OrderGroup.objects.get(pk=group_id))


def purchase_numbered(number: str) -> Purchase:
    """The same by its number."""
    return _as_written(OrderGroup.objects.get(number=number))


def _as_written(group: OrderGroup) -> Purchase:
    orders = list(Order.objects.filter(group=group).order_by("pk"))
    return _purchase(group, orders)


def _purchase(group: OrderGroup, orders: list[Order]) -> Purchase:
    return Purchase(
        group.pk,
        group.platform_id,
        group.number,
        group.currency,
        shares_of(orders),
        group.delivery_fee,
        group.tax_added,
        group.tendered,
    )


def find_group(group_id: int) -> Later[OrderGroup]:
    """A purchase as it stands when the statements before have been run."""
    names = [field.attname for field in OrderGroup._meta.concrete_fields]

    def read(rows: Rows) -> OrderGroup:
        if not rows:
            raise NoSuchPurchase(f"there is no purchase {group_id}")
        return OrderGroup.from_db(DEFAULT_DB_ALIAS, names, rows[0])

    return statements.send(
        f"select {', '.join(names)} from orders_ordergroup where id = %s",  # noqa: S608  # our own names
        [group_id],
        read,
    )


@transaction.atomic(savepoint=False)
def mark_paid(*, purchase: Purchase, now: datetime) -> None:
    """Move a purchase's orders on to paid and make its stock firm; doing it again changes nothing.

    Refuses with IllegalStep a purchase that was cancelled meanwhile.
    """
    statements.send(
        _PAY,
        {"group": purchase.id, "now": now, "said": now.isoformat()},
        lambda moved: None if moved else _refuse_to_pay_again(purchase.id),
    )
    stock.allocate(reference=purchase.number)


@transaction.atomic
def cancel_unpaid(*, group_id: int, reason: str, actor_name: str, now: datetime) -> None:
    """Cancel a purchase that was not paid, giving back its stock, coupons, places and accounts.

    Refuses with IllegalStep one that was paid: `cancelling.cancel_all` gives its money back. Again changes nothing.
    """
    group, orders = _locked(group_id)
    if all(order.status == OrderStatus.CANCELLED for order in orders):
        return
    for order in orders:
        if order.status != OrderStatus.PLACED:
            raise IllegalStep(f"an order that is {order.status} cannot cancel")
    _step(orders, Step.CANCEL, actor_name=actor_name, now=now)
    keep_nothing(group=group, now=now)
    promotions.release_coupons(reference=group.number)  # in the order in which a checkout takes them
    stock.release(reference=group.number)
    promotions.release_places(reference=group.number)
    payments.let_go(reference=group.number, reason=reason, now=now)
    if group.tendered:
        wallets.give_back(reference=group.number, now=now)
    outbox.record(
        PurchaseCancelled(
            platform_id=group.platform_id,
            group_id=group.pk,
            was_paid=False,
            reason=reason,
            at=now.isoformat(),
        )
    )


def keep_nothing(*, group: OrderGroup, now: datetime) -> None:
    """Take back what was kept of a purchase that is called off as a whole; its money is another's to move."""
    lines = OrderLine.objects.filter(order__group=group, is_void=False).order_by("pk")
    commission.take_back(
        reference=f"{group.number}-cancel",
        order_lines=[line.pk for line in lines],
        paid=[line.total - line.refunded if line.total else line.platform_discount for line in lines],
        now=now,
    )


def shares_of(orders: list[Order]) -> list[Share]:
    """Each merchant's part of a purchase, as the ledger posts it."""
    return [
        Share(
            order.merchant_id,
            order.items_total,
            order.platform_discount,
            order.commission,
            order.commission_tax,
        )
        for order in orders
    ]


def _charges(lines: list[QuotedLine], new: NewPurchase, now: datetime) -> list[Charge]:
    """What is kept of each line, by the rules that hold now; it is frozen with the purchase."""
    sold = [
        Line(
            merchant_id=line.wanted.merchant_id,
            category_ids=line.wanted.category_ids,
            unit_price=line.wanted.unit_price,
            quantity=line.wanted.quantity,
            base=line.total + line.platform_discount,
        )
        for line in lines
    ]
    return commission_of(sold, new.commission_rules, now, default_bp=new.commission_bp)


def _shares(lines: list[QuotedLine], charges: list[Charge]) -> list[Share]:
    """Each merchant's part of the lines, which come sorted by merchant, with what is kept of them."""
    shares = []
    charged = zip(lines, charges, strict=True)
    for merchant_id, own in groupby(charged, key=lambda pair: pair[0].wanted.merchant_id):
        theirs = list(own)
        shares.append(
            Share(
                merchant_id,
                sum(line.total for line, _ in theirs),
                sum(line.platform_discount for line, _ in theirs),
                sum(charge.commission for _, charge in theirs),
                sum(charge.tax for _, charge in theirs),
            )
        )
    return shares


def _refuse_to_pay_again(group_id: int) -> None:
    """Say why no order could be moved on; nothing is wrong where it was paid before."""
    _, orders = _locked(group_id)
    for order in orders:
        if order.status == OrderStatus.CANCELLED:
            domain.status_after(order.status, Step.PAY)


def _locked(group_id: int) -> tuple[OrderGroup, list[Order]]:
    group = OrderGroup.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise NoSuchPurchase(f"there is no purchase {group_id}")
    return group, list(Order.objects.select_for_update().filter(group=group).order_by("pk"))


def _step(orders: list[Order], step: Step, *, actor_name: str, now: datetime) -> None:
    old = orders[0].status
    new = domain.status_after(old, step)
    for order in orders:
        order.status = domain.status_after(order.status, step)
    Order.objects.bulk_update(orders, ["status"])
    _log(orders, old=old, new=new, actor_name=actor_name, now=now)


def _log(orders: list[Order], *, old: str, new: OrderStatus, actor_name: str, now: datetime) -> None:
    OrderStatusChange.objects.bulk_create(
        OrderStatusChange(
            platform_id=order.platform_id, order=order, old=old, new=new, actor=actor_name[:80], at=now
        )
        for order in orders
    )


_CREATE = """
with purchase as (
  insert into orders_ordergroup (
    platform_id, number, token, source, buyer_id, sold_by_id, email, outlet_id, currency, items_total,
    delivery_fee, tax_added, delivery_tax, grand_total, recipient, street, city, postal_code, country, latitude, longitude,
    window_start, window_end, placed_at
  ) values (
    %(platform)s, %(number)s, %(token)s, %(source)s, %(buyer)s, %(sold_by)s, %(email)s, %(outlet)s,
    %(currency)s, %(items_total)s, %(delivery_fee)s, %(tax_added)s, %(delivery_tax)s, %(grand_total)s, %(recipient)s, %(street)s, %(city)s,
    %(postal_code)s, %(country)s, %(latitude)s, %(longitude)s, %(window_start)s, %(window_end)s, %(now)s
  ) returning id
), parts as (
  insert into orders_order (
    platform_id, group_id, merchant_id, status, currency, items_total, commission, commission_tax, platform_discount,
    placed_at
  )
  select %(platform)s, purchase.id, m.merchant, 'placed', %(currency)s, m.paid, m.commission, m.tax, m.discount, %(now)s
  from purchase, unnest(
    %(merchants)s::bigint[], %(paid)s::bigint[], %(commissions)s::bigint[], %(commission_taxes)s::bigint[],
    %(platform_discounts)s::bigint[]
  ) as m (merchant, paid, commission, tax, discount)
  returning id, merchant_id
), lines as (
  insert into orders_orderline (
    platform_id, order_id, offer_id, buyer_id, title, quantity, is_void, unit_price, discount,
    platform_discount, total, tax, placed_at
  )
  select %(platform)s, parts.id, l.offer, %(buyer)s, l.title, l.quantity, false, l.unit_price, l.discount,
    l.platform_discount, l.total, l.tax, %(now)s
  from unnest(
    %(line_merchants)s::bigint[], %(offers)s::bigint[], %(titles)s::text[], %(quantities)s::int[],
    %(unit_prices)s::bigint[], %(discounts)s::bigint[], %(line_platform_discounts)s::bigint[], %(totals)s::bigint[],
    %(taxes)s::bigint[]
  ) as l (merchant, offer, title, quantity, unit_price, discount, platform_discount, total, tax)
  join parts on parts.merchant_id = l.merchant
  returning id, offer_id
), kept as (
  insert into commission_commissionline (platform_id, order_line_id, rule_id, reference, base, commission, tax, at)
  select %(platform)s, lines.id, k.rule, '', k.base, k.commission, k.tax, %(now)s
  from lines join unnest(
    %(offers)s::bigint[], %(line_rules)s::bigint[], %(line_bases)s::bigint[], %(line_commissions)s::bigint[],
    %(line_commission_taxes)s::bigint[]
  ) as k (offer, rule, base, commission, tax) on k.offer = lines.offer_id  -- an offer is sold once in a purchase
), logged as (
  insert into orders_orderstatuschange (platform_id, order_id, old, new, actor, at)
  select %(platform)s, id, '', 'placed', %(actor)s, %(now)s from parts
), told as (
  insert into outbox_event (platform_id, kind, payload, recorded_at, not_before, attempts, parked_reason)
  select %(platform)s, 'PurchasePlaced',
    jsonb_build_object('platform_id', %(platform)s::bigint, 'group_id', id, 'at', %(said)s::text),
    now(), now(), 0, ''
  from purchase
)
select id from purchase
"""

_PAY = """
with purchase as (
  select id, platform_id, number, currency, buyer_id, sold_by_id from orders_ordergroup
  where id = %(group)s for no key update
), locked as (
  select o.id, o.merchant_id from orders_order o join purchase on purchase.id = o.group_id
  where o.status = 'placed' order by o.id for no key update of o
), moved as (
  update orders_order o set status = 'paid' from locked where o.id = locked.id
), logged as (
  insert into orders_orderstatuschange (platform_id, order_id, old, new, actor, at)
  select platform_id, locked.id, 'placed', 'paid', 'payment', %(now)s from locked, purchase
), facts as (
  select jsonb_agg(jsonb_build_object(
    'offer_id', l.offer_id, 'merchant_id', o.merchant_id, 'product_id', v.product_id, 'quantity', l.quantity,
    'total', l.total) order by l.id) as lines
  from locked o join orders_orderline l on l.order_id = o.id
    join catalogue_offer f on f.id = l.offer_id join catalogue_variant v on v.id = f.variant_id
), told as (
  insert into outbox_event (platform_id, kind, payload, recorded_at, not_before, attempts, parked_reason)
  select p.platform_id, 'PurchasePaid', jsonb_build_object(
      'platform_id', p.platform_id, 'group_id', p.id, 'buyer_id', p.buyer_id, 'sold_by_id', p.sold_by_id,
      'currency', p.currency, 'lines', facts.lines, 'at', %(said)s::text),
    now(), now(), 0, ''
  from purchase p, facts where facts.lines is not null
)
select id from locked
"""
