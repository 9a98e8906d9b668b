"""Sparklines: a run of values as a small SVG, drawn on the server, no script needed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from hansa.web.charts.figures import Figure

_WIDTH, _HEIGHT, _EDGE = 100, 30, 2


def sparkline(values: Sequence[Figure], label: str = "") -> SafeString:
    """Draw values from left to right, the lowest at the bottom; fewer than two draw nothing.

    With a label it is an image that says so; without one it is decoration beside figures.
    """
    if len(values) < 2:
        return SafeString("")
    points = " ".join(f"{x:g},{y:g}" for x, y in _points([float(value) for value in values]))
    named = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="spark" viewBox="0 0 {w} {h}" preserveAspectRatio="none" {named}>'
        '<polygon class="spark-area" points="0,{h} {points} {w},{h}"/>'
        '<polyline class="spark-line" points="{points}"/></svg>',
        w=_WIDTH,
        h=_HEIGHT,
        named=named,
        points=points,
    )


def _points(values: list[float]) -> list[tuple[float, float]]:
    low, span = min(values), max(values) - min(values)
    step, room = _WIDTH / (len(values) - 1), _HEIGHT - 2 * _EDGE
    heights = [(value - low) / span if span else 0.5 for value in values]
    return [
        (round(i * step, 1), round(_HEIGHT - _EDGE - room * height, 1)) for i, height in enumerate(heights)
    ]
