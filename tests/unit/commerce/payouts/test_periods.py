"""When merchants are paid out."""

from __future__ import annotations

from datetime import date

import pytest

from hansa.commerce.payouts.domain import Every, Period, Terms, next_day, period_before
from hansa.kernel.errors import InvalidInput

MONDAY, SUNDAY, NEW_YEAR = date(2026, 3, 2), date(2026, 3, 8), date(2027, 1, 1)


@pytest.mark.parametrize(
    ("today", "every", "first", "last"),
    [
        (MONDAY, Every.DAY, date(2026, 3, 1), date(2026, 3, 1)),
        (MONDAY, Every.WEEK, date(2026, 2, 23), date(2026, 3, 1)),
        (SUNDAY, Every.WEEK, date(2026, 2, 23), date(2026, 3, 1)),
        (MONDAY, Every.MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        (NEW_YEAR, Every.MONTH, date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_payout_closes_the_last_period_that_is_over(
    today: date, every: Every, first: date, last: date
) -> None:
    assert period_before(today, every) == Period(first, last)


@pytest.mark.parametrize(
    ("today", "every", "expected"),
    [
        (MONDAY, Every.DAY, date(2026, 3, 3)),
        (MONDAY, Every.WEEK, date(2026, 3, 9)),
        (SUNDAY, Every.WEEK, date(2026, 3, 9)),
        (MONDAY, Every.MONTH, date(2026, 4, 1)),
        (date(2026, 12, 31), Every.MONTH, NEW_YEAR),
    ],
)
def test_the_next_payout_is_made_up_the_day_after_the_running_period(
    today: date, every: Every, expected: date
) -> None:
    assert next_day(today, every) == expected


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hold_days": 181}, "0 to 180 days, not 181"),
        ({"minimum": 0}, "at least 1 minor unit, not 0"),
        ({"destination": " "}, "where it goes"),
    ],
)
def test_terms_that_make_no_sense_are_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Terms(**wrong)
