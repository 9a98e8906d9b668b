"""What a search engine is asked and what it answers: the port that an external engine may stand behind.

An engine answers with ids and counts only; goods, names and prices are read from the tables afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

from django.conf import settings

from hansa.kernel.errors import InvalidInput

# Upper edges of the price bands, in minor units; the last band is open.
BAND_EDGES = (200, 500, 1_000, 2_000, 5_000, 10_000, 50_000)
MOST_VALUES = 40  # of one facet
MOST_CHOSEN = 50  # of one dimension
LONGEST_QUESTION = 200  # letters
LARGEST = 2**31 - 1  # id or price that a question may name


class Order(StrEnum):
    """How answers are sorted; ties go to what sells more, then to the older listing."""

    RELEVANCE = "relevance"
    CHEAPEST = "price"
    DEAREST = "-price"
    NEWEST = "newest"
    RATING = "rating"


class Dimension(StrEnum):
    """What one may narrow by. Attributes are one dimension each, named ``attribute:<id>``."""

    CATEGORY = "category"
    MERCHANT = "merchant"
    BRAND = "brand"
    PRICE = "price"
    RATING = "rating"
    AVAILABILITY = "availability"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of one platform's shop.

    Several values of one dimension widen the answer, several dimensions narrow it. A category stands for
    what lies below it too. ``bands`` are places in `BAND_EDGES`; prices are minor units, both ends included.
    """

    platform_id: int
    text: str = ""
    within_category: int | None = None
    categories: tuple[int, ...] = ()
    merchants: tuple[int, ...] = ()
    brands: tuple[int, ...] = ()
    attributes: tuple[tuple[int, tuple[int, ...]], ...] = ()
    bands: tuple[int, ...] = ()
    price_from: int | None = None
    price_to: int | None = None
    stars_from: int = 0
    in_stock: bool = False
    order: Order = Order.RELEVANCE
    offset: int = 0
    limit: int = 24
    with_facets: bool = True

    def __post_init__(self) -> None:
        if any(not 0 <= band <= len(BAND_EDGES) for band in self.bands):
            raise InvalidInput(f"price bands are numbered 0 to {len(BAND_EDGES)}")
        if not 0 <= self.stars_from <= 5:
            raise InvalidInput(f"stars are 0 to 5, not {self.stars_from}")


@dataclass(frozen=True)
class Value:
    """One value of a facet: its id (a row's, a band's, stars, or 1 for in stock) and how many goods have it."""

    id: int
    count: int
    chosen: bool = False


@dataclass(frozen=True)
class Answer:
    """Ids of one page, how many there are, and the facets.

    A facet counts what one would see by choosing its values alone beside what is chosen in the others
    (disjunctive). Where more match than the engine counts through, totals and counts are "at least".
    ``corrected`` holds the words that were searched for instead, when the asked ones are nowhere.
    """

    listing_ids: tuple[int, ...]
    total: int
    is_exact: bool = True
    facets: dict[str, tuple[Value, ...]] | None = None
    corrected: str = ""


class SearchEngine(Protocol):
    """An engine that finds goods. Runs inside the platform's walls."""

    def find(self, question: Question) -> Answer:
        """Answer a question."""
        ...


@lru_cache(maxsize=1)
def engine() -> SearchEngine:
    """The engine that the setting ``SEARCH_ENGINE`` names as ``module:attribute``."""
    module, _, name = str(settings.SEARCH_ENGINE).partition(":")
    return cast("SearchEngine", getattr(import_module(module), name))
