"""Payouts at the same time as whatever moves the same money: real threads, real commits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections

from hansa.commerce.payouts import services
from hansa.commerce.payouts.models import Payout, PayoutAttempt, SandboxTransfer
from hansa.foundation import tenancy
from hansa.kernel.errors import Refused
from tests.factories import Shop
from tests.integration.payouts.scene import (
    LATER,
    a_house,
    an_officer,
    approve,
    balance,
    broken,
    delivered,
    dispute,
    officers,
    refund,
    schedule,
    state,
    work,
)
from tests.integration.pricing.scene import until_somebody_waits

pytestmark = pytest.mark.usefixtures("database")
WEEK = timedelta(days=7)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do everything at the same time, each in a thread and in transactions of its own; refusals are answers."""
    answers: list[object] = []
    start = threading.Barrier(len(acts))

    def go(act: Callable[[], object]) -> None:
        start.wait(timeout=20)
        try:
            answers.append(act())
        except Refused as refusal:
            answers.append(refusal.code)
        except BaseException as failure:  # a thread's failure is the test's
            answers.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [each for each in answers if isinstance(each, BaseException)]
    assert failed == []
    return answers


def one_payout(shop: Shop) -> Payout:
    with tenancy.as_platform(shop.platform.pk):
        return Payout.objects.get()


def test_eight_schedules_make_one_payout() -> None:
    shop = a_house()
    delivered(shop)

    made = at_once(*[partial(schedule, shop)] * 8)

    assert sum(len(each) for each in made if isinstance(each, list)) == 1
    assert one_payout(shop).amount == 900
    assert broken() == set()


def test_a_schedule_that_waits_for_another_sees_what_it_made() -> None:
    shop = a_house()
    delivered(shop)
    second: list[object] = []
    waiting = threading.Thread(target=lambda: (second.append(schedule(shop)), connections.close_all()))

    with tenancy.as_platform(shop.platform.pk):
        first = services.schedule(
            platform_id=shop.platform.pk,
            merchant_id=shop.merchant.pk,
            currency="EUR",
            proposed_by=None,
            now=LATER,
        )
        waiting.start()
        until_somebody_waits()
    waiting.join()

    assert first is not None
    assert second == [[]]
    assert broken() == set()


def test_six_people_who_agree_at_once_are_two_and_it_is_sent_once() -> None:
    shop = a_house()
    delivered(shop)
    people = [an_officer(shop, f"officer{number}") for number in range(6)]
    (payout,) = schedule(shop)

    answers = at_once(*[partial(approve, shop, payout, each) for each in people])
    at_once(*[partial(services.send, platform_id=shop.platform.pk, payout_id=payout.pk, now=LATER)] * 4)
    work()

    assert sorted(map(str, answers)) == ["None"] * 2 + ["illegal_payout_step"] * 4
    with tenancy.as_platform(shop.platform.pk):
        assert PayoutAttempt.objects.count() == 1
    assert SandboxTransfer.objects.count() == 1
    assert state(shop, payout) == "paid"
    assert broken() == set()


def test_calling_off_and_agreeing_at_once_do_not_both_happen() -> None:
    shop = a_house()
    delivered(shop)
    one, two = officers(shop)
    (payout,) = schedule(shop)
    approve(shop, payout, one)

    def call_off() -> None:
        with tenancy.as_platform(shop.platform.pk):
            services.cancel(actor=one, platform_id=shop.platform.pk, payout_id=payout.pk, now=LATER)

    answers = at_once(call_off, partial(approve, shop, payout, two))
    work()

    assert sorted(map(str, answers)) == ["None", "illegal_payout_step"]
    assert state(shop, payout) in {"cancelled", "paid"}
    assert SandboxTransfer.objects.count() == (state(shop, payout) == "paid")
    assert broken() == set()


@pytest.mark.parametrize("kind", ["refund", "dispute"])
def test_money_taken_back_while_a_payout_is_made_up_is_paid_or_netted_never_lost(kind: str) -> None:
    shop = a_house()
    first, second = delivered(shop, "alia"), delivered(shop, "bea", teas=4)
    one, two = officers(shop)
    take_back = (
        partial(refund, shop, first, 1_000, 100)
        if kind == "refund"
        else partial(dispute, shop, first, "lost", 1_490)
    )

    at_once(partial(schedule, shop), take_back)
    approve(shop, one_payout(shop), one, two)
    work()

    paid = one_payout(shop).amount
    assert paid in {1_800, 2_700}  # before the payout, or after it
    assert balance(shop).owed == 1_800 - paid
    assert state(shop, one_payout(shop)) == "paid"
    refund(shop, second, 500, 50, "late")
    assert balance(shop).owed == 1_800 - paid - 450
    assert schedule(shop, LATER + WEEK) == []  # a balance below nothing is paid to nobody
    assert broken() == set()


def test_a_payout_is_sent_while_a_dispute_is_lost() -> None:
    shop = a_house()
    group = delivered(shop)
    one, two = officers(shop)
    (payout,) = schedule(shop)
    approve(shop, payout, one, two)

    at_once(
        partial(services.send, platform_id=shop.platform.pk, payout_id=payout.pk, now=LATER),
        partial(dispute, shop, group, "lost", 1_490),
    )
    work()

    assert state(shop, payout) == "paid"
    assert balance(shop).available == -900
    assert broken() == set()
