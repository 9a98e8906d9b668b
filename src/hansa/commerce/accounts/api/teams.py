"""The API's doors to who works for a merchant, and to invitations. Without a scope, as all that gives roles."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Router, Schema, Status

from hansa.commerce.accounts import invitations, selectors, services
from hansa.commerce.accounts.api import inside
from hansa.commerce.accounts.api.roles import ChangedOut, RolePage
from hansa.commerce.accounts.errors import InvitationGone
from hansa.commerce.accounts.models import Invitation
from hansa.commerce.accounts.policy import Held, Role
from hansa.foundation.paging import newest_first

router = Router(tags=["teams"])


class TeamRole(StrEnum):
    """The roles at a merchant's desk: who owns it lets people in, a clerk works there."""

    MERCHANT = "merchant"
    CLERK = "clerk"


class InvitationIn(Schema):
    """``language`` is the one of the mail."""

    email: str = Field(min_length=3, max_length=254)
    role: TeamRole = TeamRole.CLERK
    language: str = Field("en", pattern="^(en|zh-hans)$")


class InvitationOut(Schema):
    id: int
    email: str
    role: str
    invited_at: datetime
    expires_at: datetime


class InvitationPage(Schema):
    items: list[InvitationOut]
    next_cursor: str


class NewRoleIn(Schema):
    role: TeamRole


@router.get("/merchants/{merchant_id}/team/", response=RolePage)
def list_team(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Who works for the merchant, newest first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        services.require_leave(call.actor, Held(Role.MERCHANT, None, merchant_id))
        page = newest_first(selectors.roles_for_merchant(merchant_id), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.put("/merchants/{merchant_id}/team/{user_id}", response=ChangedOut)
def change_team(
    request: HttpRequest, merchant_id: int, user_id: int, body: NewRoleIn, platform: str = ""
) -> ChangedOut:
    """Make an owner of somebody who works here, or the other way round; others are invited."""
    new = Role(body.role.value)
    old = Role.CLERK if new is Role.MERCHANT else Role.MERCHANT
    with inside(request, platform, merchant_id=merchant_id) as call:
        changed = services.change_role(
            actor=call.actor,
            user_id=user_id,
            old=Held(old, None, merchant_id),
            new=Held(new, None, merchant_id),
            now=call.now,
        )
        return ChangedOut(changed=changed)


@router.delete("/merchants/{merchant_id}/team/{user_id}", response=ChangedOut)
def let_go(request: HttpRequest, merchant_id: int, user_id: int, platform: str = "") -> ChangedOut:
    """Let somebody go, whatever they are here; the last owner stays."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        taken = [
            services.revoke_role(
                actor=call.actor, user_id=user_id, role=Held(role, None, merchant_id), now=call.now
            )
            for role in (Role.CLERK, Role.MERCHANT)
        ]
        return ChangedOut(changed=any(taken))


@router.get("/merchants/{merchant_id}/invitations/", response=InvitationPage)
def list_invitations(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """The invitations that can still be taken up, newest first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        services.require_leave(call.actor, Held(Role.MERCHANT, None, merchant_id))
        rows = invitations.open_for_merchant(merchant_id, now=call.now)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/merchants/{merchant_id}/invitations/", response={201: InvitationOut})
def invite(
    request: HttpRequest, merchant_id: int, body: InvitationIn, platform: str = ""
) -> Status[Invitation]:
    """Offer a role by mail for seven days; one that is open already is mailed again."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        invitation = invitations.invite(
            actor=call.actor,
            email=body.email,
            role=Held(Role(body.role.value), None, merchant_id),
            page=request.build_absolute_uri(reverse("account:invitation")),
            language=body.language,
            now=call.now,
        )
        return Status(201, invitation)


@router.delete("/merchants/{merchant_id}/invitations/{invitation_id}", response={204: None})
def withdraw_invitation(
    request: HttpRequest, merchant_id: int, invitation_id: int, platform: str = ""
) -> Status[None]:
    """Take an invitation back."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        if not Invitation.objects.filter(pk=invitation_id, merchant_id=merchant_id).exists():
            raise InvitationGone(f"there is no invitation {invitation_id} of this merchant")
        invitations.withdraw(actor=call.actor, invitation_id=invitation_id, now=call.now)
        return Status(204, None)
