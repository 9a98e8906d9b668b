"""Figures in the reader's language, tones of states, attributes that cannot break out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.template import engines
from django.utils import translation
from django_cotton.templatetags import Attrs

from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import Money
from hansa.web.templatetags import hansa

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "english", "chinese"),
    [
        (123456, "USD", "$1,234.56", "US$1,234.56"),
        (0, "EUR", "€0.00", "€0.00"),
        (5, "USD", "$0.05", "US$0.05"),
        (-1999, "USD", "-$19.99", "-US$19.99"),
        (1234567, "JPY", "¥1,234,567", "JP¥1,234,567"),
        (1234567, "KWD", "KWD\N{NO-BREAK SPACE}1,234.567", "KWD\N{NO-BREAK SPACE}1,234.567"),
        (8800, "CNY", "CN¥88.00", "¥88.00"),
        (9_007_199_254_740_993_01, "USD", "$9,007,199,254,740,993.01", "US$9,007,199,254,740,993.01"),
    ],
)
def test_money_has_the_digits_of_its_currency(minor: int, currency: str, english: str, chinese: str) -> None:
    with translation.override("en"):
        assert hansa.money(minor, currency) == english
        assert hansa.money(Money(minor, currency)) == english
    with translation.override("zh-hans"):
        assert hansa.money(minor, currency) == chinese


@pytest.mark.parametrize("wrong", [1.5, "12.5", True, ""])
def test_money_that_is_no_whole_minor_unit_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidInput, match="money takes whole minor units"):
        hansa.money(wrong, "USD")  # type: ignore[arg-type]


def test_minor_units_survive_the_way_through_an_attribute() -> None:
    with translation.override("en"):
        assert hansa.money("-1299", "USD") == "-$12.99"
        assert "<s " in hansa.price("899", "USD", "1000")
        assert "<s " not in hansa.price("899", "USD", "")


def test_missing_figures_are_a_dash() -> None:
    filters = [
        hansa.money,
        hansa.quantity,
        hansa.compact,
        hansa.percent,
        hansa.change,
        hansa.ago,
        hansa.duration,
    ]

    assert [one(None) for one in filters] == ["–"] * 7


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12500, "", "12,500"),
        (2.5, "kg", "2.5 kg"),
        (0, "", "0"),
        (1 / 3, "", "0.333"),
        (-1000, "", "-1,000"),
        (100, "", "100"),
    ],
)
def test_quantities_carry_no_spare_digits(value: float, unit: str, text: str) -> None:
    with translation.override("en"):
        assert hansa.quantity(value, unit) == text


def test_shares_are_written_in_percent_and_changes_with_their_sign() -> None:
    with translation.override("en"):
        assert hansa.percent(0.1234) == "12.3%"
        assert hansa.percent(0.5, 0) == "50%"
        assert hansa.percent(12.345) == "1,234.5%"
        assert [hansa.change(value) for value in (0.05, -0.05, 0)] == ["+5.0%", "-5.0%", "0.0%"]


def test_large_numbers_are_short_in_each_language() -> None:
    with translation.override("en"):
        assert [hansa.compact(value) for value in (950, 9_999, 12_345, 1_234_567, 2_500_000_000)] == [
            "950",
            "9,999",
            "12.3K",
            "1.2M",
            "2.5B",
        ]
    with translation.override("zh-hans"):
        assert [hansa.compact(value) for value in (9_999, 1_234_567, 250_000_000)] == [
            "9,999",
            "123.5万",
            "2.5亿",
        ]


@pytest.mark.parametrize(
    ("back", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1\N{NO-BREAK SPACE}minute ago"),
        (timedelta(hours=3, minutes=40), "3\N{NO-BREAK SPACE}hours ago"),
        (timedelta(days=15), "2\N{NO-BREAK SPACE}weeks ago"),
        (-timedelta(hours=2), "in 2\N{NO-BREAK SPACE}hours"),
    ],
)
def test_moments_are_told_from_now_in_their_largest_unit(back: timedelta, text: str) -> None:
    with translation.override("en"):
        assert hansa.ago(NOON - back, NOON) == text


def test_spans_of_time_and_road_are_told_in_the_unit_that_fits() -> None:
    with translation.override("en"):
        assert [hansa.duration(value) for value in (20, 90, 3600, 5100)] == [
            "0 min",
            "2 min",
            "1 h",
            "1 h 25 min",
        ]
        assert [hansa.distance(value) for value in (0, 850, 3400, 123_456)] == [
            "0 m",
            "850 m",
            "3.4 km",
            "123 km",
        ]


def test_states_have_a_tone_whatever_their_spelling_and_strangers_are_neutral() -> None:
    assert [
        hansa.tone(state) for state in ("PAID", "in-transit", "Awaiting payment", "cancelled", "xyzzy", None)
    ] == [
        "moss",
        "sea",
        "amber",
        "alarm",
        "neutral",
        "neutral",
    ]


def test_a_fall_is_good_news_where_down_is_good() -> None:
    judged = [
        hansa.verdict(change, good)
        for change, good in ((1, "up"), (-1, "up"), (1, "down"), (-1, "down"), (0, "up"))
    ]

    assert judged == ["good", "bad", "bad", "good", "even"]


def test_bars_never_leave_their_track() -> None:
    assert [hansa.share_width(*pair) for pair in ((36, 50), (80, 50), (-1, 50), (1, 0))] == [
        "72.00%",
        "100.00%",
        "0.00%",
        "0.00%",
    ]


def test_attributes_passed_through_cannot_break_out() -> None:
    attrs = Attrs(
        {"hx-post": "/x?a=1&b=2", "title": '" onmouseover="alert(1)"', "autofocus": True, "open": False}
    )

    assert hansa.html_attrs(attrs) == (
        ' hx-post="/x?a=1&amp;b=2" title="&quot; onmouseover=&quot;alert(1)&quot;" autofocus'
    )


def test_a_component_escapes_what_a_page_binds_to_it() -> None:
    page = engines["django"].from_string("{% cotton badge :title=name %}{{ name }}{% endcotton %}")

    drawn = page.render({"name": '"><script>'})

    assert 'title="&quot;&gt;&lt;script&gt;"' in drawn
    assert "<script>" not in drawn


def test_a_price_shows_the_former_one_only_when_that_was_more() -> None:
    with translation.override("en"):
        assert "<s " not in hansa.price(199, "USD", 199)
        assert "<s " not in hansa.price(199, "USD", None)
        assert hansa.price(149, "USD", 199).endswith("before </span>$1.99</s></span>")


def test_stars_are_spoken_and_absent_where_nobody_rated() -> None:
    with translation.override("en"):
        drawn = hansa.stars(4.25, 1204)

    assert 'aria-label="4.3 of 5 stars"' in drawn
    assert 'width="85.0%"' in drawn
    assert "1,204 ratings" in drawn
    assert hansa.stars(None) == ""
    assert hansa.stars("") == ""
