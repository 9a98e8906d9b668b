"""Goods that matched, as columns of numbers: narrowing, counting and sorting them. Pure.

The rows are what migration 0003 packs into ``catalogue_findable.packed``, each followed by whether the
title has all the words whole. Axes: goods, then the numbers in the order of the constants below.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from hansa.commerce.catalogue.search.port import BAND_EDGES, MOST_VALUES, Dimension, Order, Question, Value

CATEGORY, MERCHANT, BRAND, PRICE, STARS, IN_STOCK, SOLD = range(2, 9)
ATTRIBUTES = slice(9, 17)  # a variant's first eight values; 0 is none
WHOLE = 17
WIDTH = 18

Numbers = NDArray[np.int32]
Mask = NDArray[np.bool_]


def unpack(rows: bytes) -> Numbers:
    """The rows as goods x numbers."""
    return np.frombuffer(rows, dtype=">i4").reshape(-1, WIDTH).astype(np.int32)


def ids_of(goods: Numbers) -> NDArray[np.int64]:
    """The listings' ids, which take two numbers each."""
    high, low = goods[:, 0].astype(np.int64), goods[:, 1].astype(np.int64) & 0xFFFFFFFF
    return (high << 32) | low


def masks(goods: Numbers, question: Question, categories: list[int]) -> dict[str, Mask]:
    """Which goods pass, for each dimension that the question narrows. ``categories`` include those below."""
    found: dict[str, Mask] = {}
    if question.categories:
        found[Dimension.CATEGORY] = np.isin(goods[:, CATEGORY], categories)
    if question.merchants:
        found[Dimension.MERCHANT] = np.isin(goods[:, MERCHANT], question.merchants)
    if question.brands:
        found[Dimension.BRAND] = np.isin(goods[:, BRAND], question.brands)
    if question.bands or question.price_from is not None or question.price_to is not None:
        found[Dimension.PRICE] = _prices(goods[:, PRICE], question)
    if question.stars_from:
        found[Dimension.RATING] = np.greater_equal(goods[:, STARS], question.stars_from)
    if question.in_stock:
        found[Dimension.AVAILABILITY] = np.equal(goods[:, IN_STOCK], 1)
    for attribute, values in question.attributes:
        if values:
            found[attribute_dimension(attribute)] = np.any(np.isin(goods[:, ATTRIBUTES], values), axis=1)
    return found


def attribute_dimension(attribute_id: int) -> str:
    """The name of an attribute's dimension."""
    return f"attribute:{attribute_id}"


def passing(passes: Mapping[str, Mask], many: int, *, but: str = "") -> Mask:
    """The goods that pass every dimension but one."""
    result = np.ones(many, dtype=np.bool_)
    for name, mask in passes.items():
        if name != but:
            result &= mask
    return result


def sort(goods: Numbers, order: Order) -> Numbers:
    """The goods in order; ties go to what sells more, then to the older listing. Not for `Order.NEWEST`."""
    ids, sold = ids_of(goods), -goods[:, SOLD].astype(np.int64)
    price = goods[:, PRICE].astype(np.int64)
    keys = {
        Order.RELEVANCE: (ids, sold, -goods[:, WHOLE].astype(np.int64)),
        Order.CHEAPEST: (ids, sold, price),
        Order.DEAREST: (ids, sold, -price),
        Order.RATING: (ids, sold, -goods[:, STARS].astype(np.int64)),
    }
    return goods[np.lexsort(keys[order])]


def count(
    goods: Numbers, question: Question, passes: Mapping[str, Mask], attribute_of: Mapping[int, int]
) -> dict[str, tuple[Value, ...]]:
    """The facets: each counts the goods that pass all dimensions but its own.

    ``attribute_of`` says for the question's chosen attribute values which attribute they belong to, and for
    all other values of those attributes too. What is chosen is always there, even when nothing has it.
    """
    many = len(goods)
    chosen: dict[str, tuple[tuple[int, ...], NDArray[np.int32]]] = {
        Dimension.CATEGORY: (question.categories, goods[:, CATEGORY]),
        Dimension.MERCHANT: (question.merchants, goods[:, MERCHANT]),
        Dimension.BRAND: (question.brands, goods[:, BRAND]),
        Dimension.PRICE: (question.bands, _bands(goods[:, PRICE])),
        Dimension.AVAILABILITY: ((1,) if question.in_stock else (), goods[:, IN_STOCK]),
    }
    facets = {
        str(name): _values(
            column[passing(passes, many, but=name)], picked, zero_counts=name == Dimension.PRICE
        )
        for name, (picked, column) in chosen.items()
    }
    facets[Dimension.PRICE.value] = tuple(sorted(facets[Dimension.PRICE.value], key=lambda value: value.id))
    stars = goods[passing(passes, many, but=Dimension.RATING), STARS]
    facets[Dimension.RATING.value] = tuple(
        Value(least, int((stars >= least).sum()), least == question.stars_from) for least in (4, 3, 2, 1)
    )
    facets["attribute"] = _attributes(goods, question, passes, attribute_of)
    return facets


def _attributes(
    goods: Numbers, question: Question, passes: Mapping[str, Mask], attribute_of: Mapping[int, int]
) -> tuple[Value, ...]:
    picked = tuple(chain(*(values for _, values in question.attributes)))
    many, found = len(goods), []
    rest = _values(goods[passing(passes, many), ATTRIBUTES].ravel(), picked, most=200)
    found += [value for value in rest if value.id not in attribute_of]
    for attribute, values in question.attributes:
        own = goods[passing(passes, many, but=attribute_dimension(attribute)), ATTRIBUTES].ravel()
        every = _values(own, values, most=200)
        found += [value for value in every if attribute_of.get(value.id) == attribute]
    return tuple(found)


def _values(
    column: NDArray[np.int32], picked: tuple[int, ...], *, most: int = MOST_VALUES, zero_counts: bool = False
) -> tuple[Value, ...]:
    """The commonest values, then those that are picked but not among them. 0 is none, unless it counts."""
    ids, counts = np.unique(column, return_counts=True)
    if not zero_counts:
        ids, counts = ids[ids != 0], counts[ids != 0]
    order = np.lexsort((ids, -counts))[:most]
    found = [Value(int(ids[at]), int(counts[at]), int(ids[at]) in picked) for at in order]
    there = {value.id for value in found}
    known = dict(zip(ids.tolist(), counts.tolist(), strict=True))
    return (*found, *(Value(each, known.get(each, 0), True) for each in picked if each not in there))


def _bands(prices: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.searchsorted(BAND_EDGES, prices, side="right").astype(np.int32)


def _prices(prices: NDArray[np.int32], question: Question) -> Mask:
    mask = np.ones(len(prices), dtype=np.bool_)
    if question.bands:
        mask &= np.isin(_bands(prices), question.bands)
    if question.price_from is not None:
        mask &= prices >= question.price_from
    if question.price_to is not None:
        mask &= prices <= question.price_to
    return mask
