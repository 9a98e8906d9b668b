"""Reconciliation: what differs is listed and explained; what was only not heard is mended by asking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections

from hansa.commerce.orders import cancelling
from hansa.commerce.payments import chargebacks, reconciliation
from hansa.commerce.payments.gateways.port import Order
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.commerce.payments.models import BookDifference, Chargeback, Payment, Refund
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import InvalidInput, Refused
from tests.factories import Shop, a_shop, a_shopper, an_operator
from tests.integration.payments.world import books_of, differences, now, reconcile


def a_purchase(card: str = "tok_ok") -> tuple[Shop, Payment]:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    group = shop.buy(a_shopper(), [("tea", 3)], card=card, now=now())
    return shop, shop.payment_of(group)


def in_their_book(statement: str) -> None:
    with connections[OWNER].cursor() as cursor:
        cursor.execute(statement)


def test_books_that_agree_show_no_difference(provider: SandboxService) -> None:
    shop, _ = a_purchase()

    look = reconcile(shop, now=now())

    assert (look.lines, look.differences, look.is_whole_book) == (1, 0, True)
    assert differences(shop) == []


def test_a_payment_that_was_not_heard_of_is_mended_by_asking_and_told(provider: SandboxService) -> None:
    shop, _payment = a_purchase("tok_no_answer")

    reconcile(shop, now=now())
    outbox.drain(SUBSCRIPTIONS)

    assert books_of(shop)["provider"] == 1990
    assert differences(shop) == []
    assert differences(shop, are_open=False) == [("not-heard", None, 1990)]
    assert reconcile(shop, now=now()).differences == 0


def test_money_that_we_know_nothing_of_is_listed_and_left_alone(provider: SandboxService) -> None:
    shop, _ = a_purchase()
    provider.take(Order("charge-X", "X", "trave", 700, "EUR", "tok_ok"), at_once=True)
    provider.take(Order("charge-Y", "Y", "wakenitz", 800, "EUR", "tok_ok"), at_once=True)
    before = books_of(shop)

    for _ in range(2):
        assert reconcile(shop, now=now()).differences == 1

    assert differences(shop) == [("only-theirs", None, 700)]
    assert books_of(shop) == before


def test_money_that_only_we_have_and_amounts_that_differ_are_listed(provider: SandboxService) -> None:
    shop, _payment = a_purchase()
    in_their_book("update sandbox_provider.line set amount = 1000")
    assert reconcile(shop, now=now()).differences == 1
    assert differences(shop) == [("amount", 1990, 1000)]

    in_their_book("delete from sandbox_provider.line")
    in_their_book("delete from sandbox_provider.payment")
    reconcile(shop, now=now())

    assert differences(shop) == [("only-ours", 1990, None)]
    assert differences(shop, are_open=False) == [("amount", 1990, 1000)]


def test_a_difference_that_is_gone_is_closed_with_the_reason(provider: SandboxService) -> None:
    shop, _ = a_purchase()
    in_their_book("update sandbox_provider.line set amount = 1000")
    reconcile(shop, now=now())
    in_their_book("update sandbox_provider.line set amount = 1990")

    reconcile(shop, now=now())

    with tenancy.as_platform(shop.platform.pk):
        closed = BookDifference.objects.get()
    assert (closed.closed_by, closed.note) == ("reconciliation", reconciliation.AGREES)


def test_a_look_at_a_shorter_time_closes_nothing_that_it_did_not_compare(provider: SandboxService) -> None:
    shop, _ = a_purchase()
    in_their_book("update sandbox_provider.line set amount = 1000")
    reconcile(shop, now=now())

    later = reconciliation.reconcile(
        platform_id=shop.platform.pk,
        provider_name="sandbox-service",
        since=now(),
        until=now() + timedelta(days=1),
        now=now() + timedelta(minutes=3),
    )

    assert later.lines == 0
    assert differences(shop) == [("amount", 1990, 1000)]


def test_a_person_closes_a_difference_only_with_an_explanation(provider: SandboxService) -> None:
    shop, _ = a_purchase()
    in_their_book("update sandbox_provider.line set amount = 1000")
    reconcile(shop, now=now())
    operator = an_operator(shop)
    with tenancy.as_platform(shop.platform.pk):
        found = BookDifference.objects.get()
        close = {"platform_id": shop.platform.pk, "difference_id": found.pk, "actor": operator, "now": now()}
        with pytest.raises(InvalidInput, match="how the difference is explained"):
            reconciliation.close_difference(note="  ", **close)
        reconciliation.close_difference(note="their clerk mistyped it", **close)
        with pytest.raises(Refused, match="closed already"):
            reconciliation.close_difference(note="again", **close)
        found.refresh_from_db()

    assert (found.closed_by, found.note) == (operator.name, "their clerk mistyped it")


def test_what_a_person_has_explained_is_not_opened_anew_unless_the_amounts_change(
    provider: SandboxService,
) -> None:
    shop, _ = a_purchase()
    in_their_book("update sandbox_provider.line set amount = 1000")
    reconcile(shop, now=now())
    with tenancy.as_platform(shop.platform.pk):
        reconciliation.close_difference(
            platform_id=shop.platform.pk,
            difference_id=BookDifference.objects.get().pk,
            note="their clerk mistyped it",
            actor=an_operator(shop),
            now=now(),
        )

    reconcile(shop, now=now())
    assert differences(shop) == []

    in_their_book("update sandbox_provider.line set amount = 900")
    reconcile(shop, now=now())
    assert differences(shop) == [("amount", 1990, 900)]


def test_a_refund_whose_answer_was_lost_is_mended(provider: SandboxService) -> None:
    shop, payment = a_purchase()
    with tenancy.as_platform(shop.platform.pk):
        group = payment.reference
        from hansa.commerce.orders.models import OrderGroup

        cancelling.cancel_all(
            group_id=OrderGroup.objects.get(number=group).pk, reason="changed", actor_name="alia", now=now()
        )
        refund = Refund.objects.get()
    provider.refund(
        key=f"refund-{refund.reference}", provider_ref=payment.provider_ref, amount=1990, currency="EUR"
    )

    assert reconcile(shop, now=now()).differences == 0

    with tenancy.as_platform(shop.platform.pk):
        assert Refund.objects.get().is_done
    assert differences(shop, are_open=False) == [("not-heard", None, 1990)]


@pytest.mark.parametrize(("is_won", "state"), [(True, "won"), (False, "lost")])
def test_a_dispute_that_was_not_heard_of_is_found_argued_and_decided(
    provider: SandboxService, is_won: bool, state: str
) -> None:
    shop, payment = a_purchase()
    ref = provider.open_dispute(provider_ref=payment.provider_ref, reason="not mine")
    assert reconcile(shop, now=now()).differences == 0
    with tenancy.as_platform(shop.platform.pk):
        opened = Chargeback.objects.get()
        chargebacks.give_evidence(
            platform_id=shop.platform.pk,
            chargeback_id=opened.pk,
            evidence=chargebacks.Evidence("Signed for at the door.", "slip.pdf", "application/pdf", b"%PDF"),
            actor=an_operator(shop),
            now=now(),
        )
    outbox.drain(SUBSCRIPTIONS)
    with connections[OWNER].cursor() as cursor:
        cursor.execute("select text, files->0->>'name' from sandbox_provider.evidence")
        assert cursor.fetchall() == [("Signed for at the door.", "slip.pdf")]
    provider.decide_dispute(dispute_ref=ref, is_won=is_won)

    assert reconcile(shop, now=now()).differences == 0

    with tenancy.as_platform(shop.platform.pk):
        assert Chargeback.objects.get().state == state
        with pytest.raises(Refused, match="decided"):
            chargebacks.give_evidence(
                platform_id=shop.platform.pk,
                chargeback_id=opened.pk,
                evidence=chargebacks.Evidence("too late"),
                actor=an_operator(shop),
                now=now(),
            )


def test_evidence_that_makes_no_sense_is_refused(provider: SandboxService) -> None:
    shop, payment = a_purchase()
    provider.open_dispute(provider_ref=payment.provider_ref, reason="not mine")
    reconcile(shop, now=now())

    with tenancy.as_platform(shop.platform.pk):
        opened = Chargeback.objects.get()
        for wrong in (
            chargebacks.Evidence(" "),
            chargebacks.Evidence("x" * 10_001),
            chargebacks.Evidence("text", "run.exe", "application/x-msdownload", b"MZ"),
            chargebacks.Evidence("text", "big.pdf", "application/pdf", b"x" * 1_000_001),
        ):
            with pytest.raises(InvalidInput):
                chargebacks.give_evidence(
                    platform_id=shop.platform.pk,
                    chargeback_id=opened.pk,
                    evidence=wrong,
                    actor=an_operator(shop),
                    now=now(),
                )


def test_a_time_that_ends_before_it_begins_is_refused(provider: SandboxService) -> None:
    shop, _ = a_purchase()

    with pytest.raises(InvalidInput, match="ends before it begins"):
        reconciliation.reconcile(
            platform_id=shop.platform.pk,
            provider_name="sandbox-service",
            since=now(),
            until=now() - timedelta(days=1),
            now=now(),
        )


def test_money_in_their_book_that_they_deny_when_asked_is_listed(provider: SandboxService) -> None:
    shop, payment = a_purchase("tok_no_answer")
    in_their_book("update sandbox_provider.payment set key = 'of another'")

    reconcile(shop, now=now())

    assert differences(shop) == [("only-theirs", None, 1990)]
    with tenancy.as_platform(shop.platform.pk):
        assert Payment.objects.get(pk=payment.pk).state == "created"
