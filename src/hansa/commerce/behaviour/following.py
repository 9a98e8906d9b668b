"""Following, as acts: a merchant's followers, and the log of who began and ended to follow."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import services
from hansa.commerce.behaviour.models import BehaviourEvent, Follow
from hansa.kernel.errors import InvalidInput


@transaction.atomic
def follow_merchant(*, platform_id: int, actor: Actor, merchant_id: int, now: datetime) -> bool:
    """Follow a merchant; False when one does so already, which changes and logs nothing."""
    if actor.user_id is None:
        raise InvalidInput("sign in to follow a merchant")
    _, is_new = Follow.objects.get_or_create(
        user_id=actor.user_id, merchant_id=merchant_id, defaults={"since": now}
    )
    if is_new:
        log(platform_id=platform_id, actor=actor, follows=True, merchant_id=merchant_id, now=now)
    return is_new


@transaction.atomic
def unfollow_merchant(*, platform_id: int, actor: Actor, merchant_id: int, now: datetime) -> bool:
    """Stop following a merchant; False when one did not follow, which changes and logs nothing."""
    deleted, _ = Follow.objects.filter(user_id=actor.user_id or 0, merchant_id=merchant_id).delete()
    if deleted:
        log(platform_id=platform_id, actor=actor, follows=False, merchant_id=merchant_id, now=now)
    return bool(deleted)


def log(
    *, platform_id: int, actor: Actor, follows: bool, merchant_id: int | None = None, now: datetime
) -> None:
    """Write down that somebody began or ended to follow, in the running transaction, if they consent to that.

    Without a merchant it was a person, whom the log does not name: it goes on to the lake.
    """
    kind = BehaviourEvent.Kind.FOLLOW if follows else BehaviourEvent.Kind.UNFOLLOW
    services.note(platform_id=platform_id, actor=actor, kind=kind, merchant_id=merchant_id, now=now)
