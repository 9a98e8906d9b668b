"""Payouts: what may be paid and when, two people, the bank's word, and what never changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connections, transaction

from hansa.commerce.orders import cancelling
from hansa.commerce.payouts import selectors, services
from hansa.commerce.payouts.errors import NeedsAnother, PayoutNotThere
from hansa.commerce.payouts.models import Payout, PayoutAttempt, SandboxTransfer
from hansa.commerce.payouts.selectors import Balance, Split
from hansa.foundation import tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Forbidden
from tests.factories import NOON
from tests.integration.payouts.scene import (
    LATER,
    a_house,
    an_officer,
    approve,
    balance,
    books,
    broken,
    deliver,
    delivered,
    officers,
    refund,
    schedule,
    sold,
    state,
    terms,
    work,
)

pytestmark = pytest.mark.usefixtures("database")
WEEK = timedelta(days=7)


def test_money_waits_for_delivery_and_seven_days_after_it() -> None:
    shop = a_house()
    group = sold(shop, "alia")

    at_once = balance(shop, NOON)
    deliver(shop, group)

    assert at_once == Balance("EUR", available=0, pending=900, under_way=0)
    assert balance(shop, NOON + WEEK - timedelta(seconds=1)).pending == 900
    assert balance(shop, NOON + WEEK) == Balance("EUR", available=900, pending=0, under_way=0)
    assert balance(shop, NOON + 10 * WEEK).owed == 900


def test_a_cancelled_purchase_never_waits() -> None:
    shop = a_house()
    group = sold(shop, "alia")
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=NOON)

    assert balance(shop) == Balance("EUR", 0, 0, 0)


def test_a_payout_goes_from_made_up_to_paid_by_two_people() -> None:
    shop = a_house()
    delivered(shop)
    sold(shop, "bea")  # not delivered: stays pending
    one, two = officers(shop)

    (payout,) = schedule(shop)

    assert (payout.amount, payout.period_first, payout.period_last) == (
        900,
        date(2026, 3, 9),
        date(2026, 3, 15),
    )
    assert balance(shop) == Balance("EUR", available=0, pending=900, under_way=900)
    approve(shop, payout, one)
    work()
    assert state(shop, payout) == "scheduled"
    approve(shop, payout, two)
    work()
    assert state(shop, payout) == "paid"
    assert balance(shop) == Balance("EUR", available=0, pending=900, under_way=0)
    assert SandboxTransfer.objects.get().amount == 900
    assert books(shop)["provider"] == 2 * 1_490 - 900
    assert "in_payout" not in books(shop)
    assert broken() == set()


def test_made_up_twice_it_is_made_once() -> None:
    shop = a_house()
    delivered(shop)

    first, again = schedule(shop), schedule(shop, LATER + timedelta(hours=1))

    assert (len(first), again) == (1, [])


def test_the_same_person_does_not_count_twice_and_the_proposer_not_at_all() -> None:
    shop = a_house()
    delivered(shop)
    one, two = officers(shop)
    (payout,) = schedule(shop, actor=one)

    with pytest.raises(NeedsAnother, match="who proposed"):
        approve(shop, payout, one)
    with pytest.raises(NeedsAnother, match="a second person has to agree"):
        approve(shop, payout, two, two)
    with pytest.raises(Forbidden):
        approve(shop, payout, shop.owner)

    assert state(shop, payout) == "scheduled"
    work()
    assert not SandboxTransfer.objects.exists()
    approve(shop, payout, an_officer(shop, "orla"))
    assert state(shop, payout) == "approved"
    with pytest.raises(PayoutNotThere, match="is approved"):
        approve(shop, payout, an_officer(shop, "otto"))


def test_the_database_itself_refuses_one_person_and_a_changed_amount() -> None:
    shop = a_house()
    delivered(shop)
    one, _ = officers(shop)
    (payout,) = schedule(shop)

    for change in (
        {"state": "approved", "approved_by_id": one.user_id},
        {"state": "approved", "approved_by_id": one.user_id, "confirmed_by_id": one.user_id},
        {"amount": 901},
        {"destination": "elsewhere"},
    ):
        with pytest.raises(DatabaseError), tenancy.as_platform(shop.platform.pk), transaction.atomic():
            Payout.objects.filter(pk=payout.pk).update(**change)
    with pytest.raises(DatabaseError), tenancy.as_platform(shop.platform.pk), transaction.atomic():
        payout.lines.all().delete()
    assert broken() == set()


def test_a_refused_payout_is_tried_again_or_called_off_and_paid_with_the_next() -> None:
    shop = a_house()
    delivered(shop)
    one, two = officers(shop)
    terms(shop, one, "sandbox-closed")
    (payout,) = schedule(shop)
    approve(shop, payout, one, two)
    work()
    assert state(shop, payout) == "failed"
    assert balance(shop).under_way == 900

    with tenancy.as_platform(shop.platform.pk):
        services.retry(actor=one, platform_id=shop.platform.pk, payout_id=payout.pk, now=LATER)
    work()
    with tenancy.as_platform(shop.platform.pk):
        attempts = list(PayoutAttempt.objects.order_by("number").values_list("number", "state", "reason"))
        services.cancel(actor=one, platform_id=shop.platform.pk, payout_id=payout.pk, now=LATER)

    assert attempts == [(1, "failed", "the account is closed"), (2, "failed", "the account is closed")]
    assert balance(shop) == Balance("EUR", available=900, pending=0, under_way=0)
    assert schedule(shop) == []  # this period is closed
    terms(shop, one, "sandbox-new")
    (following,) = schedule(shop, LATER + WEEK)
    assert (following.amount, following.destination) == (900, "sandbox-new")
    assert broken() == set()


def test_a_payout_that_the_bank_sends_back_falls_into_the_next_one() -> None:
    shop = a_house()
    delivered(shop)
    one, two = officers(shop)
    terms(shop, one, "sandbox-moved")
    (payout,) = schedule(shop)
    approve(shop, payout, one, two)
    work()
    assert state(shop, payout) == "paid"

    services.ask_again(actor=one, platform_id=shop.platform.pk, payout_id=payout.pk, now=LATER)

    assert state(shop, payout) == "reversed"
    assert balance(shop) == Balance("EUR", available=900, pending=0, under_way=0)
    (following,) = schedule(shop, LATER + WEEK)
    assert following.amount == 900
    assert broken() == set()


@pytest.mark.parametrize("destination", ["sandbox-slow", "sandbox-silent"])
def test_a_bank_that_is_slow_or_silent_is_asked_and_pays_once(destination: str) -> None:
    shop = a_house()
    delivered(shop)
    one, two = officers(shop)
    terms(shop, one, destination)
    (payout,) = schedule(shop)
    approve(shop, payout, one, two)
    work()
    assert state(shop, payout) == "submitted"

    asked = [services.look_after(platform_id=shop.platform.pk, now=LATER) for _ in range(2)]

    assert (asked, state(shop, payout)) == ([1, 0], "paid")
    assert SandboxTransfer.objects.count() == 1
    assert broken() == set()


def test_a_process_that_died_before_asking_the_bank_sends_later() -> None:
    shop = a_house()
    delivered(shop)
    one, two = officers(shop)
    (payout,) = schedule(shop)
    approve(shop, payout, one, two)
    with tenancy.as_platform(shop.platform.pk):
        services._begin(payout.pk, LATER)  # and nothing more

    services.look_after(platform_id=shop.platform.pk, now=LATER)
    work()  # the event is delivered once more

    assert state(shop, payout) == "paid"
    assert SandboxTransfer.objects.count() == 1
    assert broken() == set()


def test_a_refund_after_the_payout_makes_the_balance_negative_and_the_next_payout_nets_it() -> None:
    shop = a_house()
    group = delivered(shop)
    one, two = officers(shop)
    (payout,) = schedule(shop)
    approve(shop, payout, one, two)
    work()

    refund(shop, group, 1_000, 100)

    assert balance(shop) == Balance("EUR", available=-900, pending=0, under_way=0)
    assert schedule(shop, LATER + WEEK) == []  # nothing to pay
    delivered(shop, "bea", teas=5)  # 22.50 for the merchant
    (following,) = schedule(shop, LATER + 2 * WEEK)
    assert following.amount == 2_250 - 900
    with tenancy.as_platform(shop.platform.pk):
        assert [(each.kind, each.amount) for each in selectors.movements_of(following)] == [
            ("capture", 2_250),
            ("refund", -900),
        ]
        assert Payout.objects.get(pk=payout.pk).amount == 900
    assert broken() == set()


def test_less_than_the_minimum_waits() -> None:
    shop = a_house()
    delivered(shop)
    one, _ = officers(shop)
    terms(shop, one, minimum=901)

    assert schedule(shop) == []
    terms(shop, one, minimum=900)
    assert [each.amount for each in schedule(shop)] == [900]


def test_a_payment_is_divided_between_its_orders_and_the_fee() -> None:
    shop = a_house()
    group = sold(shop, "alia", teas=3)
    payment = shop.payment_of(group)

    refund(shop, group, 500, 50)

    with tenancy.as_platform(shop.platform.pk):
        order_id = group.orders.get().pk
        assert selectors.splits_of([payment.pk]) == {
            payment.pk: [Split(order_id, 1_500, 1_500, 500), Split(None, 490, 490, 0)]
        }


@pytest.mark.parametrize(
    ("corruption", "promise"),
    [
        ("update payouts_payout set amount = amount + 1", "payout-is-its-lines"),
        ("delete from payouts_payoutline where id = 1", "payout-is-its-lines"),
        ("update payouts_payout set state = 'cancelled'", "payout-under-way-is-set-apart"),
        ("update payouts_payout set state = 'paid'", "payout-sent-once"),
        (
            "insert into payouts_sandboxtransfer values (9, 'x', 'y', 1, 'EUR', 'done', now())",
            "bank-agrees-on-payouts",
        ),
        ("update payments_payment set refunded = captured", "split-keeps-every-cent"),
    ],
)
def test_a_planted_corruption_is_found(corruption: str, promise: str) -> None:
    shop = a_house()
    delivered(shop)
    one, two = officers(shop)
    (payout,) = schedule(shop)
    approve(shop, payout, one, two)

    with connections[OWNER].cursor() as cursor:
        for table in ("payouts_payout", "payouts_payoutline"):
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute(corruption)
        for table in ("payouts_payout", "payouts_payoutline"):
            cursor.execute(f"alter table {table} enable trigger user")

    assert promise in broken()
