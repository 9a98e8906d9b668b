"""The API's doors to a platform's own: what it says of itself, and who has which role on it.

Giving roles has no scope: a narrowed key never widens what anybody may do.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from ninja import Field, Router, Schema

from hansa.commerce.accounts import invitations, platforms, services
from hansa.commerce.accounts.api import inside
from hansa.commerce.accounts.invitations import Given
from hansa.commerce.accounts.models import Membership, Platform
from hansa.commerce.accounts.policy import Held, Role
from hansa.foundation.paging import newest_first

router = Router(tags=["platforms"])


class PlatformRole(StrEnum):
    """The roles that count on a platform."""

    OPERATOR = "operator"
    DISPATCHER = "dispatcher"


class SettingsIn(Schema):
    """What is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=platforms.LONGEST_NAME)
    name_zh: str | None = Field(None, min_length=1, max_length=platforms.LONGEST_NAME)
    accent: str | None = None
    commission_bp: int | None = Field(None, ge=0, le=platforms.WHOLE_BP)


class SettingsOut(Schema):
    code: str
    name: str
    name_zh: str
    currency: str
    accent: str
    commission_bp: int


class RoleOut(Schema):
    id: int
    user_id: int
    username: str
    role: str
    since: datetime | None

    @staticmethod
    def resolve_username(held: Membership) -> str:
        return held.user.username


class RolePage(Schema):
    items: list[RoleOut]
    next_cursor: str


class ChangedOut(Schema):
    """``changed`` is false when it was so already."""

    changed: bool


class GivenOut(ChangedOut):
    """``is_offered`` where the person was sent an invitation and holds the role once they say yes."""

    is_offered: bool


@router.get("/settings", response=SettingsOut)
def get_settings(request: HttpRequest, platform: str = "") -> Platform:
    """What the platform says of itself."""
    with inside(request, platform) as call:
        return platforms.settings_of(call.platform.pk)


@router.patch("/settings", response=SettingsOut)
def change_settings(request: HttpRequest, body: SettingsIn, platform: str = "") -> Platform:
    """Change what the platform says of itself; its code and currency never change."""
    with inside(request, platform) as call:
        return platforms.change_platform(actor=call.actor, platform_id=call.platform.pk, **body.dict())


@router.get("/roles/", response=RolePage)
def list_roles(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Who has which role on the platform, newest first."""
    with inside(request, platform) as call:
        own = Membership.objects.filter(platform_id=call.platform.pk).select_related("user")
        page = newest_first(own, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.put("/roles/{role}/{user_id}", response=GivenOut)
def give_role(request: HttpRequest, role: PlatformRole, user_id: int, platform: str = "") -> GivenOut:
    """Give a role to a person who has one on the platform; anybody else is sent an invitation, and says yes first."""
    with inside(request, platform) as call:
        given = invitations.give_or_offer(
            actor=call.actor,
            user_id=user_id,
            role=Held(Role(role.value), call.platform.pk, None),
            page=request.build_absolute_uri(reverse("account:invitation")),
            language=get_language() or "en",
            now=call.now,
        )
        return GivenOut(changed=given is Given.GIVEN, is_offered=given is Given.OFFERED)


@router.delete("/roles/{role}/{user_id}", response=ChangedOut)
def take_role(request: HttpRequest, role: PlatformRole, user_id: int, platform: str = "") -> ChangedOut:
    """Take a role on the platform from a person; the last operator stays."""
    with inside(request, platform) as call:
        held = Held(Role(role.value), call.platform.pk, None)
        return ChangedOut(
            changed=services.revoke_role(actor=call.actor, user_id=user_id, role=held, now=call.now)
        )
