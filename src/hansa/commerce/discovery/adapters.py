"""Between tables and the discovery engine: titles become words, vectors and yesterday's classes a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hansa.commerce.catalogue import words
from hansa.engines.discovery import classes as engine

SHORTEST = {"en": 3, "zh": 2}  # characters; shorter words name nothing
BETWEEN = {"en": ", ", "zh": "、"}


@dataclass(frozen=True)
class Titled:
    """A listing with its titles; the Chinese one may be empty."""

    listing_id: int
    title: str
    title_zh: str


@dataclass(frozen=True)
class Class:
    """One class: its number, its names, and its listings with their nearness."""

    number: int
    name: str
    name_zh: str
    goods: tuple[tuple[int, float], ...]


def classify(
    goods: Sequence[Titled], vectors: NDArray[np.float64], *, yesterday: Mapping[int, int], seed: int
) -> list[Class]:
    """Part goods into classes of preference by their vectors; goods without a vector are in none."""
    problem = engine.Problem(
        items=[str(good.listing_id) for good in goods],
        vectors=vectors,
        words={
            "en": [_words(good.title, "en") for good in goods],
            "zh": [_words(good.title_zh, "zh") for good in goods],
        },
        yesterday={str(listing_id): number for listing_id, number in yesterday.items()},
    )
    result = engine.classify(problem, seed=seed)
    return [
        Class(
            number=each.number,
            name=_name(each, "en"),
            name_zh=_name(each, "zh"),
            goods=tuple(
                (goods[place].listing_id, float(result.nearness[place]))
                for place in np.flatnonzero(result.of_item == each.number).tolist()
            ),
        )
        for each in result.classes
    ]


def _words(title: str, language: str) -> list[str]:
    return [
        word
        for word in words.cut(title)
        if len(word) >= SHORTEST[language] and not any(letter.isdigit() for letter in word)
    ]


def _name(each: engine.Named, language: str) -> str:
    return BETWEEN[language].join(each.names[language])[:200]
