"""A payment that the buyer must confirm: the agent hands the buyer over, and the checkout is completed after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hansa.commerce.checkout import paying, services
from hansa.commerce.payments import gateways
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.integration.checkout.test_steps_at_the_provider import at_the_bank
from tests.integration.payments.conftest import empty_its_book
from tests.integration.payments.world import a_provider, pay_at
from tests.integration.ucp.conftest import Market


@pytest.fixture
def _paid_there(
    database_url: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SandboxService]:
    with a_provider(database_url) as service:
        empty_its_book()
        pay_at(monkeypatch, service)
        yield service
    gateways.forget()


@pytest.mark.usefixtures("_paid_there")
def test_a_step_is_handed_to_the_buyer_and_then_the_checkout_is_completed(market: Market) -> None:
    checkout = market.ready(("tea", 1))

    _, escalated = market.complete(checkout, card="tok_3ds", key="k1-step")
    _, seen = market.agent.get(f"checkout-sessions/{checkout['id']}")
    (group,) = market.purchases()
    with tenancy.as_platform(market.shop.platform.pk):
        step = services.step_of(group.number)
    at_the_bank(step, "confirm")
    paying.finish_unfinished(now=system_clock() + paying.LOOK_AGAIN_AFTER * 2)
    _, done = market.agent.get(f"checkout-sessions/{checkout['id']}")

    assert escalated["status"] == seen["status"] == "requires_escalation"
    assert escalated["continue_url"].endswith(
        f"/checkout/return/?number={group.number}&token={group.token}&go=1"
    )
    assert [each["severity"] for each in escalated["messages"]] == ["requires_buyer_input"]
    assert (done["status"], "continue_url" in done) == ("completed", False)
