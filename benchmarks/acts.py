"""How fast acts are taken in, in batches and one by one, how fast profiles follow, and what it costs to read them.

Writes to a throwaway database through the services that the API and the pages call; rates are by the wall's clock and
by the processor's (ours and the database's), which other work on the machine does not stretch.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.cluster import StockedShop, cluster, let_go, stocked_shop
from benchmarks.meter import Meter

GOODS, PEOPLE = 500, 100
BATCHES, BATCH, SINGLES, READS = 120, 100, 600, 200
SEEN_AN_ACT = 9  # impressions to each look in a page's own stream
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Work = Callable[[], int]


def run(*, seed: int) -> dict[str, Any]:
    """Measure with so many people looking at goods by chance."""
    os.environ.setdefault("HANSA_SECRET_KEY", "for measuring only")
    with cluster("hansa-acts-") as url:
        return _measure(Meter(url), random.Random(seed))  # a load, not a secret


def _measure(meter: Meter, chance: random.Random) -> dict[str, Any]:
    shop = stocked_shop(goods=GOODS, stock=1_000)
    from hansa.commerce.accounts.models import Platform
    from hansa.commerce.behaviour import profiles
    from hansa.config.subscriptions import SUBSCRIPTIONS
    from hansa.foundation import invariants, outbox
    from tests.factories import a_shopper

    platform_id = Platform.objects.get(code=shop.code).pk
    people = [a_shopper(f"looker{number}") for number in range(PEOPLE)]
    outbox.drain(SUBSCRIPTIONS)
    figures = {
        "looks_in_batches": _rate(meter, lambda: _batches(shop, platform_id, people, chance, seen=0)),
        "page_streams_in_batches": _rate(
            meter, lambda: _batches(shop, platform_id, people, chance, seen=SEEN_AN_ACT)
        ),
        "delivered_from_batches": _rate(meter, lambda: _delivered(BATCHES * (BATCH + BATCH // 10))),
        "looks_one_by_one": _rate(meter, lambda: _singles(shop, platform_id, people, chance)),
        "delivered_one_by_one": _rate(meter, lambda: _delivered(SINGLES)),
        "rebuilt": _rate(meter, lambda: _rebuilt(platform_id)),
        "lines_changed_by_the_rebuild": profiles.rebuild_all(platform_id=platform_id),
        "profile_read": _rate(meter, lambda: _read(platform_id, people)),
        "promises_broken": [each.invariant.name for each in invariants.check() if not each.holds],
    }
    let_go()
    return figures


def _rate(meter: Meter, work: Work) -> dict[str, float]:
    began = meter.read()
    done = work()
    spent = meter.read().since(began)
    return {
        "events": done,
        "a_second": round(done / spent.wall),
        "a_cpu_second": round(done / spent.cpu),
        "ms_each": round(1_000 * spent.wall / done, 3),
    }


def _batches(
    shop: StockedShop, platform_id: int, people: list[Any], chance: random.Random, *, seen: int
) -> int:
    """Batches of one person each: looks, or so many impressions to each look."""
    from hansa.commerce.behaviour import intake
    from hansa.commerce.behaviour.intake import Act
    from hansa.foundation import tenancy

    listings = list(shop.listings.values())
    counted = 0
    for number in range(BATCHES):
        acts = [
            Act(
                "impression" if place % (seen + 1) else "view",
                chance.choice(listings),
                "home",
                place,
                f"r{number}-{place}",
            )
            for place in range(BATCH)
        ]
        with tenancy.as_platform(platform_id):
            counted += intake.record_acts(
                platform_id=platform_id,
                actor=people[number % PEOPLE],
                acts=acts,
                now=NOON + timedelta(seconds=number),
            )
    return counted


def _singles(shop: StockedShop, platform_id: int, people: list[Any], chance: random.Random) -> int:
    from hansa.commerce.behaviour import services
    from hansa.foundation import tenancy

    listings = list(shop.listings.values())
    for number in range(SINGLES):
        with tenancy.as_platform(platform_id):
            services.record_view(
                platform_id=platform_id,
                actor=people[number % PEOPLE],
                listing_id=chance.choice(listings),
                now=NOON + timedelta(minutes=number),
            )
    return SINGLES


def _delivered(acts: int) -> int:
    """Let every consumer hear of what was told: so many acts that change a profile."""
    from hansa.config.subscriptions import SUBSCRIPTIONS
    from hansa.foundation import outbox

    outbox.drain(SUBSCRIPTIONS)
    return acts


def _rebuilt(platform_id: int) -> int:
    """Every profile made anew from the log; answers how many acts that were."""
    from hansa.commerce.behaviour import profiles

    profiles.rebuild_all(platform_id=platform_id)
    return BATCHES * (BATCH + BATCH // 10) + SINGLES


def _read(platform_id: int, people: list[Any]) -> int:
    """What a recommender reads of a person: the profile, what is muted, and the last 200 acts."""
    from hansa.commerce.behaviour import selectors
    from hansa.foundation import tenancy

    for number in range(READS):
        person = people[number % PEOPLE]
        with tenancy.as_platform(platform_id):
            assert selectors.find_taste(platform_id=platform_id, user_id=person.user_id, now=NOON)
            selectors.mutes_of(platform_id=platform_id, visitor=person.visitor)
            selectors.acts_of(platform_id=platform_id, visitor=person.visitor)
    return READS
