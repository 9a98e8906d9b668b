"""What a purchase costs: queries, CPU and latency of a whole checkout of three lines over two merchants.

Runs on a throwaway database with fsync on. Counts and CPU are what to compare; wall times depend on the machine.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.meter import Meter, percentile

GOODS = 200
SEQUENTIAL = 150
CONCURRENT = 400
THREADS = 8


def run(*, seed: int) -> dict[str, Any]:
    """Measure; the seed is not needed, since nothing is left to chance."""
    folder = Path(tempfile.mkdtemp(prefix="hansa-bench-"))
    folder.chmod(0o755)
    from hansa.foundation import postgres

    os.environ.setdefault("HANSA_DB_POOL", str(THREADS + 2))
    url = str(postgres.start(folder))
    os.environ["DATABASE_URL"] = url
    try:
        return _measure(Meter(url))
    finally:
        postgres.stop(folder)


def _measure(meter: Meter) -> dict[str, Any]:
    from hansa.cli import runtime

    runtime.with_django()
    runtime.migrate()
    from django.db import connection, connections
    from django.test.utils import CaptureQueriesContext

    from hansa.foundation import invariants
    from hansa.kernel.errors import Refused
    from tests.factories import a_listing, a_merchant, a_shop, a_shopper

    shop = a_shop(
        stock={f"good{n}": 100_000 for n in range(GOODS)} | {"rarity": 10},
        prices=dict.fromkeys([*(f"good{n}" for n in range(GOODS)), "rarity"], 700),
    )
    other, _ = a_merchant(shop.platform, "cy")
    shop.listings["ink"] = a_listing(shop.platform, other, shop.centre, "ink", price=300, stock=1_000_000)
    buyers = [a_shopper(f"buyer{n}") for n in range(THREADS)]

    def basket(n: int) -> list[tuple[str, int]]:
        return [(f"good{n % GOODS}", 2), (f"good{(n * 7 + 1) % GOODS}", 1), ("ink", 1)]

    for n in range(10):
        shop.buy(buyers[0], basket(n))
    total = shop.fill_cart(buyers[0], basket(1))
    with CaptureQueriesContext(connection) as queries:
        shop.pay(buyers[0], total)

    latencies = []
    began = meter.read()
    for n in range(SEQUENTIAL):
        total = shop.fill_cart(buyers[0], basket(n))
        start = time.perf_counter()
        shop.pay(buyers[0], total)
        latencies.append(time.perf_counter() - start)
    spent = meter.read().since(began)

    def many(index: int) -> None:
        for n in range(CONCURRENT // THREADS):
            shop.buy(buyers[index], basket(index * 31 + n))
        connections.close_all()

    start = time.perf_counter()
    _together(many)
    concurrent_seconds = time.perf_counter() - start

    sold: list[bool] = []

    def race(index: int) -> None:
        for _ in range(100 // THREADS + 1):
            try:
                shop.buy(buyers[index], [("rarity", 1)])
                sold.append(True)
            except Refused:
                shop.empty_cart(buyers[index])
                sold.append(False)
        connections.close_all()

    _together(race)
    broken = [finding.invariant.name for finding in invariants.check() if not finding.holds]
    for each in connections.all(initialized_only=True):
        each.close()
        each.close_pool()
    return {
        "queries_per_order": len(queries),
        "cpu_ms_per_order_with_cart": round(1000 * spent.cpu / SEQUENTIAL, 2),
        "of_which_database": round(1000 * spent.server / SEQUENTIAL, 2),
        "checkout_ms_p50": round(1000 * statistics.median(latencies), 1),
        "checkout_ms_p99": round(1000 * percentile(latencies, 99), 1),
        "orders_per_second_8_threads": round(CONCURRENT / concurrent_seconds, 1),
        "race_10_units": {"attempts": len(sold), "sold": sum(sold)},
        "broken_promises": broken,
        "peer": None,
    }


def _together(work: Any) -> None:
    threads = [threading.Thread(target=work, args=(index,)) for index in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
