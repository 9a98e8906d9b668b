"""Reads of notices."""

from __future__ import annotations

from django.db.models import QuerySet

from hansa.commerce.notices.models import Notice


def notices_of(*, platform_id: int, user_id: int) -> QuerySet[Notice]:
    """What a person was told on a platform, newest first."""
    return (
        Notice.objects.filter(platform_id=platform_id, user_id=user_id)
        .select_related("listing__product", "platform")
        .order_by("-pk")
    )
