"""The default engine: PostgreSQL's full text over `Findable`; numbers of what matched are counted in `columns`.

One statement brings at most `COUNTED` goods; narrowing, facets and sorting are then a millisecond. Where more
match, a second statement finds the page, and counts say "at least": nobody reads past them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from django.db import connection

from hansa.commerce.catalogue import words
from hansa.commerce.catalogue.models import AttributeValue
from hansa.commerce.catalogue.search import columns, spelling
from hansa.commerce.catalogue.search.port import BAND_EDGES, Answer, Order, Question
from hansa.commerce.catalogue.search.synonyms import Alternatives, as_tsquery, widen
from hansa.commerce.catalogue.search.trees import categories_below, synonyms_of

COUNTED = 5_000
MOST_WORDS = 12  # of one question; more only make it slow
_BAND = f"width_bucket(price, array{list(BAND_EDGES)}::bigint[])"
_ORDERS = {
    Order.CHEAPEST: "price, listing_id",
    Order.DEAREST: "price desc, listing_id desc",
    Order.NEWEST: "listed_at desc, listing_id desc",
    Order.RATING: "stars desc, sold_count desc, listing_id",
    Order.RELEVANCE: "sold_count desc, listing_id",
}


@dataclass(frozen=True)
class _Part:
    """A condition in SQL with its values."""

    sql: str
    values: tuple[Any, ...] = ()


class PostgresEngine:
    """Finds by words in any order, the last one also as a beginning; corrects what is nowhere."""

    def find(self, question: Question) -> Answer:
        """Answer a question; words that nothing has are replaced by the nearest known ones."""
        asked = words.cut(question.text)[:MOST_WORDS]
        if question.text.strip() and not asked:
            return Answer((), 0, facets={} if question.with_facets else None)
        groups = synonyms_of(question.platform_id)
        answer = _ask(question, widen(asked, groups))
        if answer.total or not asked or question.offset:
            return answer
        meant = _meant(question.platform_id, asked)
        if meant is None:
            return answer
        return replace(_ask(question, meant), corrected=" ".join(place[0][0] for place in meant))


ENGINE = PostgresEngine()


def _ask(question: Question, places: list[Alternatives]) -> Answer:
    base = [_Part("platform_id = %s", (question.platform_id,))]
    if question.within_category is not None:
        base.append(_Part("category_id = any(%s)", (categories_below((question.within_category,)),)))
    if places:
        base.append(_Part("words @@ %s::tsquery", (as_tsquery(places, last_is_beginning=True),)))
    categories = categories_below(question.categories) if question.categories else []
    if not places and not question.with_facets:
        return _page_only(question, [*base, *_chosen(question, categories)])
    goods = columns.unpack(_packed(base, places))
    passes = columns.masks(goods, question, categories)
    fitting = goods[columns.passing(passes, len(goods))]
    is_exact = len(goods) <= COUNTED
    if is_exact and question.order is not Order.NEWEST:
        page = columns.sort(fitting, question.order)[question.offset : question.offset + question.limit]
        ids = tuple(int(each) for each in columns.ids_of(page))
    else:
        ids = _page(question, [*base, *_chosen(question, categories)], places)
    facets = columns.count(goods, question, passes, _attribute_of(question)) if question.with_facets else None
    return Answer(ids, max(len(fitting), question.offset * bool(ids) + len(ids)), is_exact, facets)


def _packed(base: list[_Part], places: list[Alternatives]) -> bytes:
    """What matches, packed (see `columns`), at most one more than `COUNTED`; the best-selling without words."""
    where = _all_of(base)
    if places:
        # Whole words of the title come before beginnings and words of the shelf.
        whole = as_tsquery(places, last_is_beginning=False, weight="A")
        rows = _rows(
            "select string_agg(packed || int4send((words @@ %s::tsquery)::int), ''::bytea) from "
            f"(select packed, words from catalogue_findable where {where.sql} limit %s) found",
            (whole, *where.values, COUNTED + 1),
        )
    else:
        rows = _rows(
            "select string_agg(packed || int4send(0), ''::bytea) from (select packed from catalogue_findable "
            f"where {where.sql} order by sold_count desc limit %s) found",
            (*where.values, COUNTED + 1),
        )
    return bytes(rows[0][0] or b"")


def _page_only(question: Question, parts: list[_Part]) -> Answer:
    total, is_exact = _total(parts)
    return Answer(_page(question, parts, []), total, is_exact)


def _attribute_of(question: Question) -> dict[int, int]:
    """Every value of the attributes that the question narrows by, with its attribute."""
    asked = [attribute for attribute, values in question.attributes if values]
    if not asked:
        return {}
    return dict(AttributeValue.objects.filter(attribute_id__in=asked).values_list("pk", "attribute_id"))


def _chosen(question: Question, categories: list[int]) -> list[_Part]:
    """What the question narrows to, as conditions; `columns.masks` says the same of numbers."""
    parts: list[_Part] = []
    if question.categories:
        parts.append(_Part("category_id = any(%s)", (categories,)))
    if question.merchants:
        parts.append(_Part("merchant_id = any(%s)", (list(question.merchants),)))
    if question.brands:
        parts.append(_Part("brand_id = any(%s)", (list(question.brands),)))
    if question.stars_from:
        parts.append(_Part("stars >= %s", (question.stars_from,)))
    if question.in_stock:
        parts.append(_Part("in_stock"))
    parts += [
        _Part("attributes && %s::bigint[]", (list(values),)) for _, values in question.attributes if values
    ]
    return parts + _prices(question)


def _prices(question: Question) -> list[_Part]:
    parts: list[_Part] = []
    if question.bands:
        parts.append(_Part(f"{_BAND} = any(%s)", (list(question.bands),)))
    if question.price_from is not None:
        parts.append(_Part("price >= %s", (question.price_from,)))
    if question.price_to is not None:
        parts.append(_Part("price <= %s", (question.price_to,)))
    return parts


def _all_of(parts: list[_Part]) -> _Part:
    return _Part(" and ".join(part.sql for part in parts), tuple(chain(*(part.values for part in parts))))


def _page(question: Question, parts: list[_Part], places: list[Alternatives]) -> tuple[int, ...]:
    order = _ORDERS[question.order]
    if not places or question.order is not Order.RELEVANCE:
        return _listing_ids(question, parts, order)
    # Whole words of the title come before beginnings and words of the shelf; then what sells. Where whole
    # words alone fill the page, which is the rule when much matches, the index of what sells finds it.
    whole = as_tsquery(places, last_is_beginning=False, weight="A")
    found = _listing_ids(question, [*parts, _Part("words @@ %s::tsquery", (whole,))], order)
    if len(found) == question.limit:
        return found
    return _listing_ids(question, parts, f"(words @@ %s::tsquery) desc, {order}", (whole,))


def _listing_ids(
    question: Question, parts: list[_Part], order: str, first: tuple[str, ...] = ()
) -> tuple[int, ...]:
    where = _all_of(parts)
    rows = _rows(
        f"select listing_id from catalogue_findable where {where.sql} order by {order} limit %s offset %s",
        (*where.values, *first, question.limit, question.offset),
    )
    return tuple(row[0] for row in rows)


def _total(parts: list[_Part]) -> tuple[int, bool]:
    where = _all_of(parts)
    ((total,),) = _rows(
        f"select count(*) from (select from catalogue_findable where {where.sql} limit %s) f",
        (*where.values, COUNTED + 1),
    )
    return min(total, COUNTED), total <= COUNTED


def _meant(platform_id: int, asked: list[str]) -> list[Alternatives] | None:
    """For each word that the shop does not know, the nearest that it does; None where nothing is near."""
    unsure = [word for word in dict.fromkeys(asked) if spelling.mistakes_forgiven(word)]
    if not unsure:
        return None
    wanted = sorted(set(chain(*(spelling.deletions(word) for word in unsure))))
    rows = _rows(
        "select word, deletions from catalogue_searchword where platform_id = %s and deletions && %s::varchar[]",
        (platform_id, wanted),
    )
    known = {word for word, _ in rows}
    meant: list[Alternatives] = []
    for word in asked:
        if word in known or word not in unsure:
            meant.append(((word,),))
            continue
        own = spelling.deletions(word)
        near = spelling.closest(word, [each for each, left in rows if not own.isdisjoint(left)])
        if not near:
            return None
        meant.append(tuple((each,) for each in near))
    return meant if any(place[0][0] != word for place, word in zip(meant, asked, strict=True)) else None


def _rows(sql: str, values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
