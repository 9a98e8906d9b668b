"""How figures and arrows are written; no database is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from hansa.commerce.health.domain.chain import BY_KEY, LINKS
from hansa.commerce.health.domain.evidence import Trend
from hansa.web.health.picture import CARD_HEIGHT, CARD_WIDTH, PLACES, _place, _run
from hansa.web.health.shown import change_text, rho_text, step_text, value_text


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A page that was asked for before leaves its reader's language behind."""
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("click_rate", 0.1234, "12.3%"),
        ("satisfaction", 4.256, "4.26"),
        ("visits", 12_345.0, "12,345"),
        ("sales", 123_456.4, "$1,234.56"),
        ("logistics_cost", 199.5, "$2.00"),
        ("sales", None, "–"),
    ],
)
def test_a_value_is_written_in_its_unit(key: str, value: float | None, text: str) -> None:
    assert value_text(BY_KEY[key], value, "USD") == text


def test_cards_leave_the_cents_out_of_large_amounts() -> None:
    assert value_text(BY_KEY["sales"], 123_456, "USD", short=True) == "$1,235"
    assert value_text(BY_KEY["sales"], 99_949, "USD", short=True) == "$999.49"


def test_money_without_a_common_currency_is_not_written() -> None:
    assert value_text(BY_KEY["sales"], 123_456, "") == "–"


def test_a_change_is_points_for_shares_and_a_percentage_for_counts() -> None:
    share, count, stars = BY_KEY["click_rate"], BY_KEY["visits"], BY_KEY["satisfaction"]

    assert change_text(share, Trend(0.262, 0.25, None), "") == "+1.2 points"
    assert change_text(share, Trend(0.0326, 0.033, None), "") == "-0.04 points"
    assert change_text(count, Trend(90.0, 100.0, None), "") == "-10.0%"
    assert change_text(stars, Trend(4.25, 4.0, None), "") == "+0.25"
    assert change_text(count, Trend(100.2, 100.0, None), "") == "steady"
    assert change_text(count, Trend(3.0, 0.0, None), "") == "new"
    assert change_text(count, Trend(3.0, None, None), "") == ""


def test_a_step_has_its_sign() -> None:
    assert step_text(BY_KEY["sales"], 12_345.0, "USD") == "+$123.45"
    assert step_text(BY_KEY["sales"], -12_345.0, "USD") == "-$123.45"
    assert step_text(BY_KEY["visits"], -2.25, "") == "-2.2"
    assert step_text(BY_KEY["visits"], None, "") == "–"


def test_a_correlation_has_its_sign_and_two_digits() -> None:
    assert (rho_text(0.714), rho_text(-0.5), rho_text(None)) == ("+0.71", "−0.50", "")


def test_chinese_readers_see_chinese_money() -> None:
    with translation.override("zh-hans"):
        assert value_text(BY_KEY["sales"], 123_456, "USD") == "US$1,234.56"


def test_arrows_end_at_the_edge_of_their_card_and_cross_no_other() -> None:
    taken = {place: _place(place) for place in PLACES.values()}
    for link in LINKS:
        (column, row), (to_column, to_row) = PLACES[link.cause], PLACES[link.effect]
        if row == to_row:
            between = {(each, row) for each in range(min(column, to_column) + 1, max(column, to_column))}
        else:
            between = {(to_column, each) for each in range(min(row, to_row) + 1, max(row, to_row))}
            between |= {(each, row) for each in range(min(column, to_column) + 1, max(column, to_column))}
        assert not between & taken.keys(), f"{link.cause} > {link.effect}"


def test_an_arrow_to_the_right_runs_from_side_to_side() -> None:
    path, head, _label = _run("recommendation", "satisfaction")
    (left, top), (right, _) = _place(PLACES["recommendation"]), _place(PLACES["satisfaction"])
    middle = top + CARD_HEIGHT / 2

    assert path == f"M{left + CARD_WIDTH + 3:g},{middle:g}L{right - 12:g},{middle:g}"
    assert head.split(" ")[0] == f"{right - 3:g},{middle:g}"


def test_an_arrow_upwards_runs_from_top_to_bottom() -> None:
    path, head, _label = _run("market_share", "recommendation")
    (left, bottom), (_, top) = _place(PLACES["market_share"]), _place(PLACES["recommendation"])
    middle = left + CARD_WIDTH / 2

    assert path == f"M{middle:g},{bottom - 3:g}L{middle:g},{top + CARD_HEIGHT + 12:g}"
    assert head.split(" ")[0] == f"{middle:g},{top + CARD_HEIGHT + 3:g}"
