"""A shop with an agent in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import override_settings

from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.ucp.amounts import item_id
from hansa.foundation import tenancy
from tests.factories import Shop, a_shop
from tests.integration.ucp.agent import BUYER, DELIVERY, HOST, Agent, goods, pay


@pytest.fixture(autouse=True)
def _host() -> Iterator[None]:
    with override_settings(ALLOWED_HOSTS=[HOST], API_LIMITS=False, UCP_PROFILES={}):
        yield


@dataclass
class Market:
    """A shop with an agent in it."""

    shop: Shop
    agent: Agent

    def item(self, name: str) -> str:
        return item_id(self.shop.listings[name].pk)

    def ready(self, *lines: tuple[str, int], by: Agent | None = None, **more: Any) -> dict[str, Any]:
        """A checkout that can be completed."""
        wanted = [(self.item(name), units) for name, units in lines]
        status, answer = (by or self.agent).post(
            "checkout-sessions", goods(*wanted, buyer=BUYER, fulfillment=DELIVERY, **more)
        )
        assert (status, answer["status"]) == (201, "ready_for_complete"), answer
        return dict(answer)

    def complete(self, checkout: dict[str, Any], *, card: str = "tok_ok", key: str = "") -> tuple[int, Any]:
        return self.agent.post(f"checkout-sessions/{checkout['id']}/complete", pay(card), key=key)

    def purchases(self) -> list[OrderGroup]:
        with tenancy.as_platform(self.shop.platform.pk):
            return list(OrderGroup.objects.order_by("pk"))


@pytest.fixture
def market(database: str) -> Market:
    shop = a_shop(stock={"tea": 10, "jam": 5, "salt": 0}, prices={"tea": 500, "jam": 300, "salt": 100})
    return Market(shop, Agent().pinned())
