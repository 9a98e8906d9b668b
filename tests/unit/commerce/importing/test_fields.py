# ruff: noqa: DTZ001 - times of rows are UTC without a zone
from datetime import UTC, datetime

import pytest

from hansa.commerce.importing.tabular import fields
from hansa.commerce.importing.tabular.fields import BadField

_NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0", "USD", 0),
        ("12.50", "USD", 1250),
        ("12.5", "USD", 1250),
        ("12.500", "USD", 1250),
        ("0.07", "USD", 7),
        ("4.35", "USD", 435),  # 434 by way of a float
        ("1000000000", "USD", 100_000_000_000),
        ("150", "JPY", 150),
        ("1.234", "KWD", 1234),
        ("-0.00", "USD", 0),
    ],
)
def test_money_is_read_exactly(text: str, currency: str, minor: int) -> None:
    assert fields.money(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("", "USD", "no amount"),
        ("12,50", "USD", "no amount"),
        ("$12", "USD", "no amount"),
        ("1e3", "USD", "no amount"),
        ("NaN", "USD", "no amount"),
        (".5", "USD", "no amount"),
        ("١٢", "USD", "no amount"),  # digits, but not ours
        ("1.005", "USD", "more than 2 decimals, which USD does not have"),
        ("1.5", "JPY", "more than 0 decimals, which JPY does not have"),
        ("-1", "USD", "a negative amount"),
        ("99999999999", "USD", "too large an amount"),
    ],
)
def test_what_is_no_money_says_why(text: str, currency: str, reason: str) -> None:
    with pytest.raises(BadField, match=reason):
        fields.money(text, currency)


def test_a_price_may_not_be_zero() -> None:
    with pytest.raises(BadField, match="an amount of zero"):
        fields.money("0.00", "USD", least=1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-3", "a negative number"),
        ("0", "less than 1"),
        ("1.0", "no whole number"),
        ("9999999", "more than 1000000"),
    ],
)
def test_what_is_no_quantity_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadField, match=reason):
        fields.count(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20 14:03:00", datetime(2026, 11, 20, 14, 3)),
        ("2026-11-20T14:03:00+02:00", datetime(2026, 11, 20, 12, 3)),
        ("2026-11-20", datetime(2026, 11, 20)),
    ],
)
def test_times_are_read_into_utc(text: str, moment: datetime) -> None:
    assert fields.moment(text, now=_NOW) == moment


@pytest.mark.parametrize(
    ("text", "reason"),
    [("20.11.2026", "no time"), ("2026-11-23", "a time in the future"), ("1970-01-01", "a time before 1990")],
)
def test_what_is_no_time_says_why(text: str, reason: str) -> None:
    with pytest.raises(BadField, match=reason):
        fields.moment(text, now=_NOW)


def test_another_currency_is_refused() -> None:
    with pytest.raises(BadField, match="the platform trades in USD, not in EUR"):
        fields.currency("EUR", "USD")
    with pytest.raises(BadField, match="no currency code"):
        fields.currency("usd", "USD")


def test_words_must_be_visible_and_short() -> None:
    assert fields.text("Grüner Tee 绿茶", most=20) == "Grüner Tee 绿茶"
    for text, reason in (("", "empty"), ("x" * 21, "longer than 20"), ("a\u200bb", "invisible")):
        with pytest.raises(BadField, match=reason):
            fields.text(text, most=20)
