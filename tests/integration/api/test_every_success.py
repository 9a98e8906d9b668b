"""Every operation of the API succeeds for who may: each call on the same world, undone after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from django.db import transaction
from django.test import Client, override_settings

from hansa.config.access import ACCESS
from tests.factories import user_of
from tests.integration.api.calls import ASKS, call
from tests.integration.api.world import House, a_house
from tests.integration.conftest import _empty


@pytest.fixture(scope="module")
def house(database_url: str) -> Iterator[House]:
    with override_settings(API_LIMITS=False, WEBHOOKS_TO_PRIVATE=True):
        yield a_house("trave", "zorn")
    _empty()


def test_there_is_a_call_for_every_operation() -> None:
    assert set(ASKS) == set(ACCESS)


@pytest.mark.parametrize("key", sorted(ACCESS))
def test_it_succeeds_for_who_may(key: str, house: House) -> None:
    ask, browser = ASKS[key], Client()
    if ask.who != "guest":
        browser.force_login(user_of(house.people[ask.who]))
    # The provider is called with no transaction open, so an order is placed for good.
    with nullcontext() if key == "POST /orders/" else transaction.atomic():
        for before in ask.first:
            assert call(browser, before, house).status_code < 300

        answer = call(browser, key, house)

        if key != "POST /orders/":
            transaction.set_rollback(True)
    assert 200 <= answer.status_code < 300, answer.content.decode()
