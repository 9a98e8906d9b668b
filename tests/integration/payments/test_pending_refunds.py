"""A refund that the provider has taken on and not done yet: neither refused nor forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from hansa.commerce.orders import cancelling
from hansa.commerce.payments import gateways, reconciliation, webhooks
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.gateways.port import Answer, BookLine, Outcome, ProviderEvent, Topic
from hansa.commerce.payments.models import Refund
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.foundation.models import OutboxEvent
from tests.factories import Shop, a_shop, a_shopper
from tests.integration.payments.world import differences, now, reconcile, verdicts

pytestmark = pytest.mark.usefixtures("database")
PENDING = Answer(Outcome.UNKNOWN, "re_1", 1_990, "EUR")
DONE, FAILED = replace(PENDING, outcome=Outcome.DONE), replace(PENDING, outcome=Outcome.DECLINED)


@dataclass
class Slow:
    """A provider that takes refunds on and does them later; payments are taken at once."""

    refunded: Answer = PENDING
    taken: dict[str, Answer] = field(default_factory=dict)

    def charge(self, *, key: str, amount: int, currency: str, method_token: str) -> Answer:
        self.taken[key] = Answer(Outcome.DONE, "ch_1", amount, currency)
        return self.taken[key]

    def refund(self, *, key: str, provider_ref: str, amount: int, currency: str) -> Answer:
        return self.refunded

    def find(self, *, key: str) -> Answer:
        return self.refunded if key.startswith("refund-") else self.taken[key]

    def find_dispute(self, *, dispute_ref: str) -> str:
        return ""

    def book(self, **_: object) -> list[BookLine] | None:
        return None

    def acknowledgement(self) -> tuple[str, str]:
        return "text/plain", "ok"

    def read_webhook(self, **_: object) -> ProviderEvent:
        with tenancy.as_alliance():
            reference = Refund.objects.get().reference
        return ProviderEvent("e1", Topic.REFUND, "refund.updated", "trave", reference, "re_1", 1_990, "EUR")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    provider = Slow()
    monkeypatch.setattr(payments, "provider", lambda _name: provider)
    for module in (webhooks, reconciliation):
        monkeypatch.setattr(module, "full_provider", lambda _name: provider)
    monkeypatch.setattr(gateways, "usual", lambda: "sandbox-service")
    return provider


def a_refund() -> tuple[Shop, Refund]:
    """A purchase of 19.90 that was called off, and its refund as it stands once the provider was asked."""
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    group = shop.buy(a_shopper(), [("tea", 3)], now=now())
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=now())
    outbox.drain(SUBSCRIPTIONS)
    return shop, refund_of(shop)


def refund_of(shop: Shop) -> Refund:
    with tenancy.as_platform(shop.platform.pk):
        return Refund.objects.get()


def left_over() -> int:
    with tenancy.as_alliance():
        return OutboxEvent.objects.filter(kind="RefundRequested", done_at=None).count()


def test_it_is_not_refused_and_not_done(slow: Slow) -> None:
    _, refund = a_refund()

    assert (refund.is_done, refund.provider_ref) == (False, "re_1")
    assert left_over() == 0


def test_one_of_which_the_provider_says_nothing_is_asked_for_again(slow: Slow) -> None:
    slow.refunded = Answer(Outcome.UNKNOWN)

    shop, refund = a_refund()

    assert (refund.is_done, refund.provider_ref, left_over()) == (False, "", 1)
    slow.refunded = DONE
    payments.send_refund(platform_id=shop.platform.pk, refund_id=refund.pk)
    assert refund_of(shop).is_done


def test_the_webhook_tells_that_it_was_done(slow: Slow) -> None:
    shop, _ = a_refund()
    slow.refunded = DONE

    webhooks.receive(provider_name="sandbox-service", headers={}, body=b"{}", now=now())
    outbox.drain(SUBSCRIPTIONS)

    assert refund_of(shop).is_done
    assert differences(shop) == []


def test_the_webhook_tells_that_it_failed_and_a_person_sees_it(slow: Slow) -> None:
    shop, _ = a_refund()
    slow.refunded = FAILED

    webhooks.receive(provider_name="sandbox-service", headers={}, body=b"{}", now=now())
    outbox.drain(SUBSCRIPTIONS)

    assert not refund_of(shop).is_done
    assert verdicts(shop) == [("refund.updated", "doubted")]
    assert differences(shop) == [("event-doubted", 1_990, 1_990)]


def test_the_reconciliation_learns_its_end_where_nobody_tells(slow: Slow) -> None:
    shop, _ = a_refund()
    reconcile(shop, now=now())
    assert (refund_of(shop).is_done, differences(shop)) == (False, [])

    slow.refunded = FAILED
    reconcile(shop, now=now())
    assert differences(shop) == [("only-ours", 1_990, None)]

    slow.refunded = DONE
    reconcile(shop, now=now())
    assert (refund_of(shop).is_done, differences(shop)) == (True, [])
