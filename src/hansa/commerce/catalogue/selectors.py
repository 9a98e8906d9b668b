"""Reads of the catalogue. Every read of listings names the platform whose shop is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, QuerySet, Sum

from hansa.commerce.catalogue import words
from hansa.commerce.catalogue.models import Category, Listing, Offer, Product
from hansa.kernel.errors import NotFound


@dataclass(frozen=True)
class Found:
    """A page of search results and how many there are in all."""

    listings: list[Listing]
    total: int


def listings_of(platform_id: int) -> QuerySet[Listing]:
    """Everything that is for sale on a platform, ready to be shown."""
    return (
        Listing.objects.filter(platform_id=platform_id, is_active=True)
        .select_related("merchant", "category", "product", "offer__variant")
        .defer("words")
    )


def listings_for_sale(*, platform_id: int, listing_ids: Iterable[int]) -> list[Listing]:
    """These listings in key order; refuses, by id, any that this platform does not sell."""
    wanted = set(listing_ids)
    found = list(listings_of(platform_id).filter(pk__in=wanted).order_by("pk"))
    missing = wanted - {listing.pk for listing in found}
    if missing:
        raise NotFound(f"not for sale here: {', '.join(map(str, sorted(missing)))}")
    return found


def listings_in_order(*, platform_id: int, listing_ids: Iterable[int]) -> list[Listing]:
    """Those of these listings that are for sale, in the order given."""
    ids = list(listing_ids)
    found = {listing.pk: listing for listing in listings_of(platform_id).filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found]


def listings_of_products(*, platform_id: int, product_ids: Iterable[int]) -> list[Listing]:
    """The best-selling listing here of each of these products, in the order given."""
    ids = list(product_ids)
    found: dict[int, Listing] = {}
    for listing in listings_of(platform_id).filter(product_id__in=ids).order_by("-sold_count", "pk"):
        found.setdefault(listing.product_id, listing)
    return [found[pk] for pk in ids if pk in found]


def get_listing(*, platform_id: int, listing_id: int) -> Listing:
    """One listing of a platform; another platform's is as if it did not exist."""
    found = listings_of(platform_id).filter(pk=listing_id).first()
    if found is None:
        raise NotFound(f"there is no listing {listing_id} here")
    return found


def search(
    *,
    platform_id: int,
    text: str = "",
    category_id: int | None = None,
    merchant_id: int | None = None,
    order: str = "relevance",
    offset: int = 0,
    limit: int = 24,
) -> Found:
    """Find listings by words in either language, category and merchant, best first.

    Every word must match, the last one also as a beginning, so that results come while one types.
    """
    found = listings_of(platform_id)
    if category_id is not None:
        below = Category.objects.filter(parent_id=category_id).values("pk")
        found = found.filter(category_id=category_id) | found.filter(category_id__in=below)
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    cut = words.cut(text)
    if text.strip() and not cut:
        return Found([], 0)
    orders = {"price": ["price", "pk"], "-price": ["-price", "pk"], "newest": ["-listed_at", "-pk"]}
    ordering: list[str] = orders.get(order, ["-sold_count", "pk"])
    if cut:
        query = SearchQuery(_all_words(cut), config="simple", search_type="raw")
        found = found.filter(words=query)
        if order not in orders:
            found = found.annotate(rank=SearchRank(F("words"), query))
            ordering = ["-rank", "-sold_count", "pk"]
    return Found(list(found.order_by(*ordering)[offset : offset + limit]), found.count())


def bestsellers(*, platform_id: int, limit: int = 12) -> list[Listing]:
    """What sells most on a platform."""
    return list(listings_of(platform_id).order_by("-sold_count", "pk")[:limit])


def top_categories(platform_id: int, *, limit: int = 12) -> list[Category]:
    """The top-level categories, the best-selling first."""
    sold = dict(
        Listing.objects.filter(platform_id=platform_id, is_active=True)
        .values_list("category__parent_id")
        .annotate(sold=Sum("sold_count"))
    )
    tops = [category for category in Category.objects.filter(parent__isnull=True) if category.pk in sold]
    return sorted(tops, key=lambda category: -sold[category.pk])[:limit]


def get_category(slug: str) -> Category:
    """The category with this slug."""
    found = Category.objects.select_related("parent").filter(slug=slug).first()
    if found is None:
        raise NotFound(f"there is no category {slug!r}")
    return found


def children_of(category: Category) -> list[Category]:
    return list(Category.objects.filter(parent=category).order_by("name"))


def offers_of_merchant(merchant_id: int) -> QuerySet[Offer]:
    """What a merchant offers anywhere in the alliance."""
    return Offer.objects.filter(merchant_id=merchant_id).select_related("variant__product").order_by("pk")


def get_offer_of(*, merchant_id: int, offer_id: int) -> Offer:
    """One of a merchant's offers; another's is as if it did not exist."""
    found = offers_of_merchant(merchant_id).filter(pk=offer_id).first()
    if found is None:
        raise NotFound(f"there is no offer {offer_id} of this merchant")
    return found


def listings_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[Listing]:
    """A merchant's listings on a platform, shown or not, best-selling first."""
    return (
        Listing.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .select_related("product", "category", "offer__variant")
        .defer("words")
        .order_by("-sold_count", "pk")
    )


def products() -> QuerySet[Product]:
    """Every product of the shared catalogue."""
    return Product.objects.select_related("category").order_by("pk")


def listing_of_offer(*, platform_id: int, offer_id: int) -> Listing | None:
    return listings_of(platform_id).filter(offer_id=offer_id).first()


def _all_words(cut: list[str]) -> str:
    # Words are only letters and digits (see words.cut), so nothing in them can be query syntax.
    *whole, last = cut
    return " & ".join([*whole, f"{last}:*"])
