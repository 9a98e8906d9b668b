"""A buyer's dispute in the books: held back, given back, or borne by who was paid."""

from __future__ import annotations

import pytest

from hansa.commerce.payouts.selectors import Balance
from tests.integration.orders.scene import a_purchase
from tests.integration.payouts.scene import (
    a_house,
    balance,
    books,
    broken,
    delivered,
    dispute,
    refund,
    work,
)

pytestmark = pytest.mark.usefixtures("database")


def test_a_dispute_holds_money_back_and_one_that_is_won_returns_it() -> None:
    shop = a_house()
    group = delivered(shop)
    before = books(shop)

    dispute(shop, group, "opened", 1_490)
    held = books(shop)
    dispute(shop, group, "won", 1_490)
    dispute(shop, group, "won", 1_490)
    work()

    assert (held["disputed"], held.get("provider", 0)) == (1_490, 0)
    assert books(shop) == before
    assert balance(shop) == Balance("EUR", 900, 0, 0)
    assert broken() == set()


def test_a_lost_dispute_is_borne_by_the_merchant_and_the_platform_once() -> None:
    shop = a_house()
    group = delivered(shop)

    dispute(shop, group, "lost", 1_490)  # the decision comes without an opening
    work()
    dispute(shop, group, "lost", 1_490)
    work()

    assert books(shop) == {}
    assert balance(shop) == Balance("EUR", 0, 0, 0)
    assert broken() == set()


def test_a_part_that_is_lost_is_borne_in_proportion() -> None:
    shop = a_house()
    group = delivered(shop)

    dispute(shop, group, "lost", 745)  # half of it
    work()

    assert books(shop) == {"provider": 745, "delivery": -245, "payable": -450, "commission": -50}
    assert broken() == set()


def test_what_was_given_back_before_is_not_taken_from_the_merchant_twice() -> None:
    shop = a_house()
    group = delivered(shop)
    refund(shop, group, 1_000, 100)  # all the goods; the delivery fee of 4.90 stays

    dispute(shop, group, "lost", 1_490)
    work()

    assert books(shop)["dispute_losses"] == 1_000
    assert sum(books(shop).values()) == 0
    assert broken() == set()


def test_a_merchant_who_gave_all_back_bears_nothing_of_another_ones_goods() -> None:
    """Ada's salts were called off and paid back: what the bank takes of the rest is Bo's and the delivery's."""
    bought = a_purchase()
    bought.cancel("Salt", 2, key="one")
    bought.bring_all()
    left = bought.purchase().grand_total - 1_000

    dispute(bought.shop, bought.group, "lost", left)
    work()

    assert (bought.balance("payable", bought.ada), bought.balance("payable", bought.shop.merchant)) == (0, 0)
    assert books(bought.shop) == {}
    assert broken() == set()
