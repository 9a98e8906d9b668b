"""The books: a fact is posted once, however many post it at the same time."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.models import JournalEntry
from hansa.commerce.ledger.selectors import owed_to_merchant
from hansa.foundation import tenancy
from tests.factories import NOON, Shop, a_shop
from tests.integration.pricing.scene import until_somebody_waits

pytestmark = pytest.mark.usefixtures("database")


def pay_out(shop: Shop) -> int:
    return ledger.post(
        platform_id=shop.platform.pk,
        kind="payout",
        reference="P-1",
        currency="EUR",
        legs=templates.payout(shop.merchant.pk, 700),
        now=NOON,
    ).value


def test_two_who_post_a_fact_to_new_accounts_at_once_post_it_once() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    answers: list[object] = []

    def post() -> None:
        try:
            with tenancy.as_platform(shop.platform.pk):
                answers.append(pay_out(shop))
        except BaseException as failure:  # a thread's failure is the test's
            answers.append(failure)
        finally:
            connections.close_all()

    second = threading.Thread(target=post)
    with tenancy.as_platform(shop.platform.pk):
        journal_id = pay_out(shop)
        second.start()
        until_somebody_waits()
    second.join()

    assert answers == [journal_id]
    with tenancy.as_platform(shop.platform.pk):
        journal = JournalEntry.objects.get()
        assert sorted(journal.entries.values_list("amount", flat=True)) == [-700, 700]


def test_what_a_merchant_is_owed_is_said_by_currency() -> None:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})

    with tenancy.as_platform(shop.platform.pk):
        for currency, amount in (("EUR", 700), ("CNY", 5_000)):
            ledger.post(
                platform_id=shop.platform.pk,
                kind="payout",
                reference=f"P-{currency}",
                currency=currency,
                legs=templates.payout_released(shop.merchant.pk, amount),
                now=NOON,
            )
        owed = [
            owed_to_merchant(platform_id=shop.platform.pk, merchant_id=shop.merchant.pk, currency=currency)
            for currency in ("EUR", "CNY", "SEK")
        ]

    assert owed == [700, 5_000, 0]
