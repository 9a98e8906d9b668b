"""Reads of reviews."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from hansa.commerce.reviews.models import Review


def reviews_of_listing(*, platform_id: int, listing_id: int) -> QuerySet[Review]:
    """What people say of a listing, newest first."""
    return (
        Review.objects.filter(platform_id=platform_id, listing_id=listing_id)
        .select_related("author")
        .order_by("-written_at", "-pk")
    )


def reviews_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[Review]:
    """What people say of a merchant's goods, newest first."""
    return (
        Review.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .select_related("author", "listing")
        .order_by("-written_at", "-pk")
    )


def reviewed_lines(line_ids: Iterable[int]) -> set[int]:
    """Those of these order lines that have a review."""
    return set(Review.objects.filter(line_id__in=list(line_ids)).values_list("line_id", flat=True))
