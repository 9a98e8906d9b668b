"""What the desks read: standings, rankings, earnings, reach, the outbox, streets and pairs, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hansa.alliance import selectors as alliance
from hansa.alliance.models import CoPurchase, GatewayMessage, JobRun, Member
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.delivery.gateways import roads
from hansa.commerce.marketing import selectors as marketing
from hansa.commerce.marketing.selectors import Reach
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.selectors import Standing, WeekOfEarnings
from hansa.foundation import outbox, tenancy
from hansa.foundation.models import OutboxEvent
from hansa.foundation.outbox import Waiting
from hansa.kernel.errors import NotFound
from tests.factories import NOON, Shop, a_listing, a_merchant, a_platform, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")

SPAN = {"since": NOON - timedelta(days=7), "until": NOON + timedelta(days=1)}
TOWN = """<osm version="0.6">
<node id="1" lat="53.0" lon="10.0"/><node id="2" lat="53.001" lon="10.0"/><node id="3" lat="53.002" lon="10.0"/>
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="8"><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary_link"/></way>
</osm>"""


def a_tea_shop() -> Shop:
    return a_shop(stock={"tea": 50, "salt": 50}, prices={"tea": 500, "salt": 100})


def test_a_standing_counts_purchases_by_how_far_they_have_come() -> None:
    shop = a_tea_shop()
    alia = a_shopper("alia")
    paid, shipped, delivered, cancelled, old = (
        shop.buy(person, [("tea", 1)], now=when)
        for person, when in (
            (alia, NOON),
            (alia, NOON),
            (a_shopper("bea"), NOON),
            (a_shopper("cy"), NOON),
            (a_shopper("dee"), NOON - timedelta(days=8)),
        )
    )
    with tenancy.as_platform(shop.platform.pk):
        for group in (shipped, delivered):
            fulfilment.ship_rest(group_id=group.pk, actor_name="driver", now=NOON)
        fulfilment.deliver_all(group_id=delivered.pk, actor_name="driver", now=NOON)
        cancelling.cancel_all(group_id=cancelled.pk, reason="no", actor_name="cy", now=NOON)

        standing = orders.standing_of_purchases(platform_id=shop.platform.pk, **SPAN)
        numbers = set(orders.find_purchases(platform_id=shop.platform.pk).values_list("number", flat=True))

    assert standing == Standing(purchases=4, buyers=2, paid=3, shipped=2, delivered=1, cancelled=1)
    assert numbers == {group.number for group in (paid, shipped, delivered, cancelled, old)}


def test_merchants_are_ranked_and_cut_into_pages() -> None:
    shop = a_tea_shop()
    for name in ("ada", "dee"):
        merchant, _ = a_merchant(shop.platform, name)
        shop.listings[name] = a_listing(shop.platform, merchant, shop.centre, name, price=300, stock=9)
    shop.buy(a_shopper(), [("dee", 2), ("tea", 1)])
    platform_id = shop.platform.pk

    with tenancy.as_platform(platform_id):
        whole = orders.merchants_ranked(platform_id=platform_id, **SPAN)
        second = orders.merchants_ranked(platform_id=platform_id, limit=1, offset=1, **SPAN)
        found = orders.merchants_ranked(platform_id=platform_id, text=" AD", **SPAN)
        nobody = orders.merchants_ranked(platform_id=platform_id, text="%", **SPAN)

    assert [(each.name, each.revenue, each.commission, each.orders) for each in whole.rows] == [
        ("Dee", 600, 60, 1),
        ("Bo", 500, 50, 1),
        ("Ada", 0, 0, 0),
    ]
    assert (second.total, [each.name for each in second.rows]) == (3, ["Bo"])
    assert [each.name for each in found.rows] == ["Ada"]
    assert (nobody.rows, nobody.total) == ([], 0)
    assert whole.rows[0].rating is None


def test_earnings_are_summed_by_weeks_that_begin_on_monday() -> None:
    shop = a_tea_shop()
    sunday = datetime(2026, 3, 1, 23, tzinfo=UTC)
    first = shop.buy(a_shopper("alia"), [("tea", 2)], now=sunday)
    second = shop.buy(a_shopper("bea"), [("tea", 1), ("salt", 1)], now=NOON)

    with tenancy.as_platform(shop.platform.pk):
        weeks = orders.weekly_earnings(platform_id=shop.platform.pk, **SPAN)

    assert weeks == [
        WeekOfEarnings(
            date(2026, 2, 23), goods=1_000, commission=100, delivery=first.delivery_fee, discounts=0
        ),
        WeekOfEarnings(date(2026, 3, 2), goods=600, commission=60, delivery=second.delivery_fee, discounts=0),
    ]


def test_the_payment_of_a_purchase_is_found_on_its_own_platform_only() -> None:
    shop = a_tea_shop()
    group = shop.buy(a_shopper(), [("tea", 1)])

    with tenancy.as_platform(shop.platform.pk):
        payment = orders.find_payment(platform_id=shop.platform.pk, number=group.number)
        elsewhere = orders.find_payment(platform_id=shop.platform.pk + 1, number=group.number)

    assert payment is not None
    assert (payment.captured, list(payment.refunds.all())) == (group.grand_total, [])
    assert elsewhere is None


def test_reach_counts_a_visitor_once_a_day() -> None:
    shop = a_tea_shop()
    acts = [
        ("impression", "ann", 0),
        ("impression", "ann", 0),
        ("click", "ann", 0),
        ("view", "ann", 0),
        ("view", "ann", 1),
        ("view", "ann", 24),
        ("cart", "ben", 0),
        ("view", "old", 24 * 9),
    ]
    with tenancy.as_platform(shop.platform.pk):
        BehaviourEvent.objects.bulk_create(
            BehaviourEvent(
                platform=shop.platform,
                kind=kind,
                visitor=visitor,
                listing=shop.listings["tea"],
                merchant=shop.merchant,
                at=NOON - timedelta(hours=hours),
            )
            for kind, visitor, hours in acts
        )

        reach = marketing.reach_of_platform(platform_id=shop.platform.pk, **SPAN)

    assert reach == Reach(impressions=2, clicks=1, visits=2, carts=1)


def test_a_store_is_found_where_it_is_kept() -> None:
    shop, other = a_tea_shop(), a_platform("alster")

    with tenancy.as_platform(shop.platform.pk):
        store = merchants.get_store(platform_id=shop.platform.pk, merchant_id=shop.merchant.pk)
        with pytest.raises(NotFound, match="keeps no store here"):
            merchants.get_store(platform_id=other.pk, merchant_id=shop.merchant.pk)

    assert store.merchant == shop.merchant


def test_the_outbox_says_what_waits_and_what_was_given_up() -> None:
    done = OutboxEvent.objects.create(platform_id=1, kind="A", payload={}, done_at=NOON)
    first = OutboxEvent.objects.create(platform_id=1, kind="B", payload={})
    OutboxEvent.objects.create(platform_id=1, kind="C", payload={})
    for reason in ("first", "second"):
        OutboxEvent.objects.create(platform_id=1, kind="D", payload={}, parked_reason=reason)
    OutboxEvent.objects.create(platform_id=2, kind="E", payload={}, parked_reason="foreign")

    assert outbox.waiting_of(1) == Waiting(waiting=2, oldest=first.recorded_at, parked=2)
    assert outbox.waiting_of(3) == Waiting(waiting=0, oldest=None, parked=0)
    assert [event.parked_reason for event in outbox.parked_of(1)] == ["second", "first"]
    assert done.pk not in {event.pk for event in outbox.parked_of(1)}


def test_streets_have_their_rank_main_roads_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANSA_STATE_DIR", str(tmp_path))
    platform = a_platform()
    nothing = delivery.streets(platform)
    roads.store_extract("trave", TOWN)

    streets = delivery.streets(platform)

    assert nothing == []
    assert [(street.rank, street.line) for street in streets] == [
        ("main", [(53.001, 10.0), (53.002, 10.0)]),
        ("minor", [(53.0, 10.0), (53.001, 10.0)]),
    ]


def test_every_status_of_a_parcel_is_counted() -> None:
    shop = a_tea_shop()

    with tenancy.as_platform(shop.platform.pk):
        counted = delivery.parcels_by_status(shop.platform.pk)

    assert counted == dict.fromkeys(
        ("planned", "picked", "out", "delivered", "failed", "lost", "came_back"), 0
    )


def test_a_pair_is_told_once_with_the_names_of_its_goods() -> None:
    shop = a_tea_shop()
    tea, salt = shop.listings["tea"].product, shop.listings["salt"].product
    run = JobRun.objects.create(
        job="co-purchase",
        engine="duckdb",
        code_hash="c",
        params={},
        inputs={},
        content_hash="h",
        rows=2,
        cpu_seconds=0.1,
        started_at=NOON,
        finished_at=NOON,
    )
    for one, other in ((tea, salt), (salt, tea)):
        CoPurchase.objects.create(
            run=run, product=one, other=other, buyers=12, members=2, strength_ppm=250_000, rank=1
        )

    (pair,) = alliance.strongest_pairs()

    assert {pair.title, pair.other_title} == {"Tea", "Salt"}
    assert (pair.buyers, pair.members, pair.strength) == (12, 2, 0.25)


def test_decisions_of_the_gateway_are_counted_by_reason() -> None:
    member = Member.objects.create(platform=a_platform(), key_id="trave-1", public_key="", joined_at=NOON)
    for number, (accepted, reason) in enumerate(
        [(True, ""), (True, ""), (False, "stale"), (False, "no_grant"), (False, "stale")]
    ):
        GatewayMessage.objects.create(
            sender=member,
            receiver=member,
            nonce=str(number),
            scope="stock.promise",
            accepted=accepted,
            reason=reason,
            received_at=NOON,
        )

    decisions = alliance.gateway_decisions()

    assert (decisions.accepted, decisions.refused) == (2, {"no_grant": 1, "stale": 2})
