"""How the merchant's desk shows figures: as charts and rows whose numbers come from selectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.commerce.marketing.selectors import Funnel
from hansa.commerce.orders.selectors import DayOfTakings
from hansa.commerce.planning.models import Forecast, ForecastRun
from hansa.commerce.planning.selectors import DemandPicture
from hansa.web import charts
from hansa.web.templatetags.words import good_name, model_word

SPAN_DAYS = 28
RUNNING_LOW_DAYS = 7
LONGEST_COVER_DAYS = 365


@dataclass(frozen=True)
class Measure:
    """A figure of the last four weeks, its change against the four before, and its course."""

    value: int
    change: float | None
    spark: list[float]


@dataclass(frozen=True)
class Sales:
    """Takings, orders and units of the last four weeks beside the four before."""

    revenue: Measure
    orders: Measure
    units: Measure
    chart: charts.Chart


@dataclass(frozen=True)
class Outlook:
    """What is expected of one good in the run's horizon, and how long its stock lasts."""

    forecast: Forecast
    title: str
    expected: float
    free: int
    lasts_days: int | None

    @property
    def runs_low(self) -> bool:
        return self.lasts_days is not None and self.lasts_days < RUNNING_LOW_DAYS


def sales(days: Sequence[DayOfTakings], currency: str, digits: int) -> Sales:
    """Sum the last four weeks and draw them."""
    recent = days[-SPAN_DAYS:]
    chart = charts.bars(
        _("Takings a day"),
        [_day(day.day) for day in recent],
        [charts.Series(_("Takings"), [day.revenue / 10**digits for day in recent])],
        format=charts.money_in(currency),
        summary=_("The last four weeks, cancelled orders left out."),
    )
    return Sales(
        revenue=_measure([day.revenue for day in days]),
        orders=_measure([day.orders for day in days]),
        units=_measure([day.units for day in days]),
        chart=chart,
    )


def funnel(figures: Funnel) -> charts.Funnel:
    """The steps from exposure to review."""
    return charts.funnel(
        _("From being shown to being reviewed"),
        [
            (_("Shown"), figures.impressions),
            (_("Clicked"), figures.clicks),
            (_("Visited"), figures.visits),
            (_("In a cart"), figures.carts),
            (_("Ordered"), figures.orders),
            (_("Delivered"), figures.delivered),
            (_("Reviewed"), figures.reviews),
        ],
    )


def fan(picture: DemandPicture) -> charts.Chart | None:
    """What was sold, and what is expected with its uncertainty."""
    forecast = picture.forecast
    if forecast is None:
        return None
    edges = {
        round(level * 1000): values for level, values in zip(picture.levels, forecast.quantiles, strict=True)
    }
    return charts.fan_chart(
        _("Units sold a day"),
        past=[_day(day) for day in picture.days],
        history=[float(units) for units in picture.sold],
        future=[_day(day) for day in picture.future_days],
        mean=forecast.mean,
        bands={50: (edges[250], edges[750]), 80: (edges[100], edges[900]), 95: (edges[25], edges[975])},
        summary=_("About %(units)s units in the next %(weeks)s weeks; chosen model: %(model)s.")
        % {
            "units": round(sum(forecast.mean)),
            "weeks": len(forecast.mean) // 7,
            "model": model_word(forecast.model),
        },
    )


def outlooks(forecasts: Iterable[Forecast], free: Mapping[int, int]) -> list[Outlook]:
    """Every forecast good with its stock, the most wanted first."""
    rows = [
        outlook(forecast, free.get(forecast.offer_id, 0), good_name(forecast.offer.variant.product))
        for forecast in forecasts
    ]
    return sorted(rows, key=lambda row: (-row.expected, row.title))


def outlook(forecast: Forecast, free: int, title: str) -> Outlook:
    """One good's expected demand and how many days its stock lasts at that pace."""
    expected = sum(forecast.mean)
    pace = expected / len(forecast.mean) if forecast.mean else 0.0
    lasts = int(free / pace) if pace else None
    if lasts is not None and lasts > LONGEST_COVER_DAYS:
        lasts = None
    return Outlook(forecast, title, expected, free, lasts)


def gain_of(run: ForecastRun | None) -> float | None:
    """How much smaller the forecast's error is than that of repeating the last week."""
    return 1 - run.error / run.naive_error if run and run.naive_error else None


def _measure(values: Sequence[int]) -> Measure:
    recent, earlier = values[-SPAN_DAYS:], sum(values[:-SPAN_DAYS])
    change = (sum(recent) - earlier) / earlier if earlier else None
    return Measure(sum(recent), change, [float(value) for value in recent])


def _day(day: date) -> str:
    return date_format(day, "SHORT_MONTH_DAY_FORMAT")
