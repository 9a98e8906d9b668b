"""How figures are written for people: money, quantities, shares, spans of time and of road, in the reader's language.

The filters of ``templatetags/hansa.py`` and the tables under charts both call these; JavaScript has Intl.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from django.utils.formats import get_format
from django.utils.timesince import timesince
from django.utils.translation import get_language, gettext, ngettext, pgettext

from hansa.kernel.errors import InvalidInput
from hansa.kernel.money import digits_of

Figure = int | float | Decimal
MISSING = "–"

# Signs as CLDR writes them: the reader's own currency is short, a foreign one says whose it is.
_SIGNS = {
    "en": {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "BRL": "R$", "KRW": "₩", "INR": "₹"},
    "zh": {
        "USD": "US$",
        "EUR": "€",
        "GBP": "£",
        "JPY": "JP¥",
        "CNY": "¥",
        "BRL": "R$",
        "KRW": "₩",
        "INR": "₹",
    },
}
# from which size on, in which unit, with which word
_LARGE = {
    "en": ((10**9, 10**9, "B"), (10**6, 10**6, "M"), (10**4, 10**3, "K")),
    "zh": ((10**8, 10**8, "亿"), (10**4, 10**4, "万")),
}


@dataclass(frozen=True, slots=True)
class Format:
    """How the figures of one chart are written; money comes in major units, shares as fractions of one."""

    kind: Literal["number", "money", "percent"] = "number"
    currency: str = ""
    digits: int = 0

    def text(self, value: Figure | None) -> str:
        if value is None:
            return MISSING
        if self.kind == "percent":
            return percent_text(value, digits=self.digits)
        written = grouped(Decimal(str(value)), digits=self.digits)
        return _with_sign(written, self.currency) if self.kind == "money" else written


NUMBER = Format()
PERCENT = Format(kind="percent", digits=1)


def money_in(currency: str, *, whole: bool = False) -> Format:
    """Say that a chart's figures are amounts of this currency in major units."""
    return Format(kind="money", currency=currency, digits=0 if whole else digits_of(currency))


def money_text(minor: int, currency: str) -> str:
    """Write minor units as the reader's language writes money: 123456 USD is $1,234.56."""
    if isinstance(minor, bool) or not isinstance(minor, int):
        raise InvalidInput(f"money takes whole minor units, not {minor!r}")
    digits = digits_of(currency)
    return _with_sign(grouped(Decimal(minor).scaleb(-digits), digits=digits), currency)


def grouped(value: Decimal, *, digits: int) -> str:
    """Write a number with its thousands grouped, rounded half up to so many digits."""
    rounded = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    whole, _, rest = f"{abs(rounded):f}".partition(".")
    point, comma = _separators()
    groups = f"{int(whole):,}".replace(",", comma)
    sign = "-" if rounded < 0 else ""
    return f"{sign}{groups}{point}{rest}" if rest else f"{sign}{groups}"


def quantity_text(value: Figure, unit: str = "") -> str:
    """Write a count or a measure with at most three digits after the point and none to spare."""
    exact = Decimal(str(value)).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP).normalize()
    digits = max(0, -int(exact.as_tuple().exponent))
    text = grouped(exact, digits=digits)
    return f"{text} {unit}" if unit else text


def percent_text(share: Figure, *, digits: int = 1, signed: bool = False) -> str:
    """Write a fraction of one as a percentage: 0.1234 is 12.3%."""
    text = grouped(Decimal(str(share)) * 100, digits=digits) + "%"
    return "+" + text if signed and share > 0 else text


def compact_text(value: Figure) -> str:
    """Write a large number short: 1,234,567 is 1.2M, in Chinese 123.5万."""
    exact = Decimal(str(value))
    for size, unit, word in _LARGE[_family()]:
        if abs(exact) >= size:
            return quantity_text(round(exact / unit, 1)) + word
    return quantity_text(exact)


def duration_text(seconds: Figure) -> str:
    """Write a span of time in hours and minutes, the smallest being one minute."""
    minutes = int(Decimal(str(seconds)) / 60 + Decimal("0.5"))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return pgettext("duration", "%d min") % rest
    if not rest:
        return pgettext("duration", "%d h") % hours
    return pgettext("duration", "%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def distance_text(metres: Figure) -> str:
    """Write a length of road: metres below one kilometre, then kilometres."""
    if metres < 1000:
        return quantity_text(round(metres), "m")
    kilometres = Decimal(str(metres)) / 1000
    return quantity_text(round(kilometres, 1 if kilometres < 100 else 0), "km")


def ago_text(moment: datetime, *, now: datetime) -> str:
    """Say how long ago a moment was, in its largest unit; a moment to come says how long it still takes."""
    if abs(now - moment) < timedelta(minutes=1):
        return gettext("just now")
    if moment > now:
        return gettext("in %(span)s") % {"span": timesince(now, moment, depth=1)}
    return gettext("%(span)s ago") % {"span": timesince(moment, now, depth=1)}


def count_text(count: int) -> str:
    """Say how many ratings there are."""
    return ngettext("%(count)s rating", "%(count)s ratings", count) % {"count": quantity_text(count)}


def _with_sign(written: str, currency: str) -> str:
    sign = _SIGNS[_family()].get(currency, f"{currency}\N{NO-BREAK SPACE}")
    return f"-{sign}{written[1:]}" if written.startswith("-") else f"{sign}{written}"


def _separators() -> tuple[str, str]:
    if _family() == "zh":
        return (
            ".",
            ",",
        )  # Django groups Chinese by four with nothing between; prices there are written by three
    return str(get_format("DECIMAL_SEPARATOR")), str(get_format("THOUSAND_SEPARATOR"))


def _family() -> str:
    return "zh" if (get_language() or "en").startswith("zh") else "en"
