"""Words that mean the same, and the query that asks for any of them. Pure.

A query is a list of places, each of which must be met; a place is a list of alternatives, each a list of
words that must all occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Alternatives = tuple[tuple[str, ...], ...]


def widen(words: Sequence[str], groups: Iterable[Sequence[tuple[str, ...]]]) -> list[Alternatives]:
    """Put beside every phrase that occurs in a group the group's other phrases; the longest phrase wins."""
    meanings: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for group in groups:
        for phrase in group:
            meanings.setdefault(phrase, []).extend(each for each in group if each != phrase)
    longest = max((len(phrase) for phrase in meanings), default=1)
    places: list[Alternatives] = []
    start = 0
    while start < len(words):
        for length in range(min(longest, len(words) - start), 0, -1):
            phrase = tuple(words[start : start + length])
            if length == 1 or phrase in meanings:
                places.append((phrase, *dict.fromkeys(meanings.get(phrase, ()))))
                start += length
                break
    return places


def as_tsquery(places: Sequence[Alternatives], *, last_is_beginning: bool, weight: str = "") -> str:
    """Write the query for ``to_tsquery('simple', …)``.

    Words are only letters and digits (see ``words.cut``), so nothing in them can be query syntax.
    ``weight`` asks for words of that weight only (A: the title). The last place may be a mere beginning.
    """
    written = []
    for place, alternatives in enumerate(places):
        beginning = last_is_beginning and place == len(places) - 1
        flags = ("*" if beginning else "") + weight
        suffix = f":{flags}" if flags else ""
        phrases = [" & ".join(f"{word}{suffix}" for word in phrase) for phrase in alternatives]
        written.append(" | ".join(f"({phrase})" for phrase in phrases))
    return " & ".join(f"({place})" for place in written)
