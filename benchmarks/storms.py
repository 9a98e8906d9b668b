"""Every race of a marketplace on forced schedules and as storms, and three sales at which too many want too little.

Counts what was tried, how often a promise broke and how often a deadlock was shown. Runs on a throwaway database.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.cluster import cluster

AT_ONCE = 50
DEPTH = 6
STORM_S = 4.0
SALES = 20
BUYERS, UNITS = 100, 10
FLASH_BUYERS, FLASH_UNITS = 2_000, 100


def run(*, seed: int) -> dict[str, Any]:
    """Fight all races out; the seed is not needed, for the threads bring their own chance."""
    os.environ["HANSA_DB_POOL"] = str(AT_ONCE)
    with cluster("hansa-storms-") as url:
        from hansa.cli import runtime

        runtime.with_django()
        runtime.migrate()
        return _fight(url)


def _fight(url: str) -> dict[str, Any]:
    import pytest

    from tests.integration.payments.world import a_provider, pay_at
    from tests.integration.races.cases import AT_THE_PROVIDER, BESIDE, IN_PROCESS

    lines = [line for race in [*IN_PROCESS, *BESIDE] for line in _both_forms(race)]
    with a_provider(url) as provider, pytest.MonkeyPatch.context() as patch:
        pay_at(patch, provider)
        lines += [line for race in AT_THE_PROVIDER for line in _both_forms(race)]
    last_units = _last_units()
    flash = _flash_sale()
    return {
        "races": lines,
        "schedules": sum(line["schedules"] for line in lines),
        "violations": sum(len(line["violations"]) for line in lines),
        "deadlocks_shown": sum(line["deadlocks_shown"] for line in lines),
        "deadlocks_met_by_the_database": _deadlocks(),
        "last_units": last_units,
        "flash_sale": flash,
    }


def _both_forms(race: Any) -> list[dict[str, Any]]:
    from tests.integration.conftest import _empty as empty
    from tests.integration.races.harness import force, storm

    told = []
    for fight in (lambda: force(race, depth=DEPTH), lambda: storm(race, rounds=1_000, seconds=STORM_S)):
        empty()
        tally = fight()
        told.append(
            {
                "race": tally.race,
                "form": tally.form,
                "schedules": tally.schedules,
                "violations": tally.violations,
                "deadlocks_shown": tally.deadlocks_shown,
            }
        )
    return told


def _last_units() -> dict[str, Any]:
    """A hundred buyers, fifty at once, of whom ten can have a unit; again and again."""
    from tests.factories import a_shop, a_shopper
    from tests.integration.conftest import _empty as empty

    empty()
    names = [f"tea{number}" for number in range(SALES)]
    shop = a_shop(stock=dict.fromkeys(names, UNITS), prices=dict.fromkeys(names, 500))
    right, answers, took = 0, Counter[str](), 0.0
    for name in names:
        buyers = [a_shopper(f"{name}-{place}") for place in range(BUYERS)]
        totals = [shop.fill_cart(buyer, [(name, 1)]) for buyer in buyers]
        began = time.monotonic()
        answers += _crowd(lambda pair: shop.pay(*pair), zip(buyers, totals, strict=True))
        took += time.monotonic() - began
        level = shop.level_of(name)
        right += (level.on_hand, level.reserved, level.allocated) == (UNITS, 0, UNITS)
    return {
        "runs": SALES,
        "exactly_ten": right,
        "answers": answers,
        "attempts_per_s": round(BUYERS * SALES / took, 1),
        "broken_promises": _broken(),
    }


def _flash_sale() -> dict[str, Any]:
    """Two thousand buyers for a hundred units at half the price, of which the shelf has enough for everybody."""
    from hansa.commerce.promotions.domain import Kind
    from hansa.commerce.promotions.models import FlashClaim
    from hansa.commerce.promotions.services import Terms
    from hansa.foundation import tenancy
    from tests.factories import a_shop, a_shopper
    from tests.integration.conftest import _empty as empty
    from tests.integration.pricing.scene import a_promotion

    empty()
    shop = a_shop(stock={"tea": FLASH_BUYERS}, prices={"tea": 500})
    terms = Terms("Flash", Kind.FLASH, percent_bp=5_000, flash_stock=FLASH_UNITS, most_per_buyer=1)
    a_promotion(shop, terms, ["tea"])
    buyers = [a_shopper(f"buyer{number}") for number in range(FLASH_BUYERS)]
    total = max(shop.fill_cart(buyer, [("tea", 1)]) for buyer in buyers)
    began = time.monotonic()
    answers = _crowd(lambda buyer: shop.pay(buyer, total), buyers)
    took = time.monotonic() - began
    with tenancy.as_platform(shop.platform.pk):
        sold = FlashClaim.objects.filter(released=False).count()
    return {
        "buyers": FLASH_BUYERS,
        "units": FLASH_UNITS,
        "sold": sold,
        "answers": answers,
        "attempts_per_s": round(FLASH_BUYERS / took, 1),
        "broken_promises": _broken(),
    }


def _crowd(act: Callable[[Any], object], whom: Iterable[Any]) -> Counter[str]:
    """Let each act, so many at once; counts who was served and what refused or failed the others."""
    from django.db import connections

    from hansa.kernel.errors import HansaError

    def answer(one: Any) -> str:
        try:
            act(one)
        except HansaError as refusal:
            return refusal.code
        except Exception as failure:  # counted and told, whatever it is
            return repr(failure)[:200]
        finally:
            connections.close_all()
        return "bought"

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        return Counter(crowd.map(answer, whom))


def _broken() -> list[tuple[str, tuple[str, ...]]]:
    from hansa.config.subscriptions import SUBSCRIPTIONS
    from hansa.foundation import invariants, outbox

    outbox.drain(SUBSCRIPTIONS)
    return [(found.invariant.name, found.examples) for found in invariants.check() if not found.holds]


def _deadlocks() -> int:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("select deadlocks from pg_stat_database where datname = current_database()")
        return int(cursor.fetchone()[0])
