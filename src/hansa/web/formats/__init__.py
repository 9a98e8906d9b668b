"""How dates and times are written in each language: one module of formats a language, the same names in each.

The names are Django's, and four of our own: WEEKDAY_FORMAT and SHORT_WEEKDAY_FORMAT (a day near by), FULL_DATE_FORMAT
(with weekday and year) and SHORT_MONTH_DAY_FORMAT (for axes of charts). Templates say ``{{ day|date:"WEEKDAY_FORMAT" }}``.
"""
