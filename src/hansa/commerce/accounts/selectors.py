"""Reads of platforms and people."""

from __future__ import annotations

from functools import lru_cache

from django.db.models import QuerySet

from hansa.commerce.accounts.models import Address, ApiToken, Membership, Platform, User
from hansa.commerce.accounts.policy import Actor, Held, Role
from hansa.kernel.errors import NotFound


def platforms() -> QuerySet[Platform]:
    """Every platform of the alliance, in order of joining."""
    return Platform.objects.order_by("pk")


def get_platform(code: str) -> Platform:
    """The platform with this code; refuses one that does not exist, naming those that do."""
    found = Platform.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(Platform.objects.order_by("pk").values_list("code", flat=True)) or "none yet"
        raise NotFound(f"there is no platform {code!r}; there are: {known}")
    return found


@lru_cache(maxsize=256)
def platform_by_id(platform_id: int) -> Platform:
    """The platform with this id; platforms hardly ever change, so a process asks once."""
    return Platform.objects.get(pk=platform_id)


def actor_of(user: User) -> Actor:
    """The signed-in person with all the roles they hold."""
    held = Membership.objects.filter(user=user).values_list("role", "platform_id", "merchant_id")
    return Actor(
        name=str(user),
        visitor=f"user-{user.pk}",
        user_id=user.pk,
        roles=frozenset(
            Held(Role(role), platform_id, merchant_id) for role, platform_id, merchant_id in held
        ),
    )


def visitor(session_key: str) -> Actor:
    """Somebody who has not signed in."""
    return Actor(name="a visitor", visitor=f"session-{session_key}")


def addresses_of(user_id: int) -> QuerySet[Address]:
    return Address.objects.filter(user_id=user_id).order_by("pk")


def find_user(user_id: int) -> User | None:
    return User.objects.filter(pk=user_id).first()


def demo_people() -> list[User]:
    """The people of the demo, one for each role and platform, in order."""
    return list(User.objects.filter(is_demo=True).order_by("pk").prefetch_related("memberships"))


def find_demo_person(username: str) -> User | None:
    return User.objects.filter(username=username, is_demo=True).first()


def find_user_by_token(digest: str) -> User | None:
    """The person whose live key has this digest."""
    token = ApiToken.objects.select_related("user").filter(digest=digest, revoked_at__isnull=True).first()
    return token.user if token and token.user.is_active else None


def shoppers_of(platform_id: int) -> QuerySet[User]:
    """The people whose home this platform is."""
    return User.objects.filter(home_platform_id=platform_id).order_by("-pk")
