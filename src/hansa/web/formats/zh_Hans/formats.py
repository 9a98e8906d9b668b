"""Dates in Simplified Chinese: from the large to the small, no zero before a month or a day."""

from __future__ import annotations

DATE_FORMAT = "Y年n月j日"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y年n月j日 H:i"
YEAR_MONTH_FORMAT = "Y年n月"
MONTH_DAY_FORMAT = "n月j日"
SHORT_DATE_FORMAT = "Y年n月j日"
SHORT_DATETIME_FORMAT = "Y年n月j日 H:i"

WEEKDAY_FORMAT = "n月j日 l"
SHORT_WEEKDAY_FORMAT = "n月j日 l"
FULL_DATE_FORMAT = "Y年n月j日 l"
SHORT_MONTH_DAY_FORMAT = "n月j日"
