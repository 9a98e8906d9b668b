"""How the merchant's desk shows figures: as charts whose numbers come from selectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hansa.commerce.marketing.selectors import Funnel
from hansa.commerce.orders.selectors import DayOfTakings
from hansa.commerce.planning.models import ForecastRun
from hansa.commerce.planning.selectors import DemandPicture
from hansa.kernel.money import digits_of
from hansa.web import charts

WEEKS = 28


@dataclass(frozen=True)
class Sales:
    """Takings of the last four weeks beside the four before."""

    revenue: int
    orders: int
    units: int
    change: float | None
    spark: list[float]
    chart: charts.Chart


def sales(days: Sequence[DayOfTakings], currency: str) -> Sales:
    """Sum the last four weeks and draw them."""
    recent, before = days[-WEEKS:], days[:-WEEKS]
    revenue = sum(day.revenue for day in recent)
    earlier = sum(day.revenue for day in before)
    chart = charts.bars(
        _("Takings a day"),
        [_day(day.day) for day in recent],
        [charts.Series(_("Takings"), [day.revenue / 10 ** digits_of(currency) for day in recent])],
        format=charts.money_in(currency),
    )
    return Sales(
        revenue=revenue,
        orders=sum(day.orders for day in recent),
        units=sum(day.units for day in recent),
        change=(revenue - earlier) / earlier if earlier else None,
        spark=[float(day.revenue) for day in recent],
        chart=chart,
    )


def funnel(figures: Funnel) -> charts.Funnel:
    """The steps from exposure to repurchase."""
    return charts.funnel(
        _("From being shown to being bought again"),
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


def fan(title: str, picture: DemandPicture) -> charts.Chart | None:
    """What was sold, and what is expected with its uncertainty."""
    forecast = picture.forecast
    if forecast is None:
        return None
    edges = {
        round(level * 1000): values for level, values in zip(picture.levels, forecast.quantiles, strict=True)
    }
    return charts.fan_chart(
        title,
        past=[_day(day) for day in picture.days],
        history=[float(units) for units in picture.sold],
        future=[_day(day) for day in picture.future_days],
        mean=forecast.mean,
        bands={50: (edges[250], edges[750]), 80: (edges[100], edges[900]), 95: (edges[25], edges[975])},
        summary=_("About %(units)s units in the next four weeks; model: %(model)s.")
        % {"units": round(sum(forecast.mean)), "model": forecast.model},
    )


def gain_of(run: ForecastRun | None) -> float | None:
    """How much smaller the forecast's error is than that of repeating the last week."""
    return 1 - run.error / run.naive_error if run and run.naive_error else None


def _day(day: date) -> str:
    return date_format(day, "j M")
