"""The lake: each fact once, whatever dies; nothing that breaks its contract; nobody's name."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from django.db import connections

from hansa.alliance.lake import handlers, services, tables
from hansa.alliance.lake.contracts import BEHAVIOUR, ORDER_LINES
from hansa.alliance.lake.query import query
from hansa.alliance.lake.tokens import token_of_user
from hansa.alliance.models import LakeBatch, LakeInbox, LakeQuarantine
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.behaviour import steering
from hansa.commerce.behaviour.events import ActsSeen, BehaviourSeen, HistoryForgotten
from hansa.commerce.behaviour.intake import Act, record_acts
from hansa.commerce.orders.events import PurchasePaid
from hansa.commerce.privacy import services as privacy
from hansa.commerce.privacy.events import PersonErased
from hansa.foundation import outbox, tenancy
from hansa.foundation.models import Effect
from hansa.foundation.outbox import Subscription
from tests.factories import NOON, Shop, a_shop, a_shopper
from tests.integration.storefront.visitors import deliver

pytestmark = pytest.mark.usefixtures("database")

SUBSCRIPTIONS = [
    Subscription("lake.order_lines", handlers.on_purchase_paid, (PurchasePaid,)),
    Subscription("lake.behaviour", handlers.on_behaviour_seen, (BehaviourSeen,)),
    Subscription("lake.acts", handlers.on_acts_seen, (ActsSeen,)),
]
WITH_FORGETTING = [
    *SUBSCRIPTIONS,
    Subscription("lake.forget", handlers.on_person_erased, (PersonErased,), in_transaction=False),
    Subscription(
        "lake.forget_acts", handlers.on_history_forgotten, (HistoryForgotten,), in_transaction=False
    ),
]


def in_lake(columns: str, table: str = "order_lines") -> list[tuple[object, ...]]:
    return list(query(services.lake_root(), f"select {columns} from {table} order by all").rows)


def waiting_lines() -> int:
    return LakeInbox.objects.filter(table="order_lines").count()


def a_shop_with_sales(*quantities: int) -> Shop:
    shop = a_shop(stock={"tea": 100}, prices={"tea": 500})
    for number, quantity in enumerate(quantities):
        shop.buy(a_shopper(f"alia{number}"), [("tea", quantity)])
    return shop


def test_a_paid_purchase_reaches_the_lake_as_one_row_without_a_name() -> None:
    shop = a_shop(stock={"tea": 10, "salt": 5}, prices={"tea": 500, "salt": 100})
    alia = a_shopper()
    shop.buy(alia, [("tea", 3)])

    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)

    token = token_of_user(alia.user_id or 0, key=services.token_key())
    tea = shop.listings["tea"]
    assert in_lake(
        "member, subject, bucket, product_id, offer_id, quantity, total, currency, placed_at::text"
    ) == [
        (
            "trave",
            token,
            int(token[0], 16),
            tea.product_id,
            tea.offer_id,
            3,
            1500,
            "EUR",
            "2026-03-02 12:00:00+00",
        )
    ]
    assert LakeInbox.objects.count() == 0


def test_a_purchase_without_consent_has_no_subject() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()
    User.objects.filter(pk=alia.user_id).update(consents_to_personalisation=False)
    shop.buy(alia, [("tea", 1)])

    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)
    services.backfill(now=NOON)

    assert in_lake("subject, bucket") == [(None, -1)]


def test_a_repeated_delivery_adds_nothing() -> None:
    a_shop_with_sales(3)
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)

    Effect.objects.all().delete()  # as if the proof of the effect had been lost
    outbox.OutboxEvent.objects.update(done_at=None, not_before=NOON)
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)

    assert in_lake("quantity") == [(3,)]


def test_a_flush_killed_after_its_append_does_not_append_again(database_url: str, state: Path) -> None:
    a_shop_with_sales(1, 2, 3)
    outbox.drain(SUBSCRIPTIONS)

    died = flush_and_die(database_url, state)
    left_open = LakeBatch.objects.filter(written_at__isnull=True).count()
    waiting = waiting_lines()
    written = in_lake("quantity")
    again = services.flush(now=NOON)

    assert died == -9
    assert (left_open, waiting, written) == (1, 3, [(1,), (2,), (3,)])
    assert [done.rows for done in again if done.table == "order_lines"] == [0]
    assert in_lake("quantity") == [(1,), (2,), (3,)]
    assert (waiting_lines(), LakeBatch.objects.filter(written_at__isnull=True).count()) == (0, 0)


def test_a_flush_that_died_before_its_append_is_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    a_shop_with_sales(1, 2)
    outbox.drain(SUBSCRIPTIONS)
    with monkeypatch.context() as dying:
        dying.setattr(services, "_write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            services.flush(now=NOON)

    services.flush(now=NOON)

    assert in_lake("quantity") == [(1,), (2,)]


def test_the_batch_number_alone_stops_a_second_append(monkeypatch: pytest.MonkeyPatch) -> None:
    a_shop_with_sales(1)
    outbox.drain(SUBSCRIPTIONS)
    monkeypatch.setattr(tables.Snapshot, "without_known", lambda self, rows: rows)
    with monkeypatch.context() as dying:
        dying.setattr(services, "_close", interrupt)
        with pytest.raises(KeyboardInterrupt):
            services.flush(now=NOON)

    services.flush(now=NOON)

    assert in_lake("quantity") == [(1,)]


def test_two_flushes_at_once_write_each_row_once() -> None:
    a_shop_with_sales(1, 2, 3)
    outbox.drain(SUBSCRIPTIONS)
    start = threading.Barrier(2)

    def flush() -> None:
        start.wait()
        services.flush(now=NOON, limit=1)
        connections.close_all()

    threads = [threading.Thread(target=flush) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert in_lake("quantity") == [(1,), (2,), (3,)]
    assert LakeInbox.objects.count() == 0


def test_a_backfill_loads_history_once_and_leaves_out_what_came_by_event() -> None:
    a_shop_with_sales(1, 2)
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)
    Shop.buy(
        a_shop(stock={"rye": 9}, prices={"rye": 700}, code="alster", merchant_name="cy"),
        a_shopper("dee"),
        [("rye", 4)],
    )

    first = services.backfill(now=NOON)
    second = services.backfill(now=NOON)
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)

    assert {done.table: done.rows for done in first}["order_lines"] == 1
    assert {done.table: done.rows for done in second}["order_lines"] == 0
    assert in_lake("member, quantity") == [("alster", 4), ("trave", 1), ("trave", 2)]


def test_unpaid_and_void_lines_stay_out_of_the_history() -> None:
    shop = a_shop_with_sales(1)
    shop.buy(a_shopper("slow"), [("tea", 2)], card="tok_no_answer")

    services.backfill(now=NOON)

    assert in_lake("quantity") == [(1,)]


def test_a_row_that_breaks_its_contract_is_quarantined_with_the_reason() -> None:
    good = {
        "member": "trave",
        "event_id": 1,
        "subject": None,
        "product_id": 1,
        "offer_id": 1,
        "quantity": 1,
        "total": 500,
        "currency": "EUR",
        "placed_at": NOON.isoformat(),
    }
    with tenancy.as_alliance():
        services.take_in(
            ORDER_LINES, [good, good | {"event_id": 2, "quantity": 0}, good | {"event_id": 3, "total": "5"}]
        )

    done = services.flush(now=NOON)

    assert [(each.rows, each.quarantined) for each in done] == [(1, 2)]
    assert in_lake("event_id") == [(1,)]
    assert sorted(LakeQuarantine.objects.values_list("event_id", "reason")) == [
        (2, "quantity must be at least 1"),
        (3, "total is not int64: '5'"),
    ]
    assert LakeInbox.objects.count() == 0


def test_behaviour_reaches_the_lake() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    alia = a_shopper()
    with tenancy.as_platform(shop.platform.pk):
        listing = shop.listings["tea"]
        behaviour.record_view(platform_id=shop.platform.pk, actor=alia, listing_id=listing.pk, now=NOON)
        behaviour.record_cart(
            platform_id=shop.platform.pk, actor=alia, listing_id=listing.pk, quantity=2, now=NOON
        )
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)
    services.backfill(now=NOON)

    token = token_of_user(alia.user_id or 0, key=services.token_key())
    product = listing.product_id
    assert in_lake("kind, subject, product_id, value", BEHAVIOUR.name) == [
        ("cart", token, product, 2),
        ("view", token, product, None),
    ]


def test_a_database_restored_from_yesterday_loses_no_row() -> None:
    shop = a_shop_with_sales(1)
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)
    LakeBatch.objects.all().delete()  # the restored database has forgotten its numbers

    shop.buy(a_shopper("later"), [("tea", 2)], now=NOON + timedelta(minutes=1))
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)

    assert in_lake("quantity") == [(1,), (2,)]


def test_small_files_are_melted_together_and_keep_every_row() -> None:
    a_shop_with_sales(1, 2, 3)
    outbox.drain(SUBSCRIPTIONS)
    for contract in (ORDER_LINES,):
        for pk in list(LakeInbox.objects.filter(table=contract.name).values_list("pk", flat=True)):
            LakeInbox.objects.filter(pk=pk).update(
                payload={**LakeInbox.objects.get(pk=pk).payload, "subject": None}
            )
    services.flush(now=NOON, limit=1)
    before = tables.state_of(services.lake_root(), ORDER_LINES).files

    services.compact()

    assert (before, tables.state_of(services.lake_root(), ORDER_LINES).files) == (3, 1)
    assert in_lake("quantity") == [(1,), (2,), (3,)]


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def flush_and_die(database_url: str, state: Path) -> int:
    """Flush in another process that is killed, as by the machine, between the lake's commit and ours."""
    program = textwrap.dedent(
        """
        import os, signal
        import django
        django.setup()
        from datetime import UTC, datetime
        from hansa.alliance.lake import services
        services._close = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        services.flush(now=datetime(2026, 3, 2, 12, tzinfo=UTC))
        """
    )
    environment = os.environ | {"DATABASE_URL": database_url, "HANSA_STATE_DIR": str(state)}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, check=False, timeout=60
    ).returncode


def test_who_is_forgotten_is_gone_from_every_file_of_the_lake_and_nobody_else_is() -> None:
    shop = a_shop(stock={"tea": 100}, prices={"tea": 500})
    alia, cy = a_shopper(), a_shopper("cy")
    for buyer, units in ((alia, 3), (cy, 4)):
        group = shop.buy(buyer, [("tea", units)])
        deliver(shop, group)
    outbox.drain(WITH_FORGETTING)
    services.flush(now=NOON)
    services.compact()
    token = token_of_user(alia.user_id or 0, key=services.token_key())
    assert len(_files_that_name(token)) > 0
    a_view(shop, alia)
    outbox.drain(WITH_FORGETTING)
    assert LakeInbox.objects.filter(payload__subject=token).exists()

    privacy.erase_person(user_id=alia.user_id or 0, now=NOON)
    outbox.drain(WITH_FORGETTING)
    services.flush(now=NOON)

    assert in_lake("quantity") == [(4,)]
    assert _files_that_name(token) == []
    assert not LakeInbox.objects.filter(payload__subject=token).exists()
    assert services.forget(user_ids=[alia.user_id or 0]) == 0


def test_a_flush_that_had_read_a_forgotten_persons_row_does_not_write_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The person is forgotten between the flush's look at the table and its commit, which loses and looks again."""
    shop, alia = a_shop_with_sales(2), a_shopper("alia-the-second")
    shop.buy(alia, [("tea", 5)])
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)
    shop.buy(alia, [("tea", 7)])
    outbox.drain(SUBSCRIPTIONS)
    append = tables.Snapshot.append
    forgot: list[int] = []

    def append_late(self: tables.Snapshot, *args: object, **said: object) -> tables.Commit:
        if not forgot:
            forgot.append(services.forget(user_ids=[alia.user_id or 0]))
        return append(self, *args, **said)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(tables.Snapshot, "append", append_late)
    services.flush(now=NOON)

    assert forgot == [2]  # the line and the putting into the cart
    assert in_lake("quantity") == [(2,)]


def test_a_history_that_was_deleted_for_a_time_goes_from_the_lake_for_that_time_only() -> None:
    shop, alia, cy = a_shop(stock={"tea": 10}, prices={"tea": 500}), a_shopper(), a_shopper("cy")
    told = [Act("view", shop.listings["tea"].pk)]
    for person, day in ((alia, 1), (alia, 3), (cy, 3)):
        with tenancy.as_platform(shop.platform.pk):
            record_acts(platform_id=shop.platform.pk, actor=person, acts=told, now=NOON.replace(day=day))
    outbox.drain(SUBSCRIPTIONS)
    services.flush(now=NOON)
    with tenancy.as_platform(shop.platform.pk):
        record_acts(platform_id=shop.platform.pk, actor=alia, acts=told, now=NOON.replace(day=3))
    outbox.drain(SUBSCRIPTIONS)  # this one waits in the inbox

    with tenancy.as_platform(shop.platform.pk):
        steering.delete_history(platform_id=shop.platform.pk, actor=alia, since=NOON, now=NOON.replace(day=4))
    outbox.drain(WITH_FORGETTING)
    services.flush(now=NOON)

    left = {
        (token_of_user(who.user_id or 0, key=services.token_key()), NOON.replace(day=day).timestamp() * 10**6)
        for who, day in ((alia, 1), (cy, 3))
    }
    assert set(in_lake('subject, epoch_us("at")', BEHAVIOUR.name)) == left


def a_view(shop: Shop, person: Actor) -> None:
    with tenancy.as_platform(shop.platform.pk):
        behaviour.record_view(
            platform_id=shop.platform.pk, actor=person, listing_id=shop.listings["tea"].pk, now=NOON
        )


def _files_that_name(token: str) -> list[str]:
    """The data files anywhere under the lake, of whatever version, in which the subject stands."""
    return [
        str(path)
        for path in services.lake_root().rglob("*.parquet")
        if "_delta_log" not in path.parts
        and token in parquet.read_table(path, partitioning=None)["subject"].to_pylist()
    ]
