"""Phrases that mean the same, and words as they are indexed."""

from __future__ import annotations

from hansa.commerce.catalogue import words
from hansa.commerce.catalogue.search.synonyms import as_tsquery, widen

SOFT_DRINKS = (("soda",), ("pop",), ("soft", "drink"))


def test_a_word_is_widened_by_the_phrases_of_its_group() -> None:
    assert widen(["cold", "soda"], [SOFT_DRINKS]) == [
        (("cold",),),
        (("soda",), ("pop",), ("soft", "drink")),
    ]


def test_the_longest_phrase_wins() -> None:
    assert widen(["soft", "drink"], [SOFT_DRINKS, (("soft",), ("mild",))]) == [
        (("soft", "drink"), ("soda",), ("pop",))
    ]


def test_the_query_asks_for_every_place_and_any_alternative() -> None:
    places = widen(["cold", "pop"], [SOFT_DRINKS])

    assert (
        as_tsquery(places, last_is_beginning=True) == "((cold)) & ((pop:*) | (soda:*) | (soft:* & drink:*))"
    )
    assert as_tsquery(places[:1], last_is_beginning=False, weight="A") == "((cold:A))"


def test_chinese_words_are_indexed_with_their_pinyin() -> None:
    assert "niunai" in words.indexed("纯牛奶 250ml")
    assert "牛奶" in words.indexed("纯牛奶 250ml")
    assert "niunai" not in words.cut("牛奶")


def test_words_of_titles_weigh_more() -> None:
    assert words.vector(("Green tea",), ("Tea house",)) == "green:1A tea:2A house:3"
