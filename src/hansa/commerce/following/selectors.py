"""Reads of who follows whom, and of what is new at those one follows."""

from __future__ import annotations

from django.db.models import QuerySet

from hansa.commerce.behaviour.models import Follow
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.following.models import PersonFollow, Profile
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.merchants.models import Merchant
from hansa.kernel.errors import NotFound


def get_profile(handle: str) -> Profile:
    """The profile with this handle; refuses one that is not shown."""
    found = (
        Profile.objects.select_related("user")
        .filter(handle=handle.replace("\x00", ""), user__is_active=True)
        .first()
    )
    if found is None:
        raise NotFound("nobody shows a profile at this address")
    return found


def find_profile_of(user_id: int) -> Profile | None:
    return Profile.objects.filter(user_id=user_id).first()


def is_following_person(*, follower_id: int | None, followed_id: int) -> bool:
    return (
        follower_id is not None
        and PersonFollow.objects.filter(follower_id=follower_id, followed_id=followed_id).exists()
    )


def count_followers(user_id: int) -> int:
    """How many people follow this shopper."""
    return PersonFollow.objects.filter(followed_id=user_id).count()


def people_followed_by(user_id: int) -> QuerySet[Profile]:
    """The profiles of the shoppers that a person follows, by name."""
    return (
        Profile.objects.filter(user__people_following__follower_id=user_id, user__is_active=True)
        .select_related("user")
        .order_by("user__display_name", "pk")
    )


def merchants_followed_by(*, platform_id: int, user_id: int) -> QuerySet[Merchant]:
    """The merchants on a platform that a person follows, by name."""
    return merchants.on_platform(platform_id).filter(
        pk__in=Follow.objects.filter(user_id=user_id).values("merchant_id")
    )


def new_goods(*, platform_id: int, user_id: int, limit: int = 48) -> list[Listing]:
    """The newest goods of the merchants one follows, the newest first."""
    followed = merchants_followed_by(platform_id=platform_id, user_id=user_id).order_by().values("pk")
    found = catalogue.listings_of(platform_id).filter(merchant_id__in=followed)
    return list(found.order_by("-listed_at", "-pk")[:limit])
