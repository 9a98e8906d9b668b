from __future__ import annotations

import pytest
from pydantic import BaseModel

from hansa.foundation import fields
from hansa.kernel.errors import InvalidInput


class Price(BaseModel):
    amount: int
    currency: str


class Good(BaseModel):
    id: int
    price: Price | None
    prices: list[Price]


class Goods(BaseModel):
    items: list[Good]
    next_cursor: str


GOOD = {
    "id": 7,
    "price": {"amount": 5, "currency": "EUR"},
    "prices": [{"amount": 5, "currency": "EUR"}, {"amount": 6, "currency": "USD"}],
}


def test_only_what_was_asked_for_is_left() -> None:
    assert fields.pruned(GOOD, fields.chosen("id", Good)) == {"id": 7}
    assert fields.pruned(GOOD, fields.chosen("price.currency,prices.amount", Good)) == {
        "price": {"currency": "EUR"},
        "prices": [{"amount": 5}, {"amount": 6}],
    }


def test_a_page_keeps_its_frame() -> None:
    page = {"items": [GOOD, GOOD], "next_cursor": "abc"}

    assert fields.pruned(page, fields.chosen("id", Goods)) == {
        "items": [{"id": 7}, {"id": 7}],
        "next_cursor": "abc",
    }


def test_what_is_missing_stays_missing() -> None:
    assert fields.pruned({"price": None}, fields.chosen("price.amount", Good)) == {"price": None}


@pytest.mark.parametrize("text", ["cost", "price.cost", "id.more", "", "id,,price", "x" * 1001])
def test_a_name_that_the_answer_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="fields"):
        fields.chosen(text, Good)
