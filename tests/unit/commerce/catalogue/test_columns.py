"""Facets over goods as numbers: each counted without its own choice."""

from __future__ import annotations

import numpy as np

from hansa.commerce.catalogue.search import columns
from hansa.commerce.catalogue.search.port import Order, Question

#        id    category merchant brand price stars stock sold attributes (8)              whole
GOODS = [
    (0, 1, 10, 100, 7, 150, 4, 1, 5, 31, 41, 0, 0, 0, 0, 0, 0, 1),
    (0, 2, 10, 101, 7, 300, 5, 0, 9, 32, 41, 0, 0, 0, 0, 0, 0, 0),
    (0, 3, 11, 100, 0, 700, 0, 1, 2, 31, 42, 0, 0, 0, 0, 0, 0, 1),
    (1, 4, 11, 101, 8, 700, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
]


def goods() -> columns.Numbers:
    return columns.unpack(np.array(GOODS, dtype=">i4").tobytes())


def counted(question: Question) -> dict[str, dict[int, int]]:
    masks = columns.masks(goods(), question, list(question.categories))
    facets = columns.count(goods(), question, masks, {31: 3, 32: 3})
    return {name: {value.id: value.count for value in values} for name, values in facets.items()}


def test_a_facet_ignores_its_own_choice_and_obeys_the_others() -> None:
    facets = counted(Question(platform_id=1, categories=(10,), in_stock=True))

    assert facets["category"] == {10: 1, 11: 2}
    assert facets["merchant"] == {100: 1}
    assert facets["availability"] == {1: 1}


def test_without_any_choice_everything_is_counted() -> None:
    facets = counted(Question(platform_id=1))

    assert facets["brand"] == {7: 2, 8: 1}
    assert facets["price"] == {0: 1, 1: 1, 2: 2}
    assert facets["rating"] == {4: 2, 3: 3, 2: 3, 1: 3}


def test_an_attribute_is_counted_without_its_own_values() -> None:
    facets = counted(Question(platform_id=1, attributes=((3, (31,)),)))

    assert facets["attribute"] == {31: 2, 32: 1, 41: 1, 42: 1}
    assert facets["merchant"] == {100: 2}


def test_what_is_chosen_stays_even_when_nothing_has_it() -> None:
    assert counted(Question(platform_id=1, brands=(99,)))["brand"][99] == 0


def test_titles_with_whole_words_come_first_then_what_sells() -> None:
    ids = columns.ids_of(columns.sort(goods(), Order.RELEVANCE)).tolist()

    assert ids == [1, 3, 2, 2**32 + 4]


def test_equal_prices_go_to_what_sells_more() -> None:
    assert columns.ids_of(columns.sort(goods(), Order.DEAREST)).tolist() == [3, 2**32 + 4, 2, 1]
