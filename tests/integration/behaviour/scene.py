"""Words for tests of acts and profiles: who did what, what is kept of it, and whether all promises hold."""

from __future__ import annotations

from datetime import datetime

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import intake, profiles
from hansa.commerce.behaviour.intake import Act
from hansa.commerce.behaviour.models import BehaviourEvent, ProfileLine
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from tests.factories import NOON, Shop


def view(shop: Shop, actor: Actor, *names: str, now: datetime = NOON) -> None:
    """Tell of looks at goods; the profile hears of them with `hear`."""
    told = [Act("view", shop.listings[name].pk) for name in names]
    with tenancy.as_platform(shop.platform.pk):
        intake.record_acts(platform_id=shop.platform.pk, actor=actor, acts=told, now=now)


def hear() -> None:
    """Let every consumer hear what was told."""
    outbox.drain(SUBSCRIPTIONS)


def lines(shop: Shop, actor: Actor, axis: str) -> dict[int, tuple[int, datetime]]:
    """A profile's lines on an axis: how many acts each comes from, and the last of them."""
    with tenancy.as_platform(shop.platform.pk):
        found = ProfileLine.objects.filter(profile__user_id=actor.user_id or 0, axis=axis)
        return {line.key: (line.acts, line.last_at) for line in found}


def log_of(shop: Shop, actor: Actor) -> list[str]:
    with tenancy.as_platform(shop.platform.pk):
        mine = BehaviourEvent.objects.filter(visitor=actor.visitor)
        return list(mine.order_by("pk").values_list("kind", flat=True))


def rebuilt(shop: Shop) -> int:
    """How many lines a rebuild of every profile changes."""
    return profiles.rebuild_all(platform_id=shop.platform.pk)


def broken() -> list[str]:
    """The promises of the whole house that do not hold."""
    return [finding.invariant.name for finding in invariants.check() if not finding.holds]
