# ruff: noqa: DTZ001 - frames hold UTC without a zone
from datetime import date, datetime

import polars as pl

from hansa.commerce.importing.complete_journey import calendar
from hansa.commerce.importing.complete_journey.journey import LAST_DAY, Plan


def test_times_become_the_wall_clock_of_the_shop() -> None:
    frame = pl.DataFrame({"at": [datetime(2017, 1, 2, 4, 59, 58), datetime(2017, 7, 3, 3, 57, 57)]})

    wall = frame.select(calendar.on_the_wall("at")).to_series().to_list()

    # New York is five hours behind in winter, four in summer: both are Sunday evenings there.
    assert wall == [datetime(2017, 1, 1, 23, 59, 58), datetime(2017, 7, 2, 23, 57, 57)]


def test_the_data_ends_yesterday_when_today_is_a_monday() -> None:
    shift = calendar.shift_days(LAST_DAY, date(2026, 11, 23))

    assert date.fromordinal(LAST_DAY.toordinal() + shift) == date(2026, 11, 22)


def test_weekdays_are_kept_so_the_data_may_end_a_week_ago() -> None:
    shift = calendar.shift_days(LAST_DAY, date(2026, 11, 22))

    assert shift % 7 == 0
    assert date.fromordinal(LAST_DAY.toordinal() + shift) == date(2026, 11, 15)


def test_nothing_made_up_lies_before_the_end_of_the_data() -> None:
    monday = date(2026, 11, 23)
    setting = Plan("small", calendar.shift_days(LAST_DAY, monday), monday, seed=1).setting

    assert setting.data_ends == datetime(2026, 11, 23)
    assert setting.today == datetime(2026, 11, 23)
