"""The colours: enough contrast by day and by night, series that every kind of colour vision tells apart."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[3] / "src/hansa/web/static/hansa/css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
Rgb = tuple[float, float, float]

DAY = 0
NIGHT = 1
THEMES = pytest.mark.parametrize("theme", [DAY, NIGHT], ids=["day", "night"])

GROUNDS = ["paper", "surface", "raised", "sunken"]
# what is read (4.5 : 1) on what, WCAG 2.2 success criterion 1.4.3
TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-soft", "sea", "brick", "alarm") for ground in GROUNDS],
    *[(f"{tone}-ink", f"{tone}-wash") for tone in ("sea", "brick", "amber", "moss", "alarm")],
    *[("ink", f"{tone}-wash") for tone in ("sea", "brick", "amber", "moss", "alarm")],
    *[(f"on-{face}", face) for face in ("sea", "brick", "alarm")],
    ("on-sea", "sea-strong"),
    ("on-brick", "brick-strong"),
    ("moss", "surface"),
    *[(ink, ground) for ink in ("on-deck", "on-deck-soft") for ground in ("deck", "deck-raised")],
    ("deck-amber", "deck"),
]
# what is only seen (3 : 1): edges of controls, rings, curves, marks, success criterion 1.4.11
SEEN = [
    *[(mark, ground) for mark in ("line-strong", "focus") for ground in GROUNDS],
    *[(f"series-{number}", "surface") for number in range(1, 7)],
    ("amber", "surface"),
    ("deck-brick", "deck"),
]


def colour(name: str, theme: int) -> Rgb:
    found = re.search(rf"--{name}:\s*(?:light-dark\((#\w{{6}}), (#\w{{6}})\)|(#\w{{6}}));", TOKENS)
    assert found, f"tokens.css has no colour --{name}"
    text = found[3] or found[theme + 1]
    red, green, blue = (int(text[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def luminance(rgb: Rgb) -> float:
    red, green, blue = map(linear, rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_has_the_greatest_contrast_there_is() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)) == pytest.approx(1)


@THEMES
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read_on_its_ground(ink: str, ground: str, theme: int) -> None:
    assert contrast(colour(ink, theme), colour(ground, theme)) >= 4.5


@THEMES
@pytest.mark.parametrize(("mark", "ground"), SEEN)
def test_marks_can_be_seen_on_their_ground(mark: str, ground: str, theme: int) -> None:
    assert contrast(colour(mark, theme), colour(ground, theme)) >= 3


# Machado, Oliveira, Fernandes 2009, severity 1, applied to linear light
VISIONS = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def seen_as_lab(rgb: Rgb, vision: str) -> tuple[float, float, float]:
    light = [linear(channel) for channel in rgb]
    red, green, blue = (
        min(1, max(0, sum(a * b for a, b in zip(row, light, strict=True)))) for row in VISIONS[vision]
    )
    white = (0.95047, 1.0, 1.08883)
    xyz = (
        0.4124 * red + 0.3576 * green + 0.1805 * blue,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        0.0193 * red + 0.1192 * green + 0.9505 * blue,
    )
    x, y, z = (
        (part / whole) ** (1 / 3) if part / whole > 0.008856 else 7.787 * part / whole + 16 / 116
        for part, whole in zip(xyz, white, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@THEMES
@pytest.mark.parametrize("vision", VISIONS)
def test_no_two_series_look_alike_to_any_colour_vision(vision: str, theme: int) -> None:
    seen = [seen_as_lab(colour(f"series-{number}", theme), vision) for number in range(1, 7)]

    nearest = min(math.dist(one, other) for one, other in itertools.combinations(seen, 2))

    assert nearest >= 20  # CIELAB distance; 2.3 is the least that can be noticed


def test_every_token_that_a_sheet_uses_is_defined() -> None:
    sheets = {path.name: path.read_text(encoding="utf-8") for path in CSS.glob("*.css")}
    defined = {name for sheet in sheets.values() for name in re.findall(r"(--[\w-]+):", sheet)}
    set_by_scripts = {"--pin", "--pin-ink", "--map-ground"}

    used = {name for sheet in sheets.values() for name in re.findall(r"var\((--[\w-]+)", sheet)}

    assert used - defined - set_by_scripts == set()


def test_sheets_are_whole_and_load_nothing_from_elsewhere() -> None:
    for path in CSS.glob("*.css"):
        sheet = path.read_text(encoding="utf-8")
        assert sheet.count("{") == sheet.count("}"), path.name
        assert "://" not in sheet, path.name
        assert "@import" not in sheet, path.name
