"""The API's doors to following merchants and other shoppers."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status

from hansa.commerce.accounts.api import inside
from hansa.commerce.behaviour import following as acts
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.following import selectors, services
from hansa.commerce.following.models import Profile
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.merchants.models import Merchant
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import InvalidInput

router = Router(tags=["following"])


class ProfileIn(Schema):
    is_shown: bool


class OwnProfileOut(Schema):
    handle: str | None = None


class PersonOut(Schema):
    handle: str
    name: str

    @staticmethod
    def resolve_name(profile: Profile) -> str:
        return str(profile.user)


class HouseOut(Schema):
    id: int
    name: str
    slug: str


class FollowedOut(Schema):
    merchants: list[HouseOut]
    people: list[PersonOut]


class NewGoodOut(Schema):
    id: int
    title: str
    merchant_id: int
    price: int
    currency: str
    listed_at: datetime


@router.put("/users/me/profile", response=OwnProfileOut)
def put_profile(request: HttpRequest, body: ProfileIn) -> dict[str, str | None]:
    """Let others see and follow one, or no longer."""
    user_id = request.auth.user_id  # type: ignore[attr-defined]  # ninja puts it there
    if user_id is None:
        raise InvalidInput("sign in to follow somebody")
    profile = services.show_profile(user_id=user_id, is_shown=body.is_shown, now=system_clock())
    return {"handle": profile.handle if profile else None}


@router.get("/following/", response=FollowedOut)
def list_followed(request: HttpRequest, platform: str = "") -> dict[str, list[Merchant] | list[Profile]]:
    """The merchants here and the shoppers whom one follows."""
    with inside(request, platform) as call:
        user_id = call.actor.user_id or 0
        houses = selectors.merchants_followed_by(platform_id=call.platform.pk, user_id=user_id)
        return {"merchants": list(houses), "people": list(selectors.people_followed_by(user_id))}


@router.get("/following/feed", response=list[NewGoodOut])
def list_new_goods(request: HttpRequest, platform: str = "", limit: int = 24) -> list[Listing]:
    """The newest goods of the merchants one follows."""
    if not 1 <= limit <= 100:
        raise InvalidInput(f"limit must be between 1 and 100, not {limit}")
    with inside(request, platform) as call:
        return selectors.new_goods(platform_id=call.platform.pk, user_id=call.actor.user_id or 0, limit=limit)


@router.put("/following/merchants/{merchant_id}", response={204: None})
def follow_merchant(request: HttpRequest, merchant_id: int, platform: str = "") -> Status[None]:
    """Follow a merchant who keeps a store here."""
    with inside(request, platform) as call:
        store = merchants.get_store(platform_id=call.platform.pk, merchant_id=merchant_id)
        acts.follow_merchant(
            platform_id=call.platform.pk, actor=call.actor, merchant_id=store.merchant_id, now=call.now
        )
        return Status(204, None)


@router.delete("/following/merchants/{merchant_id}", response={204: None})
def unfollow_merchant(request: HttpRequest, merchant_id: int, platform: str = "") -> Status[None]:
    """Stop following a merchant."""
    with inside(request, platform) as call:
        acts.unfollow_merchant(
            platform_id=call.platform.pk, actor=call.actor, merchant_id=merchant_id, now=call.now
        )
        return Status(204, None)


@router.put("/following/people/{handle}", response={204: None})
def follow_person(request: HttpRequest, handle: str, platform: str = "") -> Status[None]:
    """Follow a shopper who shows a profile."""
    with inside(request, platform) as call:
        services.follow_person(platform_id=call.platform.pk, actor=call.actor, handle=handle, now=call.now)
        return Status(204, None)


@router.delete("/following/people/{handle}", response={204: None})
def unfollow_person(request: HttpRequest, handle: str, platform: str = "") -> Status[None]:
    """Stop following a shopper."""
    with inside(request, platform) as call:
        services.unfollow_person(platform_id=call.platform.pk, actor=call.actor, handle=handle, now=call.now)
        return Status(204, None)
