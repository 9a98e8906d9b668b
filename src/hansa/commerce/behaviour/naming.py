"""The things behind the keys of profiles and mutes, to show them by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hansa.commerce.catalogue.models import Brand, Category, Listing, Product
from hansa.commerce.merchants.models import Merchant


@dataclass(frozen=True)
class Things:
    """By kind and key; goods by their product's key, as one of their listings here."""

    goods: dict[int, Listing]
    categories: dict[int, Category]
    brands: dict[int, Brand]
    merchants: dict[int, Merchant]


def things(*, platform_id: int, wanted: Iterable[tuple[str, int]]) -> Things:
    """Find what pairs of kind (good, category, brand, merchant) and key stand for; others are passed over."""
    keys: dict[str, set[int]] = {}
    for kind, key in wanted:
        keys.setdefault(kind, set()).add(key)
    listings = Listing.objects.filter(platform_id=platform_id, product_id__in=keys.get("good", ()))
    return Things(
        goods={
            listing.product_id: listing
            for listing in listings.select_related("product").order_by("is_active", "-pk")
        },
        categories=Category.objects.in_bulk(keys.get("category", ())),
        brands=Brand.objects.in_bulk(keys.get("brand", ())),
        merchants=Merchant.objects.in_bulk(keys.get("merchant", ())),
    )


def listings(*, platform_id: int, listing_ids: Iterable[int]) -> dict[int, Listing]:
    """Listings by their id, also those that are no longer for sale."""
    found = Listing.objects.filter(platform_id=platform_id, pk__in=set(listing_ids))
    return {listing.pk: listing for listing in found.select_related("product")}


def brand_of(product: Product) -> Brand | None:
    """The brand that a product bears."""
    return Brand.objects.filter(name=product.brand).first() if product.brand else None
