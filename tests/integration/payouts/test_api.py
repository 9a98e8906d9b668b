"""Balances, payouts and statements over the API, and agreeing by two people."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from tests.factories import a_merchant
from tests.integration.payouts.scene import a_house, delivered, officers, schedule, state

pytestmark = pytest.mark.usefixtures("database")


class Caller:
    """Somebody with a browser session on the API."""

    def __init__(self, actor: Actor) -> None:
        self.browser = Client(enforce_csrf_checks=False)
        self.browser.force_login(User.objects.get(pk=actor.user_id))

    def get(self, path: str) -> Any:
        answer = self.browser.get(f"/api/v1{path}")
        return answer.json() if answer.status_code == 200 else answer.status_code

    def post(self, path: str) -> Any:
        answer = self.browser.post(f"/api/v1{path}")
        return answer.json() if answer.status_code == 200 else answer.status_code


def test_a_merchant_reads_the_balance_and_a_payout_that_two_agreed_to() -> None:
    shop = a_house()
    delivered(shop)
    one, two = officers(shop)
    owner, at = Caller(shop.owner), f"/merchants/{shop.merchant.pk}"
    before = owner.get(f"{at}/balance")

    (payout,) = schedule(shop)
    answers = [Caller(who).post(f"/payouts/{payout.pk}/approve") for who in (one, one, two)]

    assert before == [{"currency": "EUR", "available": 900, "pending": 0, "under_way": 0}]
    assert [answer if isinstance(answer, int) else answer["state"] for answer in answers] == [
        "scheduled",
        409,
        "approved",
    ]
    assert state(shop, payout) == "approved"
    assert [each["amount"] for each in owner.get(f"{at}/payouts/")["items"]] == [900]
    statement = owner.get(f"{at}/payouts/{payout.pk}")
    assert [(each["kind"], each["amount"]) for each in statement["movements"]] == [("capture", 900)]
    assert [each["id"] for each in Caller(one).get("/payouts/?state=approved")["items"]] == [payout.pk]
    assert Caller(one).get("/payouts/?state=paid")["items"] == []


def test_nobody_reads_or_agrees_to_what_is_not_theirs() -> None:
    shop = a_house()
    delivered(shop)
    (payout,) = schedule(shop)
    rival, other = a_merchant(shop.platform, "dora")
    dora, owner = Caller(other), Caller(shop.owner)

    answers = [
        dora.get(f"/merchants/{shop.merchant.pk}/balance"),
        dora.get(f"/merchants/{shop.merchant.pk}/payouts/"),
        dora.get(f"/merchants/{shop.merchant.pk}/payouts/{payout.pk}"),
        dora.get(f"/merchants/{rival.pk}/payouts/{payout.pk}"),
        owner.get("/payouts/"),
        owner.post(f"/payouts/{payout.pk}/approve"),
    ]

    assert answers == [403, 403, 403, 404, 403, 403]
    assert state(shop, payout) == "scheduled"
