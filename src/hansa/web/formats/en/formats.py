"""Dates in English: the day before the month, the clock by twenty-four hours."""

from __future__ import annotations

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"

WEEKDAY_FORMAT = "l j F"
SHORT_WEEKDAY_FORMAT = "D j M"
FULL_DATE_FORMAT = "l j F Y"
SHORT_MONTH_DAY_FORMAT = "j M"
