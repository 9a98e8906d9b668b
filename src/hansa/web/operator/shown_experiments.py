"""How experiments are shown: words for what is tested and measured, and a confidence sequence as a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.commerce.experiments.domain import Metric
from hansa.commerce.experiments.models import Arm, Experiment, Look
from hansa.kernel.money import digits_of
from hansa.web import charts
from hansa.web.charts.figures import percent_text

_METRICS = {
    Metric.BUYERS: gettext_lazy("Share of people who buy"),
    Metric.REVENUE: gettext_lazy("Spent by a person"),
    Metric.CLICKS: gettext_lazy("Clicks on what is shown"),
    Metric.HIDES: gettext_lazy("Goods that a person hides"),
}
_VARIANTS = {
    "personal": gettext_lazy("chosen for each person"),
    "bestsellers": gettext_lazy("bestsellers for all"),
}
_VERDICTS = {
    "higher": gettext_lazy("higher"),
    "lower": gettext_lazy("lower"),
    "open": gettext_lazy("open"),
}


@dataclass(frozen=True)
class ArmShown:
    """One arm: what it shows, its planned share, how many people saw it."""

    variant: str
    share: float
    people: int


@dataclass(frozen=True)
class Difference:
    """One variant beside the control, in the reader's figures."""

    variant: str
    control_value: str
    value: str
    difference: str
    lift: str
    chance: str
    verdict: str
    is_decided: bool
    naive: str
    naive_chance: str
    chart: charts.Chart


@dataclass(frozen=True)
class Compared:
    """What is known of one measure: differences, or the reasons why there are none."""

    metric: str
    differences: list[Difference]
    refusals: list[str]


@dataclass(frozen=True)
class Figures:
    """What one look saw."""

    metric: Compared
    guardrail: Compared | None
    mismatch_p: float


def metric_word(metric: str) -> str:
    """A measure in the reader's language."""
    return str(_METRICS[Metric(metric)])


def variant_word(variant: str) -> str:
    """A variant in the reader's language."""
    return str(_VARIANTS.get(variant, variant))


def arms(arms: Sequence[Arm], people: Mapping[int, int]) -> list[ArmShown]:
    """The arms with their shares and people."""
    total = sum(arm.weight for arm in arms)
    return [ArmShown(variant_word(arm.variant), arm.weight / total, people.get(arm.pk, 0)) for arm in arms]


def figures(experiment: Experiment, look: Look, currency: str) -> Figures:
    """What a look saw, in the reader's words and figures."""
    saw = look.figures
    return Figures(
        metric=_compared(experiment.metric, saw["metric"], currency),
        guardrail=(
            _compared(experiment.guardrail, saw["guardrail"], currency) if "guardrail" in saw else None
        ),
        mismatch_p=saw["mismatch_p"],
    )


def _compared(metric: str, found: Mapping[str, Any], currency: str) -> Compared:
    differences = [_difference(metric, each, currency) for each in found["comparisons"]]
    return Compared(metric_word(metric), differences, [str(reason) for reason in found["refusals"]])


def _difference(metric: str, found: Mapping[str, Any], currency: str) -> Difference:
    format, unit = _format(metric, currency)
    naive = found["naive"]

    def text(value: float) -> str:
        return format.text(value / unit)

    control = found["control_value"]
    return Difference(
        variant=variant_word(found["treatment"]),
        control_value=text(control),
        value=text(found["treatment_value"]),
        difference=_span(text, found),
        lift=percent_text(found["difference"] / abs(control), signed=True) if control else "–",
        chance=_chance(found["p_value"]),
        verdict=str(_VERDICTS[found["verdict"]]),
        is_decided=found["verdict"] != "open",
        naive=_span(text, naive),
        naive_chance=_chance(naive["p_value"]),
        chart=_chart(metric, found, format, unit),
    )


def _chart(metric: str, found: Mapping[str, Any], format: charts.Format, unit: float) -> charts.Chart:
    looks = found["looks"]
    title = _("%(metric)s: %(variant)s beside the control") % {
        "metric": metric_word(metric),
        "variant": variant_word(found["treatment"]),
    }

    def run(name: str) -> list[float]:
        return [look[name] / unit for look in looks]

    return charts.line(
        title,
        [_moment(look) for look in looks],
        [
            charts.Series(_("Difference"), run("difference")),
            charts.Series(_("At least"), run("low")),
            charts.Series(_("At most"), run("high")),
        ],
        format=format,
        summary=_("The interval holds at all moments at once: one may look and stop at any."),
        from_zero=True,
    )


def _moment(look: Mapping[str, Any]) -> str:
    day = date_format(datetime.fromtimestamp(look["at"], UTC), "SHORT_DATE_FORMAT")
    return _("%(day)s, %(count)s people") % {"day": day, "count": look["units"]}


def _span(text: Any, found: Mapping[str, Any]) -> str:
    return f"{text(found['difference'])} [{text(found['low'])} … {text(found['high'])}]"


def _chance(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _format(metric: str, currency: str) -> tuple[charts.Format, float]:
    if metric == Metric.REVENUE:
        return charts.money_in(currency), float(10 ** digits_of(currency))
    if metric in (Metric.BUYERS, Metric.CLICKS):
        return charts.Format(kind="percent", digits=2), 1.0
    return charts.Format(digits=3), 1.0
