"""Line, bar and fan charts as configurations for Chart.js.

Colours are names of tokens ("token(series-1)") that ``charts.js`` resolves, so one configuration serves day and
night. Series differ by dash and pattern as well as by colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext

from hansa.kernel.errors import InvalidInput
from hansa.web.charts.figures import NUMBER, Figure, Format

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Values = Sequence[Figure | None]

_DASHES: tuple[list[Json], ...] = ([], [7, 4], [2, 3], [10, 4, 2, 4], [4, 4], [1, 5])
_POINTS = ("circle", "rectRot", "triangle", "rect", "crossRot", "star")
_PATTERNS = ("", "diagonal", "dots", "counter", "level", "upright")


@dataclass(frozen=True, slots=True)
class Series:
    """One named run of values, one for each label of the chart; None where nothing is known."""

    name: str
    values: Values


@dataclass(frozen=True, slots=True)
class Table:
    """What a chart says, in words: for those who cannot or would rather not see it."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: its title, one sentence about it, the configuration and the same as a table."""

    title: str
    config: dict[str, Json]
    table: Table
    summary: str = ""


@dataclass(frozen=True, slots=True)
class _Fan:
    """A forecast's axes: the past, then the future, with the join at ``origin``."""

    labels: list[str]
    past: int
    future: int
    last: list[Json] = field(default_factory=list)

    @property
    def gap(self) -> list[Json]:
        return [None] * (self.past - 1)


def line(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    format: Format = NUMBER,
    summary: str = "",
    from_zero: bool = True,
) -> Chart:
    """Draw one or several runs over the same labels. Refuses a series of another length."""
    _check(title, labels, series)
    single = len(series) == 1
    datasets = [_line_set(order, one, filled=single) for order, one in enumerate(series)]
    config = _config("line", labels, datasets, format, scales={"y": {"beginAtZero": from_zero}})
    return Chart(title, config, _table(labels, series, format), summary)


def bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    format: Format = NUMBER,
    summary: str = "",
    horizontal: bool = False,
    stacked: bool = False,
) -> Chart:
    """Draw bars for each label, side by side or stacked. Refuses a series of another length."""
    _check(title, labels, series)
    datasets = [_bar_set(order, one) for order, one in enumerate(series)]
    scales: dict[str, Json] = {axis: {"stacked": stacked} for axis in ("x", "y")}
    config = _config("bar", labels, datasets, format, scales=scales)
    if horizontal:
        _options(config)["indexAxis"] = "y"
    return Chart(title, config, _table(labels, series, format), summary)


def fan_chart(
    title: str,
    *,
    past: Sequence[str],
    history: Values,
    future: Sequence[str],
    mean: Values,
    bands: Mapping[int, tuple[Values, Values]],
    format: Format = NUMBER,
    summary: str = "",
) -> Chart:
    """Draw what was and what is expected, with its uncertainty as a fan of bands.

    ``bands`` maps a level in percent (50, 80, 95) to its lower and upper edge over ``future``; wider levels lie
    behind narrower ones. Refuses lengths that do not match and a band whose edges cross.
    """
    _check(title, past, [Series(gettext("Sold"), history)])
    _check(title, future, [Series(gettext("Forecast"), mean)])
    if not past:
        raise InvalidInput(f"{title}: a fan needs a history to open from")
    levels = sorted(bands, reverse=True)
    for level in levels:
        _check_band(title, level, bands[level], len(future))
    fan = _Fan([*past, *future], len(past), len(future), [_number(history[-1])])
    datasets = [
        edge for rank, level in enumerate(levels) for edge in _band_sets(fan, level, bands[level], rank)
    ]
    datasets += [_mean_set(fan, mean), _history_set(fan, history)]
    config = _config("line", fan.labels, datasets, format, scales={"y": {"beginAtZero": True}})
    _options(config)["plugins"] = {"origin": {"index": len(past) - 1, "label": gettext("Forecast")}}
    return Chart(title, config, _fan_table(past, history, future, mean, bands, format), summary)


def _line_set(order: int, one: Series, *, filled: bool) -> dict[str, Json]:
    name = f"series-{order % 6 + 1}"
    return {
        "label": one.name,
        "data": [_number(value) for value in one.values],
        "borderColor": f"token({name})",
        "backgroundColor": f"token({name}, 0.12)" if filled else f"token({name})",
        "fill": "origin" if filled else False,
        "borderDash": _DASHES[order % 6],
        "borderWidth": 2.25,
        "pointStyle": _POINTS[order % 6],
        "pointRadius": 2.5 if len(one.values) <= 20 else 0,
        "pointBackgroundColor": f"token({name})",
        "pointHoverRadius": 5,
        "tension": 0.25,
        "cubicInterpolationMode": "monotone",
    }


def _bar_set(order: int, one: Series) -> dict[str, Json]:
    name, pattern = f"series-{order % 6 + 1}", _PATTERNS[order % 6]
    return {
        "label": one.name,
        "data": [_number(value) for value in one.values],
        "backgroundColor": f"pattern({pattern}, {name})" if pattern else f"token({name})",
        "borderColor": f"token({name})",
        "borderWidth": 1 if pattern else 0,
        "borderRadius": 4,
        "maxBarThickness": 44,
        "pointStyle": "rect",
    }


def _band_sets(fan: _Fan, level: int, edges: tuple[Values, Values], rank: int) -> list[dict[str, Json]]:
    """Make the two edges of one band, the lower first and nameless: charts.js reads a band by that."""
    hidden: dict[str, Json] = {
        "borderWidth": 0,
        "pointRadius": 0,
        "pointHoverRadius": 0,
        "pointStyle": "rect",
    }
    hidden["order"] = 9 - rank  # Chart.js draws the highest first, so the narrow band lies on the wide one
    lower, upper = ([*fan.gap, *fan.last, *map(_number, edge)] for edge in edges)
    shade = f"token(series-1, {0.14 + 0.1 * rank:.2f})"
    name = gettext("%(level)s%% of cases") % {"level": level}
    return [
        {"label": "", "data": lower, "fill": False, **hidden},
        {"label": name, "data": upper, "fill": "-1", "backgroundColor": shade, **hidden},
    ]


def _mean_set(fan: _Fan, mean: Values) -> dict[str, Json]:
    values: list[Json] = [*fan.gap, *fan.last, *map(_number, mean)]
    points: list[Json] = [*[0] * fan.past, *[2.5] * fan.future]
    return _line_set(1, Series(gettext("Forecast"), ()), filled=False) | {
        "data": values,
        "pointRadius": points,
        "order": 2,
    }


def _history_set(fan: _Fan, history: Values) -> dict[str, Json]:
    return _line_set(0, Series(gettext("Sold"), history), filled=False) | {"order": 1}


def _config(
    kind: str,
    labels: Sequence[str],
    datasets: Sequence[dict[str, Json]],
    format: Format,
    *,
    scales: dict[str, Json],
) -> dict[str, Json]:
    return {
        "type": kind,
        "data": {"labels": [*labels], "datasets": [*datasets]},
        "options": {"scales": scales},
        "hansa": {"format": {"kind": format.kind, "currency": format.currency, "digits": format.digits}},
    }


def _options(config: dict[str, Json]) -> dict[str, Json]:
    options = config["options"]
    assert isinstance(options, dict)
    return options


def _table(labels: Sequence[str], series: Sequence[Series], format: Format) -> Table:
    headers = ("", *(one.name for one in series))
    columns = [[format.text(value) for value in one.values] for one in series]
    return Table(headers, tuple((label, *row) for label, *row in zip(labels, *columns, strict=True)))


def _fan_table(
    past: Sequence[str],
    history: Values,
    future: Sequence[str],
    mean: Values,
    bands: Mapping[int, tuple[Values, Values]],
    format: Format,
) -> Table:
    levels = sorted(bands)
    headers = ("", gettext("Sold"), gettext("Forecast"), *(f"{level}%" for level in levels))
    nothing = ("",) * len(levels)
    rows = [(label, format.text(value), "", *nothing) for label, value in zip(past, history, strict=True)]
    for step, (label, value) in enumerate(zip(future, mean, strict=True)):
        edges = (f"{format.text(bands[k][0][step])} – {format.text(bands[k][1][step])}" for k in levels)
        rows.append((label, "", format.text(value), *edges))
    return Table(headers, tuple(rows))


def _check(title: str, labels: Sequence[str], series: Sequence[Series]) -> None:
    for one in series:
        if len(one.values) != len(labels):
            raise InvalidInput(f"{title}: {one.name} has {len(one.values)} values for {len(labels)} labels")


def _check_band(title: str, level: int, edges: tuple[Values, Values], steps: int) -> None:
    lower, upper = edges
    if len(lower) != steps or len(upper) != steps:
        raise InvalidInput(f"{title}: the {level}% band does not cover {steps} steps")
    for step, (low, high) in enumerate(zip(lower, upper, strict=True)):
        if low is not None and high is not None and low > high:
            raise InvalidInput(
                f"{title}: the {level}% band crosses itself at step {step + 1}: {low} above {high}"
            )


def _number(value: Figure | None) -> float | None:
    return None if value is None else float(value)
