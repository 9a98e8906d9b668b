"""Reads of platforms and people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from hansa.commerce.accounts.errors import PersonNotUnique, PersonUnknown
from hansa.commerce.accounts.models import Address, ApiToken, Membership, Platform, RoleChange, User
from hansa.commerce.accounts.policy import AT_A_MERCHANT, Actor, Held, Role
from hansa.foundation.memory import remembered
from hansa.foundation.prepared import Prepared
from hansa.kernel.errors import NotFound


def platforms() -> QuerySet[Platform]:
    """Every platform of the alliance, in order of joining."""
    return Platform.objects.order_by("pk")


@remembered(seconds=10)
def markets() -> tuple[Platform, ...]:
    """The same for pages: a platform that joins is shown ten seconds later at the latest."""
    return tuple(platforms())


@remembered(seconds=10)
def get_platform(code: str) -> Platform:
    """The platform with this code; refuses one that does not exist, naming those that do."""
    found = Platform.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(Platform.objects.order_by("pk").values_list("code", flat=True)) or "none yet"
        raise NotFound(f"there is no platform {code!r}; there are: {known}")
    return found


@remembered(seconds=10)
def platform_by_id(platform_id: int) -> Platform:
    """The platform with this id."""
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


NEWCOMER = Actor(name="a visitor", visitor="newcomer")  # who only looks: nothing is ever kept under this name


def visitor(session_key: str) -> Actor:
    """Somebody who has not signed in."""
    return Actor(name="a visitor", visitor=f"session-{session_key}")


def addresses_of(user_id: int) -> QuerySet[Address]:
    return Address.objects.filter(user_id=user_id).order_by("pk")


def find_user(user_id: int | None) -> User | None:
    """A person, if they are there; nobody is asked for who has no key."""
    return None if user_id is None else User.objects.filter(pk=user_id).first()


def home_of(user_id: int | None) -> int | None:
    """The platform that a person calls home, if any."""
    return None if user_id is None else _HOME_OF.first(user_id=user_id)


_HOME_OF = Prepared(
    lambda user_id: User.objects.filter(pk=user_id).values_list("home_platform_id", flat=True)
)


def demo_people() -> list[User]:
    """The people of the demo, one for each role and platform, in order."""
    return list(User.objects.filter(is_demo=True).order_by("pk").prefetch_related("memberships"))


def find_demo_person(username: str) -> User | None:
    return User.objects.filter(username=username, is_demo=True).first()


def find_live_token(digest: str, *, now: datetime) -> ApiToken | None:
    """The key with this digest, with its person, where both still count."""
    token = ApiToken.objects.select_related("user").filter(digest=digest, revoked_at__isnull=True).first()
    is_live = token and token.user.is_active and (token.expires_at is None or token.expires_at > now)
    return token if is_live else None


def tokens_of(actor: Actor) -> QuerySet[ApiToken]:
    """A person's own tokens, newest first, also those that are taken back; keys of desks are none."""
    if actor.user_id is None:
        return ApiToken.objects.none()
    own = ApiToken.objects.filter(merchant_id__isnull=True, platform_id__isnull=True)
    return own.filter(user_id=actor.user_id).order_by("-pk")


def shoppers_of(platform_id: int) -> QuerySet[User]:
    """The people whose home this platform is."""
    return User.objects.filter(home_platform_id=platform_id).order_by("-pk")


def get_person(text: str) -> User:
    """The one person with this user name or e-mail.

    Refuses words that fit nobody, and words that fit several people, such as a name that is another's e-mail.
    """
    wanted = text.strip().replace("\x00", "")
    found = list(User.objects.filter(Q(username=wanted) | Q(email__iexact=wanted)).order_by("pk")[:2])
    if not wanted or not found:
        raise PersonUnknown(f"nobody has the user name or e-mail {wanted!r}")
    if len(found) > 1:
        raise PersonNotUnique(f"{wanted!r} fits several people; give the user name of the one you mean")
    return found[0]


# Merchants live one app above; what is asked of them here goes through their key to the platform.
def home_of_merchant(merchant_id: int) -> int:
    """The platform that a merchant calls home."""
    found = Platform.objects.filter(merchants=merchant_id).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(f"there is no merchant {merchant_id}")
    return found


def merchants_at_home(platform_id: int) -> dict[int, str]:
    """The merchants that call the platform home: id and name, by name."""
    rows = Platform.objects.filter(pk=platform_id, merchants__isnull=False).order_by("merchants__name")
    return dict(rows.values_list("merchants__pk", "merchants__name"))


def roles_on(*, platform_id: int, sellers: QuerySet[Any]) -> QuerySet[Membership]:
    """Who may do what on a platform: its own people, and those of the merchants that are at home or sell there."""
    return (
        Membership.objects.filter(_place(platform_id, sellers)).select_related("user").order_by("role", "pk")
    )


def role_changes_on(*, platform_id: int, sellers: QuerySet[Any]) -> QuerySet[RoleChange]:
    """Every role given or taken on a platform, newest first."""
    return RoleChange.objects.filter(_place(platform_id, sellers)).order_by("-pk")


def roles_for_merchant(merchant_id: int) -> QuerySet[Membership]:
    """Who works for a merchant, the first first."""
    found = Membership.objects.filter(role__in=AT_A_MERCHANT, merchant_id=merchant_id)
    return found.select_related("user").order_by("pk")


def operators_of(platform_id: int) -> QuerySet[Membership]:
    """Who runs a platform, the first first."""
    found = Membership.objects.filter(role=Role.OPERATOR, platform_id=platform_id)
    return found.select_related("user").order_by("pk")


def role_changes_for_merchant(merchant_id: int) -> QuerySet[RoleChange]:
    """Every role given or taken at a merchant, newest first."""
    return RoleChange.objects.filter(merchant_id=merchant_id).order_by("-pk")


def _place(platform_id: int, sellers: QuerySet[Any]) -> Q:
    at_home = Platform.objects.filter(pk=platform_id, merchants__isnull=False).values("merchants__pk")
    return (
        Q(platform_id=platform_id)
        | Q(merchant_id__in=at_home)
        | Q(merchant_id__in=sellers.order_by().values("pk"))
    )
