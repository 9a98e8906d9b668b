"""Offering a role to an e-mail address, and taking it up: only who has proven the address gets the role."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from allauth.account.models import EmailAddress
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from hansa.commerce.accounts import selectors, services
from hansa.commerce.accounts.errors import AddressNotProven, AddressUnknown, InvitationGone
from hansa.commerce.accounts.events import PersonInvited
from hansa.commerce.accounts.models import Invitation, Membership, User
from hansa.commerce.accounts.policy import Actor, Held, Role
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput

GOOD_FOR = timedelta(days=7)
_SALT = "hansa.invitation"


@transaction.atomic
def invite(*, actor: Actor, email: str, role: Held, page: str, language: str, now: datetime) -> Invitation:
    """Offer a role by mail for seven days; an offer that is open already is mailed again and runs anew.

    Refuses who may not give the role and what is no address. It does not tell whether the address has an account.
    """
    services.require_leave(actor, role)
    if actor.user_id is None:
        raise InvalidInput("an invitation comes from somebody with a name")
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput(f"{email[:100]!r} is no e-mail address") from error
    invitation, _ = Invitation.objects.update_or_create(
        email=address,
        **services.columns_of(role),
        closed_at=None,
        defaults={"expires_at": now + GOOD_FOR},
        create_defaults={
            "inviter_id": actor.user_id,
            "language": language,
            "invited_at": now,
            "expires_at": now + GOOD_FOR,
        },
    )
    home = role.platform_id or _home(role)
    outbox.record(PersonInvited(platform_id=home, invitation_id=invitation.pk, page=page))
    return invitation


class Given(StrEnum):
    """What became of a role that somebody was to get."""

    GIVEN = "given"
    HELD = "held"
    OFFERED = "offered"


@transaction.atomic
def give_or_offer(
    *, actor: Actor, user_id: int, role: Held, page: str, language: str, now: datetime
) -> Given:
    """Give a role to somebody who works there already, and offer it by mail to anybody else: they say yes first.

    Refuses who may not give it, somebody who cannot sign in, and with AddressUnknown who proved no e-mail address.
    """
    services.require_leave(actor, role)
    there = Membership.objects.filter(user_id=user_id).filter(
        Q(merchant_id=role.merchant_id) if role.merchant_id is not None else Q(platform_id=role.platform_id)
    )
    if there.exists():
        is_new = services.grant_role(actor=actor, user_id=user_id, role=role, now=now)
        return Given.GIVEN if is_new else Given.HELD
    services.person_who_can_sign_in(user_id)
    proven = EmailAddress.objects.filter(user_id=user_id, verified=True).order_by("-primary", "pk")
    email = proven.values_list("email", flat=True).first()
    if email is None:
        raise AddressUnknown("this person has no proven e-mail address to send an invitation to")
    invite(actor=actor, email=email, role=role, page=page, language=language, now=now)
    return Given.OFFERED


@transaction.atomic
def withdraw(*, actor: Actor, invitation_id: int, now: datetime) -> bool:
    """Take an offer back; False when it is closed already. Refuses who may not give its role."""
    invitation = Invitation.objects.select_for_update().filter(pk=invitation_id).first()
    if invitation is None:
        raise InvitationGone(f"there is no invitation {invitation_id}")
    services.require_leave(actor, role_of(invitation))
    open_one = Invitation.objects.filter(pk=invitation_id, closed_at__isnull=True)
    return open_one.update(closed_at=now) == 1


def find_offer(token: str, *, now: datetime) -> Invitation:
    """The open invitation behind a link; refuses with InvitationGone any other."""
    try:
        pk = int(signing.loads(token, salt=_SALT, max_age=GOOD_FOR))
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise InvitationGone("this invitation has run out, or was never given") from error
    found = (
        Invitation.objects.select_related("inviter", "platform")
        .filter(pk=pk, closed_at__isnull=True, expires_at__gt=now)
        .first()
    )
    if found is None:
        raise InvitationGone("this invitation has run out, or was never given")
    return found


@transaction.atomic
def accept(*, user_id: int, token: str, now: datetime) -> Held:
    """Take up the role that was offered, in the name of who offered it; answers the role.

    Refuses with InvitationGone what is closed, with AddressNotProven whose address it is not, and when the
    inviter may not give the role any more.
    """
    invitation = Invitation.objects.select_for_update().get(pk=find_offer(token, now=now).pk)
    if invitation.closed_at is not None:
        raise InvitationGone("this invitation has run out, or was never given")
    if not has_proven(user_id, invitation.email):
        raise AddressNotProven(
            f"this invitation is for {invitation.email}; prove that address to be yours first"
        )
    role = role_of(invitation)
    inviter = User.objects.get(pk=invitation.inviter_id)
    services.grant_role(actor=selectors.actor_of(inviter), user_id=user_id, role=role, now=now)
    invitation.accepted_by_id, invitation.closed_at = user_id, now
    invitation.save(update_fields=["accepted_by", "closed_at"])
    return role


def has_proven(user_id: int, email: str) -> bool:
    """Say whether the person has proven this address to be theirs."""
    return bool(EmailAddress.objects.filter(user_id=user_id, email__iexact=email, verified=True).exists())


def open_for_merchant(merchant_id: int, *, now: datetime) -> QuerySet[Invitation]:
    """The offers of a merchant's roles that can still be taken up, the newest first."""
    found = Invitation.objects.filter(merchant_id=merchant_id, closed_at__isnull=True, expires_at__gt=now)
    return found.order_by("-pk")


def open_on_platform(platform_id: int, *, now: datetime) -> QuerySet[Invitation]:
    """The offers of a platform's roles that can still be taken up, the newest first."""
    found = Invitation.objects.filter(platform_id=platform_id, closed_at__isnull=True, expires_at__gt=now)
    return found.order_by("-pk")


def role_of(invitation: Invitation) -> Held:
    """What is offered."""
    return Held(Role(invitation.role), invitation.platform_id, invitation.merchant_id)


def send(*, invitation_id: int, page: str) -> bool:
    """Send the mail with the signed link; says whether the offer was still open."""
    invitation = (
        Invitation.objects.select_related("inviter").filter(pk=invitation_id, closed_at__isnull=True).first()
    )
    if invitation is None:
        return False
    link = f"{page}?{signing.dumps(invitation.pk, salt=_SALT)}"
    with translation.override(invitation.language):
        words = {"name": str(invitation.inviter), "link": link, "days": GOOD_FOR.days}
        send_mail(
            gettext("%(name)s invites you to work with them") % words,
            gettext(
                "%(name)s would like you to join their team.\n\nOpen this page within %(days)s days, sign in or make"
                " an account with this very address, and say yes:\n\n%(link)s\n\nIf you do not know them, do nothing."
            )
            % words,
            None,
            [invitation.email],
        )
    return True


def _home(role: Held) -> int:
    if role.merchant_id is not None:
        return selectors.home_of_merchant(role.merchant_id)
    return selectors.platforms().values_list("pk", flat=True)[0]
