"""What placing an order costs: three lines of two merchants from a prepared cart, beside the least that SQL allows.

Orders are placed as the web server does it, by some processes of four threads, each as fast as it can; then all
want one good, then its last units. The least is a pgbench script that writes the same rows without asking
anything. Counts and CPU are what to compare; wall times depend on the machine.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.cluster import INK, StockedShop, cluster, let_go, stocked_shop
from benchmarks.meter import Meter, percentile

GOODS = 200
STOCK = 10_000_000
ALONE = 200
PROCESSES = 2
THREADS = 4
EACH = 250  # orders of a thread
UNITS = 100
LEAST_S = 10


@dataclass(frozen=True)
class Errand:
    """What one process of buyers does: the carts from the first on, divided between its threads."""

    shop: StockedShop
    kind: str
    first: int
    carts: int
    total: int
    begin_at: float


@dataclass(frozen=True)
class Bought:
    """When a process began and ended, the seconds of each order, and how many were refused."""

    began: float
    ended: float
    seconds: list[float]
    refused: int


def run(*, seed: int) -> dict[str, Any]:
    """Measure; the seed is not needed, since nothing is left to chance."""
    os.environ.setdefault("HANSA_DB_POOL", str(THREADS + 2))
    with cluster("hansa-bench-") as url:
        return _measure(url, Meter(url))


def _measure(url: str, meter: Meter) -> dict[str, Any]:
    shop = stocked_shop(goods=GOODS, stock=STOCK, rarities={"hot": STOCK, "rare": UNITS})
    from hansa.foundation import invariants

    alone = _alone(shop, meter, url)
    crowd = _crowd(shop, meter, "three", EACH * THREADS * PROCESSES)
    hot = _crowd(shop, meter, "hot", EACH * THREADS * PROCESSES)
    rush = _crowd(shop, meter, "rare", 4 * UNITS)
    broken = [finding.invariant.name for finding in invariants.check() if not finding.holds]
    let_go()
    least = _least(url)
    return {
        "alone": alone,
        "crowd": crowd,
        "one_hot_good": hot,
        "rush_for_the_last": rush | {"units": UNITS},
        "broken_promises": broken,
        "least_of_sql": least,
        "least_over_ours": round(least["orders_per_second"] / crowd["orders_per_second"], 1),
    }


def _alone(shop: StockedShop, meter: Meter, url: str) -> dict[str, Any]:
    """One buyer after the other: statements, round trips, bytes of log, CPU."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    total = _prepare(shop, "three", "warm", 20)
    for number in range(20):
        _place(shop, f"warm-three-{number}", total)
    _prepare(shop, "three", "count", 1)
    with _trips() as trips, CaptureQueriesContext(connection) as queries:
        _place(shop, "count-three-0", total)
    _prepare(shop, "three", "alone", ALONE)
    written, began, seconds = _written(url), meter.read(), []
    for number in range(ALONE):
        start = time.perf_counter()
        _place(shop, f"alone-three-{number}", total)
        seconds.append(time.perf_counter() - start)
    spent = meter.read().since(began)
    return {
        "statements": len(queries),
        "round_trips": trips[0],
        "wal_bytes": (_written(url) - written) // ALONE,
        "cpu_ms": round(1000 * spent.cpu / ALONE, 2),
        "of_which_database": round(1000 * spent.server / ALONE, 2),
        "p50_ms": round(1000 * statistics.median(seconds), 1),
        "p99_ms": round(1000 * percentile(seconds, 99), 1),
    }


def _crowd(shop: StockedShop, meter: Meter, kind: str, carts: int) -> dict[str, Any]:
    """Processes of buyers, all at once."""
    total = _prepare(shop, kind, "crowd", carts)
    let_go()
    each = carts // PROCESSES
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as processes:
        list(processes.map(_get_ready, range(PROCESSES)))
        began = meter.read()
        errands = [
            Errand(shop, kind, number * each, each, total, time.time() + 1) for number in range(PROCESSES)
        ]
        done = list(processes.map(_buy, errands))
        server = meter.read().since(began).server
    seconds = [each for bought in done for each in bought.seconds]
    wall = max(bought.ended for bought in done) - min(bought.began for bought in done)
    return {
        "orders": len(seconds),
        "refused": sum(bought.refused for bought in done),
        "orders_per_second": round(len(seconds) / wall, 1),
        "p50_ms": round(1000 * statistics.median(seconds), 1),
        "p99_ms": round(1000 * percentile(seconds, 99), 1),
        "database_cpu_ms": round(1000 * server / carts, 2),
    }


def _get_ready(number: int) -> int:
    """Load the program in a process of buyers, so that this is not measured."""
    from hansa.cli import runtime

    runtime.with_django()
    from hansa.commerce.checkout import services

    return number if services else -1


def _buy(errand: Errand) -> Bought:
    """Buy the carts of an errand in four threads."""
    from hansa.kernel.errors import Refused

    seconds: list[float] = []
    refused: list[int] = []
    numbers = iter(range(errand.first, errand.first + errand.carts))
    lock = threading.Lock()

    def buyer() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            start = time.perf_counter()
            try:
                _place(errand.shop, f"crowd-{errand.kind}-{number}", errand.total)
            except Refused:
                refused.append(number)
            else:
                seconds.append(time.perf_counter() - start)

    time.sleep(max(0.0, errand.begin_at - time.time()))
    began = time.time()
    threads = [threading.Thread(target=buyer) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = time.time()
    let_go()
    return Bought(began, ended, seconds, len(refused))


def _place(shop: StockedShop, visitor: str, total: int) -> None:
    from hansa.commerce.accounts.policy import Actor
    from hansa.commerce.checkout import services
    from hansa.commerce.delivery.domain import offered_windows
    from tests.factories import DOOR, NOON

    wish = services.Wish(DOOR, offered_windows(NOON)[0].key, "tok_ok", total, "ada@example.org")
    services.place_order(
        platform_id=shop.platform_id,
        actor=Actor(name="a visitor", visitor=visitor),
        wish=wish,
        key=visitor,
        now=NOON,
    )


def _prepare(shop: StockedShop, kind: str, prefix: str, carts: int) -> int:
    """Fill so many carts at once, for the visitors ``prefix-kind-number``; answers what each costs."""
    from hansa.commerce.accounts.policy import Actor
    from hansa.commerce.checkout import cart
    from hansa.foundation import statements, tenancy
    from tests.factories import NOON

    with tenancy.as_platform(shop.platform_id):
        for number in range(carts):
            visitor = f"{prefix}-{kind}-{number}"
            goods = _basket(shop, kind, number)
            values = [shop.platform_id, visitor, NOON, shop.platform_id, list(goods), list(goods.values())]
            statements.run(_CART, values)
        actor = Actor(name="a visitor", visitor=f"{prefix}-{kind}-0")
        return cart.price(platform_id=shop.platform_id, actor=actor, now=NOON).quote.grand_total


def _basket(shop: StockedShop, kind: str, number: int) -> dict[int, int]:
    """Listing to units: three lines of two merchants, or one unit of the good that everybody wants."""
    if kind != "three":
        return {shop.listings[kind]: 1}
    first, second = shop.plain[number % GOODS], shop.plain[(number + 1) % GOODS]
    return {shop.listings[first]: 2, shop.listings[second]: 1, shop.listings[INK]: 1}


def _written(url: str) -> int:
    with psycopg.connect(url) as session:
        row = session.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()
    return int(row[0]) if row else 0


class _trips:  # noqa: N801 - used like a function
    """Counts the times that the talk with the database turns round: batches, the mapper's queries, commits."""

    def __enter__(self) -> list[int]:
        from psycopg import Connection

        from hansa.foundation import statements

        self._carry, self._wait = statements.carry, Connection.wait
        counted = [0]

        def carry(*arguments: Any) -> None:
            counted[0] += 1
            self._carry(*arguments)

        def wait(session: Any, *arguments: Any, **named: Any) -> Any:
            counted[0] += 1
            return self._wait(session, *arguments, **named)

        statements.carry = carry
        Connection.wait = wait  # type: ignore[method-assign]  # put back below
        return counted

    def __exit__(self, *failure: object) -> None:
        from psycopg import Connection

        from hansa.foundation import statements

        statements.carry = self._carry
        Connection.wait = self._wait  # type: ignore[method-assign]


def _least(url: str) -> dict[str, Any]:
    """The same rows by pgbench: eight prepared statements in two transactions, eight clients, nothing asked."""
    from hansa.foundation.postgres.programs import folder_of_wheel

    with psycopg.connect(url) as session:
        session.execute(_LEAST_TABLES)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "order.sql"
        script.write_text(_LEAST_ORDER)
        command = [str(folder_of_wheel() / "pgbench"), "-n", "-M", "prepared", "-c", "8", "-j", "2"]
        done = subprocess.run(
            [*command, "-T", str(LEAST_S), "-f", str(script), url],
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench failed: {done.stderr[-500:]}")
    return {"orders_per_second": round(float(found[1]), 1), "clients": 8}


_CART = """
with cart as (
  insert into checkout_cart (platform_id, visitor, status, coupon_code, created_at)
  values (%s, %s, 'open', '', %s) returning id
)
insert into checkout_cartline (platform_id, cart_id, listing_id, quantity, source)
select %s, cart.id, l.listing, l.quantity, '' from cart, unnest(%s::bigint[], %s::int[]) as l (listing, quantity)
"""

_LEAST_TABLES = """
create schema least;
create table least.stock (id int primary key, reserved int not null, allocated int not null);
insert into least.stock select n, 0, 0 from generate_series(1, 200) n;
create table least.claim (key bigint primary key, answer text);
create table least.purchase (id bigserial primary key, address text not null, total bigint not null);
create table least.part (id bigserial primary key, purchase bigint not null, merchant int not null, status text);
create index on least.part (purchase);
create table least.line (id bigserial primary key, part bigint not null, stock int not null, quantity int, total bigint);
create index on least.line (part);
create table least.hold (id bigserial primary key, purchase bigint not null, stock int not null, state text);
create index on least.hold (purchase);
create table least.log (id bigserial primary key, part bigint not null, was text, now text);
create table least.payment (purchase bigint primary key, amount bigint, state text);
create table least.journal (id bigserial primary key, reference bigint unique);
create table least.entry (id bigserial primary key, journal bigint not null, account int not null, amount bigint);
create index on least.entry (journal);
create table least.outbox (id bigserial primary key, kind text, payload jsonb);
"""

_LEAST_ORDER = """
\\set key random(1, 1000000000000)
\\set one random(1, 66)
\\set two random(67, 132)
\\set three random(133, 200)
begin;
insert into least.claim values (:key, null) on conflict do nothing;
update least.stock set reserved = reserved + 1 where id in (:one, :two, :three);
with purchase as (
  insert into least.purchase (address, total) values ('Ada, Street 4, 23552 Town', 2400) returning id
), part as (
  insert into least.part (purchase, merchant, status) select id, m, 'placed' from purchase, generate_series(1, 2) m
  returning id, merchant
), line as (
  insert into least.line (part, stock, quantity, total)
  select part.id, l.stock, 1, 700 from part join (values (1, :one::int), (1, :two::int), (2, :three::int)) l (merchant, stock)
    on l.merchant = part.merchant
), hold as (
  insert into least.hold (purchase, stock, state)
  select purchase.id, s, 'held' from purchase, unnest(array[:one::int, :two::int, :three::int]) s
), log as (
  insert into least.log (part, was, now) select id, '', 'placed' from part
), told as (
  insert into least.outbox (kind, payload) select 'placed', jsonb_build_object('id', id) from purchase
)
select id from purchase \\gset
insert into least.payment values (:id, 2400, 'created');
commit;
begin;
update least.stock set reserved = reserved - 1, allocated = allocated + 1 where id in (:one, :two, :three);
with part as (
  update least.part set status = 'paid' where purchase = :id returning id
), hold as (
  update least.hold set state = 'allocated' where purchase = :id
), log as (
  insert into least.log (part, was, now) select id, 'placed', 'paid' from part
)
insert into least.outbox (kind, payload) values ('paid', jsonb_build_object('id', :id::bigint));
with journal as (
  insert into least.journal (reference) values (:id) returning id
)
insert into least.entry (journal, account, amount)
select id, a, v from journal, (values (1, 2400), (2, -300), (3, -1500), (4, -270), (5, -330)) e (a, v);
update least.payment set state = 'captured' where purchase = :id;
commit;
"""
