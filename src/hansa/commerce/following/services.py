"""Letting others follow one, and following other shoppers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts import consents
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import following as acts
from hansa.commerce.following import selectors
from hansa.commerce.following.events import PersonFollowed
from hansa.commerce.following.models import PersonFollow, Profile
from hansa.foundation import outbox
from hansa.kernel import ids
from hansa.kernel.errors import InvalidInput


@transaction.atomic
def show_profile(*, user_id: int, is_shown: bool, now: datetime) -> Profile | None:
    """Let others see and follow one, or no longer; the decision is kept among the consents.

    Who hides their profile loses its address and its followers: shown again, it begins anew.
    """
    consents.decide(user_id=user_id, purpose=consents.PROFILE, agrees=is_shown, now=now)
    if not is_shown:
        Profile.objects.filter(user_id=user_id).delete()
        PersonFollow.objects.filter(followed_id=user_id).delete()
        return None
    profile, _ = Profile.objects.get_or_create(
        user_id=user_id, defaults={"handle": ids.token(bytes_of_entropy=9), "since": now}
    )
    return profile


@transaction.atomic
def follow_person(*, platform_id: int, actor: Actor, handle: str, now: datetime) -> bool:
    """Follow another shopper; False when one does so already. Refuses oneself, and who shows no profile."""
    if actor.user_id is None:
        raise InvalidInput("sign in to follow somebody")
    profile = selectors.get_profile(handle)
    # Who hides the profile just now holds this row first, as every decision does; then there is none to follow.
    User.objects.select_for_update(no_key=True).get(pk=profile.user_id)
    profile = selectors.get_profile(handle)
    if profile.user_id == actor.user_id:
        raise InvalidInput("nobody follows themselves")
    _, is_new = PersonFollow.objects.get_or_create(
        follower_id=actor.user_id, followed_id=profile.user_id, defaults={"since": now}
    )
    if is_new:
        _tell(platform_id, actor, profile.user_id, follows=True, now=now)
    return is_new


@transaction.atomic
def unfollow_person(*, platform_id: int, actor: Actor, handle: str, now: datetime) -> bool:
    """Stop following a shopper; False when one did not."""
    profile = selectors.get_profile(handle)
    rows = PersonFollow.objects.filter(follower_id=actor.user_id or 0, followed_id=profile.user_id)
    deleted, _ = rows.delete()
    if deleted:
        _tell(platform_id, actor, profile.user_id, follows=False, now=now)
    return bool(deleted)


def _tell(platform_id: int, actor: Actor, followed_id: int, *, follows: bool, now: datetime) -> None:
    acts.log(platform_id=platform_id, actor=actor, follows=follows, now=now)
    outbox.record(
        PersonFollowed(
            platform_id=platform_id,
            follower_id=actor.user_id or 0,
            followed_id=followed_id,
            follows=follows,
            at=now.isoformat(),
        )
    )
