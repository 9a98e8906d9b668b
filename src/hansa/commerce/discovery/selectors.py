"""Reads of the classes of preference."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.discovery.models import ClassedGood, PreferenceClass
from hansa.kernel.errors import NotFound


@dataclass(frozen=True)
class ClassedPage:
    """Some goods of a class, the nearest to its middle first, of so many that are for sale."""

    listings: list[Listing]
    total: int


def classes_of(platform_id: int) -> QuerySet[PreferenceClass]:
    """The classes that have goods for sale, the largest first; each says how many (``size``)."""
    return (
        PreferenceClass.objects.filter(platform_id=platform_id)
        .annotate(size=Count("goods", filter=Q(goods__listing__is_active=True)))
        .filter(size__gt=0)
        .order_by("-size", "number")
    )


def get_class(*, platform_id: int, number: int) -> PreferenceClass:
    """One class; refuses a number that no class here has."""
    found = PreferenceClass.objects.filter(platform_id=platform_id, number=number).first()
    if found is None:
        raise NotFound(f"there is no class {number} here")
    return found


def goods_of(preference_class: PreferenceClass, *, page: int, page_size: int) -> ClassedPage:
    """A page of the goods of a class that are for sale."""
    goods = ClassedGood.objects.filter(preference_class=preference_class, listing__is_active=True)
    first = (page - 1) * page_size
    ids = goods.order_by("-nearness", "listing_id").values_list("listing_id", flat=True)[
        first : first + page_size
    ]
    listings = catalogue.listings_in_order(platform_id=preference_class.platform_id, listing_ids=ids)
    return ClassedPage(listings, goods.count())
