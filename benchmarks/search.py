"""What a search costs at 100,000 listings: latency by kind of question, CPU, statements.

Runs on a throwaway cluster of its own. Wall times depend on the machine; counts and CPU are what to compare.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from typing import Any

from benchmarks.meter import Meter, percentile


def run(*, seed: int) -> dict[str, Any]:
    """Build the shop, ask, and report."""
    from hansa.foundation import postgres

    with postgres.throwaway() as url:
        os.environ["DATABASE_URL"] = str(url)
        return _measure(random.Random(seed), Meter(str(url)))


def _measure(chance: random.Random, meter: Meter) -> dict[str, Any]:
    from hansa.cli import runtime

    runtime.with_django()
    runtime.migrate()
    from django.db import connection, connections
    from django.test.utils import CaptureQueriesContext

    from benchmarks.search_catalogue import ENGLISH, LISTINGS, fill, questions
    from hansa.commerce.catalogue import selectors
    from hansa.foundation import memory, tenancy

    start = time.perf_counter()
    platform_id = fill(chance)
    filled = time.perf_counter() - start
    asked = questions(chance, platform_id)
    for _, question in asked[:40]:
        with tenancy.as_platform(platform_id):
            selectors.find(question)
    memory.settle()  # as the web does before it serves
    times: dict[str, list[float]] = {}
    found_something = 0
    began = meter.read()
    for kind, question in asked:
        before = time.perf_counter()
        with tenancy.as_platform(platform_id):
            found = selectors.find(question)
        times.setdefault(kind, []).append(1_000 * (time.perf_counter() - before))
        found_something += bool(found.listings)
    spent = meter.read().since(began)
    with tenancy.as_platform(platform_id), CaptureQueriesContext(connection) as statements:
        selectors.find(asked[0][1])
    before = time.perf_counter()
    with tenancy.as_platform(platform_id):
        for text in ENGLISH[:50]:
            selectors.suggest(platform_id=platform_id, text=text[:4])
    suggesting = (time.perf_counter() - before) / 50
    every = [one for own in times.values() for one in own]
    for each in connections.all(initialized_only=True):
        each.close()
        each.close_pool()
    return {
        "listings": LISTINGS,
        "seconds_to_fill": round(filled, 1),
        "questions": len(every),
        "found_something": found_something,
        "p50_ms": round(statistics.median(every), 1),
        "p99_ms": round(percentile(every, 99), 1),
        "worst_ms": round(max(every), 1),
        "by_kind_ms": {
            kind: {"p50": round(statistics.median(own), 1), "p99": round(percentile(own, 99), 1)}
            for kind, own in times.items()
        },
        "cpu_ms_per_question": round(1_000 * spent.cpu / len(every), 2),
        "of_which_database": round(1_000 * spent.server / len(every), 2),
        "statements_per_question": len(statements),
        "suggestion_ms": round(1_000 * suggesting, 1),
        "peer": None,
    }
