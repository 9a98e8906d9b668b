"""Reads of what people do."""

from __future__ import annotations

from hansa.commerce.behaviour.models import Follow


def is_following(*, user_id: int | None, merchant_id: int) -> bool:
    """Say whether this person follows the merchant."""
    return user_id is not None and Follow.objects.filter(user_id=user_id, merchant_id=merchant_id).exists()


def count_followers(merchant_id: int) -> int:
    """How many people follow the merchant."""
    return Follow.objects.filter(merchant_id=merchant_id).count()
