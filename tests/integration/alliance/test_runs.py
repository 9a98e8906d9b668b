"""Joint jobs over the lake: what is kept of a run, and what the shop and the steward see of it."""

from __future__ import annotations

import pytest

from hansa.alliance import runs, selectors
from hansa.alliance.governance import services as governance
from hansa.alliance.jobs.engines import DuckDBEngine
from hansa.alliance.lake import services as lake
from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import ORDER_LINES
from hansa.alliance.lake.tokens import token_of_user
from hansa.alliance.models import AuditEvent, CoPurchase, JobRun
from hansa.commerce.accounts.policy import Actor
from hansa.foundation import invariants
from hansa.kernel.errors import NotFound, Refused
from tests.factories import NOON, Shop, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")

ENGINE = DuckDBEngine(threads=1)


def two_shops() -> tuple[Shop, Shop]:
    """Trave sells tea and alster salt; both are members."""
    trave = a_shop(stock={"tea": 50}, prices={"tea": 500}, code="trave")
    alster = a_shop(stock={"salt": 50}, prices={"salt": 100}, code="alster", merchant_name="cy")
    for code in ("trave", "alster"):
        governance.admit_member(code=code, actor_name="steward", now=NOON)
    return trave, alster


def buy_both(trave: Shop, alster: Shop, people: int) -> list[Actor]:
    shoppers = [a_shopper(f"alia{number}") for number in range(people)]
    for shopper in shoppers:
        trave.buy(shopper, [("tea", 1)])
        alster.buy(shopper, [("salt", 1)])
    return shoppers


def run(**changes: int) -> JobRun:
    params = runs.usual_params(**({"least_buyers": 2} | changes))
    return runs.run_job("co-purchase", engine=ENGINE, params=params, actor_name="steward", clock=lambda: NOON)


def test_a_run_keeps_its_pairs_with_versions_hash_and_one_audit_line() -> None:
    trave, alster = two_shops()
    buy_both(trave, alster, people=3)
    lake.backfill(now=NOON)

    assert runs.is_possible()
    kept = run()

    tea, salt = trave.listings["tea"].product_id, alster.listings["salt"].product_id
    pairs = CoPurchase.objects.order_by("product_id").values_list(
        "product_id", "other_id", "buyers", "members", "strength_ppm", "rank"
    )
    assert sorted(pairs) == sorted([(tea, salt, 3, 2, 1_000_000, 1), (salt, tea, 3, 2, 1_000_000, 1)])
    assert (kept.engine, kept.rows, kept.inputs) == ("duckdb", 2, {"order_lines": 1})
    assert (len(kept.content_hash), len(kept.code_hash)) == (64, 64)
    line = AuditEvent.objects.get(act="job.run")
    assert (line.body["content"], line.body["params"]["members"]) == (kept.content_hash, ["alster", "trave"])
    assert selectors.co_purchased_with(product_id=tea) == [selectors.Companion(salt, 3, 2, 1_000_000)]
    assert {finding.invariant.name for finding in invariants.check() if not finding.holds} <= {
        "outbox-drained"
    }


def test_a_new_run_takes_the_place_of_the_last_one() -> None:
    trave, alster = two_shops()
    buy_both(trave, alster, people=2)
    lake.backfill(now=NOON)
    first = run()

    second = run(least_buyers=3)

    assert (first.rows, second.rows) == (2, 0)
    assert JobRun.objects.count() == 2
    assert selectors.co_purchased_with(product_id=trave.listings["tea"].product_id) == []


def test_the_same_lake_gives_the_same_hash() -> None:
    trave, alster = two_shops()
    buy_both(trave, alster, people=2)
    lake.backfill(now=NOON)

    assert run().content_hash == run().content_hash


def test_a_suspended_member_takes_no_part() -> None:
    trave, alster = two_shops()
    buy_both(trave, alster, people=2)
    lake.backfill(now=NOON)
    params = runs.usual_params(least_buyers=2)
    member = governance.admit_member(code="alster", actor_name="steward", now=NOON)
    governance.suspend_member(member=member, reason="late", actor_name="steward", now=NOON)

    with pytest.raises(Refused, match="data of alster may not be used"):
        runs.run_job("co-purchase", engine=ENGINE, params=params, actor_name="steward")
    with pytest.raises(Refused, match="two active members"):
        runs.usual_params()

    assert JobRun.objects.count() == 0


def test_a_run_on_an_empty_lake_says_what_to_do() -> None:
    two_shops()

    assert not runs.is_possible()
    with pytest.raises(NotFound, match="hansa lake backfill"):
        runs.usual_params()


def test_jobs_and_engines_that_do_not_exist_are_named() -> None:
    with pytest.raises(NotFound, match="co-purchase"):
        runs.run_job("steal", engine=ENGINE, params=None, actor_name="x")  # type: ignore[arg-type]  # not reached
    with pytest.raises(NotFound, match="duckdb, spark"):
        runs.engine_named("abacus")


def test_a_product_that_postgres_does_not_know_is_left_out_and_counted() -> None:
    trave, alster = two_shops()
    shoppers = buy_both(trave, alster, people=2)
    lake.backfill(now=NOON)
    strange = [
        {
            "member": "trave",
            "event_id": 1_000 + number,
            "subject": token_of_user(shopper.user_id or 0, key=lake.token_key()),
            "product_id": 9_999,
            "offer_id": 9_999,
            "quantity": 1,
            "total": 100,
            "currency": "EUR",
            "placed_at": NOON.isoformat(),
        }
        for number, shopper in enumerate(shoppers)
    ]
    tables.Snapshot(lake.lake_root(), ORDER_LINES).append(ORDER_LINES.read(strange).good, why={})

    kept = run()

    assert (kept.rows, CoPurchase.objects.count()) == (4, 2)
    assert AuditEvent.objects.get(act="job.run").body["rows_of_unknown_products"] == 2


def test_the_steward_sees_it_all() -> None:
    trave, alster = two_shops()
    buy_both(trave, alster, people=2)
    lake.backfill(now=NOON)
    run()

    assert [member.platform.code for member in selectors.members()] == ["trave", "alster"]
    assert [each.engine for each in selectors.job_runs()] == ["duckdb"]
    assert selectors.first_broken_audit_line() is None
    assert [line.act for line in selectors.audit_tail(1)] == ["job.run"]
    states = {state.name: (state.version, state.rows, state.waiting) for state in selectors.lake_tables()}
    assert states["order_lines"] == (1, 4, 0)
    assert (selectors.grants().count(), selectors.open_debts(), selectors.settlement_batches()) == (0, [], [])
    assert selectors.last_messages() == []
