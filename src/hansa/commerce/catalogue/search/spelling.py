"""Finding the word that was meant: symmetric deletion, then the edit distance. Pure.

A word and a misspelling of it share a string that is left when a few letters are deleted from each
(W. Garbe, "1000x faster spelling correction", 2012). Migration 0003 builds the same deletions in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 4
LONG = 8  # from here on two mistakes are forgiven
PREFIX = 8  # deletions are made of this many first letters


def mistakes_forgiven(word: str) -> int:
    """How far a word may be from what was meant: none in short words, one, two in long ones."""
    if len(word) < SHORTEST or not (word.isascii() and word.isalpha()):
        return 0
    return 2 if len(word) >= LONG else 1


def deletions(word: str) -> set[str]:
    """What is left of the word's beginning without up to `mistakes_forgiven` letters; itself included."""
    layer = {word[:PREFIX]}
    found = set(layer)
    for _ in range(mistakes_forgiven(word)):
        layer = {each[:place] + each[place + 1 :] for each in layer for place in range(len(each))}
        found |= layer
    return found


def distance(one: str, other: str) -> int:
    """Insertions, deletions, changes and swaps of neighbours that make one word the other.

    Optimal string alignment: no part is edited twice.
    """
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, counterpart in enumerate(other, start=1):
            best = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != counterpart))
            if (
                row > 1
                and column > 1
                and letter == other[column - 2]
                and one[row - 2] == counterpart
                and before_last[column - 2] + 1 < best
            ):
                best = before_last[column - 2] + 1
            now.append(best)
        before_last, last = last, now
    return last[-1]


def closest(word: str, candidates: Iterable[str], *, most: int = 3) -> list[str]:
    """The candidates nearest to the word, all equally near and near enough; same first letter first."""
    allowed = mistakes_forgiven(word)
    near = [(away, each) for each in set(candidates) if (away := distance(word, each)) <= allowed]
    if not near:
        return []
    nearest = min(away for away, _ in near)
    found = [each for away, each in near if away == nearest]
    found.sort(key=lambda each: (each[:1] != word[:1], abs(len(each) - len(word)), each))
    return found[:most]
