"""How long `hansa check` takes on a shop that has sold much: every promise, and the slowest of them.

A few purchases are made as buyers make them (paid, sent in parts, brought, called off and given back, each of two
merchants), and then copied with everything that belongs to them. Runs on a throwaway database.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks.cluster import cluster
from benchmarks.meter import Meter

ORDERS = 30_000
SLOWEST = 5
COPIED = [
    "orders.OrderGroup",
    "orders.Order",
    "orders.OrderLine",
    "orders.OrderStatusChange",
    "orders.Fulfilment",
    "orders.FulfilmentLine",
    "orders.LineRefund",
    "payments.Payment",
    "payments.Refund",
    "payments.SandboxCharge",
    "ledger.JournalEntry",
    "ledger.LedgerEntry",
    "stock.Reservation",
    "stock.StockMovement",
    "commission.CommissionLine",
    "delivery.Shipment",
    "delivery.ShipmentPart",
    "delivery.TrackingEvent",
    "checkout.Cart",
    "checkout.CartLine",
    "foundation.OutboxEvent",
    "foundation.Effect",
    "foundation.IdempotencyRecord",
]
NAMED = {"number", "reference", "idempotency_key", "key"}
TOLD = ("group_id", "order_id", "payment_id", "refund_id")


def run(*, seed: int) -> dict[str, Any]:
    """Measure; the seed is not needed, since nothing is left to chance."""
    with cluster("hansa-bench-") as url:
        return _measure(Meter(url))


def _measure(meter: Meter) -> dict[str, Any]:
    from hansa.cli import runtime

    runtime.with_django()
    runtime.migrate()
    from hansa.foundation import invariants

    start = time.perf_counter()
    sizes = _sell()
    filled = time.perf_counter() - start
    took: dict[str, float] = {}
    broken = []
    began, last = meter.read(), time.perf_counter()
    for finding in invariants.check():
        took[finding.invariant.name], last = time.perf_counter() - last, time.perf_counter()
        if not finding.holds:
            broken.append((finding.invariant.name, finding.examples))
    spent = meter.read().since(began)
    slowest = sorted(took, key=lambda name: -took[name])[:SLOWEST]
    return {
        **sizes,
        "seconds_to_fill": round(filled, 1),
        "promises": len(took),
        "check_seconds": round(spent.wall, 2),
        "check_cpu_seconds": round(spent.cpu, 2),
        "slowest_seconds": {name: round(took[name], 2) for name in slowest},
        "broken_promises": broken,
    }


def _sell() -> dict[str, int]:
    """Make the purchases and copy them; answers how much there is."""
    from django.apps import apps
    from django.db import connections, transaction

    from hansa.foundation.database_roles import OWNER

    _make_patterns()
    models = [apps.get_model(name) for name in COPIED]
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute(_WITHOUT_DEFENCES)
        cursor.execute("select count(*) from orders_order")
        copies = ORDERS // cursor.fetchone()[0] - 1
        cursor.execute(
            f"select {' + '.join(f'(select coalesce(max(id), 0) from {each._meta.db_table})' for each in models)}"
        )
        step = cursor.fetchone()[0]
        for model in models:
            cursor.execute(_copy(model, set(models), step, copies))
        cursor.execute(_COUNT_STOCK)
    with connections[OWNER].cursor() as cursor:
        cursor.execute("vacuum analyze")
        cursor.execute(
            "select (select count(*) from orders_order), (select count(*) from ledger_ledgerentry),"
            " (select count(*) from outbox_event)"
        )
        return dict(zip(("orders", "ledger_entries", "events"), cursor.fetchone(), strict=True))


def _make_patterns() -> None:
    from hansa.commerce.orders import cancelling, fulfilment
    from hansa.commerce.orders.models import OrderLine
    from hansa.config.subscriptions import SUBSCRIPTIONS
    from hansa.foundation import outbox, tenancy
    from tests.factories import NOON, a_listing, a_merchant, a_shop, a_shopper

    shop = a_shop(stock={"tea": 1_000_000, "mug": 1_000_000}, prices={"tea": 500, "mug": 900})
    ada, _ = a_merchant(shop.platform, "ada")
    shop.listings["salt"] = a_listing(shop.platform, ada, shop.centre, "salt", price=300, stock=1_000_000)
    bought = [shop.buy(a_shopper(f"buyer{n}"), [("tea", 2), ("mug", 1), ("salt", 1)]) for n in range(5)]
    _, in_parts, brought, called_off, less = bought
    said = {"reason": "no", "actor_name": "alia", "now": NOON}
    with tenancy.as_platform(shop.platform.pk):
        tea = OrderLine.objects.get(order__group=in_parts, title="Tea")
        fulfilment.fulfil(order_id=tea.order_id, units={tea.pk: 1}, reference="1", actor_name="bo", now=NOON)
        fulfilment.ship_rest(group_id=brought.pk, actor_name="dag", now=NOON)
        fulfilment.deliver_all(group_id=brought.pk, actor_name="dag", now=NOON)
        cancelling.cancel_all(group_id=called_off.pk, **said)
        tea = OrderLine.objects.get(order__group=less, title="Tea")
        cancelling.cancel_units(group_id=less.pk, units={tea.pk: 1}, key="one", **said)
    outbox.drain(SUBSCRIPTIONS)


def _copy(model: Any, copied: set[Any], step: int, copies: int) -> str:
    """The statement that copies all rows of a table, each copy under keys and names of its own."""
    columns, values = [], []
    for field in model._meta.concrete_fields:
        if field.generated:
            continue
        columns.append(f'"{field.column}"')
        values.append(_copied(field, copied, step))
    where = " where reason <> 'opening'" if model._meta.label == "stock.StockMovement" else ""
    return (
        f"insert into {model._meta.db_table} ({', '.join(columns)}) select {', '.join(values)}"
        f" from (select * from {model._meta.db_table}{where}) t cross join generate_series(1, {copies}) n"
    )


def _copied(field: Any, copied: set[Any], step: int) -> str:
    column = f't."{field.column}"'
    if field.primary_key or (field.is_relation and field.remote_field.model in copied):
        return f"{column} + n * {step}"
    if field.column == "provider_ref":
        return _unless_empty(column, f"{column} || '-' || n")
    if field.column in NAMED:
        renumbered = f"regexp_replace({column}, '([A-Z]-[A-Z0-9]+)', '\\1x' || n)"
        return _unless_empty(column, f"coalesce(nullif({renumbered}, {column}), {column} || '-' || n)")
    if field.column == "payload":
        moved = [
            f"case when {column} ? '{key}' then jsonb_build_object('{key}', ({column} ->> '{key}')::bigint + n * {step})"
            " else '{}' end"
            for key in TOLD
        ]
        return f"{column} || {' || '.join(moved)}"
    return column


def _unless_empty(column: str, text: str) -> str:
    return f"case when {column} = '' then '' else {text} end"


_WITHOUT_DEFENCES = """
do $$ declare found record; begin
  for found in select conrelid::regclass as place, conname from pg_constraint
      where connamespace = current_schema()::regnamespace and contype = 'f' loop
    execute format('alter table %s drop constraint %I', found.place, found.conname);
  end loop;
  for found in select distinct t.tgrelid::regclass as place from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where c.relnamespace = current_schema()::regnamespace and not t.tgisinternal loop
    execute format('alter table %s disable trigger user', found.place);
  end loop;
end $$
"""
_COUNT_STOCK = """
update stock_stocklevel l set allocated = coalesce((
    select sum(quantity) from stock_reservation r where r.level_id = l.id and r.state = 'allocated'), 0),
  on_hand = (select sum(quantity) from stock_stockmovement m where m.level_id = l.id)
"""
