"""The operator edits what means the same; nobody else does."""

from __future__ import annotations

import pytest

from hansa.commerce.accounts.models import Membership, User
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.catalogue.models import SynonymGroup
from hansa.foundation import tenancy
from tests.factories import Shop, a_shop
from tests.integration.storefront.visitors import as_actor

pytestmark = pytest.mark.usefixtures("database")


def groups(shop: Shop) -> list[list[str]]:
    with tenancy.as_platform(shop.platform.pk):
        return list(SynonymGroup.objects.values_list("phrases", flat=True))


def test_the_operator_adds_and_removes_a_group() -> None:
    shop = a_shop(stock={"tea": 5}, prices={"tea": 500})
    user = User.objects.create(username="olga", display_name="Olga")
    Membership.objects.create(user=user, role=Membership.Role.OPERATOR, platform=shop.platform)
    browser = as_actor(actor_of(user))

    answer = browser.post("/desk/operator/trave/synonyms/", {"phrases": "soda， pop"})
    assert answer.status_code == 302
    assert groups(shop) == [["soda", "pop"]]
    assert "soda = pop" in browser.get("/desk/operator/trave/synonyms/").content.decode()

    refused = browser.post("/desk/operator/trave/synonyms/", {"phrases": "alone"})
    assert (refused.status_code, groups(shop)) == (422, [["soda", "pop"]])

    browser.post("/desk/operator/trave/synonyms/", {"group": "1"})
    assert groups(shop) == []


def test_a_merchant_does_not() -> None:
    shop = a_shop(stock={"tea": 5}, prices={"tea": 500})

    answer = as_actor(shop.owner).post("/desk/operator/trave/synonyms/", {"phrases": "soda, pop"})

    assert (answer.status_code, groups(shop)) == (403, [])
