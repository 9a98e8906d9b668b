"""The output of the engine: items with scores and reasons, or the reasons why there are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hansa.engines.recommend._problem import Id


class Source(StrEnum):
    """Where the greater part of an item's score comes from."""

    CO_VISITED = "co-visited"
    COSINE = "cosine"
    SESSIONS = "similar sessions"
    REPEAT = "seen before"
    POPULAR = "popular"


class NoteCode(StrEnum):
    """Why an answer is weaker than asked for, or empty."""

    NO_HISTORY = "no_history"
    UNKNOWN_USER = "unknown_user"
    UNKNOWN_ITEM = "unknown_item"
    FELL_BACK_TO_POPULAR = "fell_back_to_popular"
    NOTHING_ALLOWED = "nothing_allowed"
    FEWER_THAN_ASKED = "fewer_than_asked"
    EMPTY_CATALOGUE = "empty_catalogue"


@dataclass(frozen=True)
class Note:
    """One remark on the whole answer: a code for machines, a sentence for people."""

    code: NoteCode
    message: str


@dataclass(frozen=True)
class Reason:
    """Why one item was recommended.

    ``because_of`` is the item of the history that added most to that source, ``parts`` the score
    by source.
    """

    source: Source
    because_of: Id | None
    parts: Mapping[Source, float]

    def __str__(self) -> str:
        if self.because_of is None or self.source not in (Source.CO_VISITED, Source.COSINE):
            return str(self.source)
        return f"{self.source} with {self.because_of}"


@dataclass(frozen=True)
class Provenance:
    """How an answer was made; the same provenance gives the same answer."""

    engine: str
    version: str
    params: Mapping[str, object]
    seed: int
    input_hash: str
    events_since_fit: int


@dataclass(frozen=True)
class Result:
    """Items (axis: rank, best first) with a finite score and a reason each.

    When ``items`` is empty, ``notes`` say why.
    """

    items: tuple[Id, ...]
    scores: tuple[float, ...]
    reasons: tuple[Reason, ...]
    notes: tuple[Note, ...]
    diagnostics: Mapping[str, object]
    provenance: Provenance

    @property
    def sources(self) -> tuple[str, ...]:
        """One readable reason for each item."""
        return tuple(map(str, self.reasons))
