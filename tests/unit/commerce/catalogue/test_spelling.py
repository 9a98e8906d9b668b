"""The word that was meant."""

from __future__ import annotations

import pytest

from hansa.commerce.catalogue.search.spelling import closest, deletions, distance, mistakes_forgiven


@pytest.mark.parametrize(
    ("one", "other", "away"),
    [("milk", "milk", 0), ("mlik", "milk", 1), ("mil", "milk", 1), ("mxlk", "milk", 1), ("choclate", "chocolate", 1), ("coffee", "toffee", 1), ("ca", "abc", 3)],
)  # fmt: skip
def test_a_swap_a_lack_and_a_change_are_one_mistake(one: str, other: str, away: int) -> None:
    assert distance(one, other) == away


@pytest.mark.parametrize(("word", "mistakes"), [("tea", 0), ("milk", 1), ("cheeses", 1), ("biscuits", 2), ("a4b5", 0), ("牛奶", 0)])  # fmt: skip
def test_long_words_are_forgiven_more(word: str, mistakes: int) -> None:
    assert mistakes_forgiven(word) == mistakes


def test_a_short_word_leaves_itself_and_every_word_without_one_letter() -> None:
    assert deletions("milk") == {"milk", "ilk", "mlk", "mik", "mil"}


def test_a_misspelt_word_shares_a_deletion_with_what_was_meant() -> None:
    assert deletions("choclote") & deletions("chocolate")


def test_the_nearest_words_win_and_the_same_first_letter_comes_first() -> None:
    assert closest("tofee", ["coffee", "toffee", "tea"]) == ["toffee"]
    assert closest("mlik", ["silk", "milk"]) == ["milk"]
    assert closest("bread", ["broad", "tread"]) == ["broad", "tread"]


def test_nothing_is_near_a_word_that_is_far_from_all() -> None:
    assert closest("xyzzy", ["milk", "bread"]) == []
