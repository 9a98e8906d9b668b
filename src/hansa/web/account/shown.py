"""What a person is asked to allow, and what they decided, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from hansa.commerce.accounts import consents
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Consent, Platform, User
from hansa.web.templatetags.words import platform_name


@dataclass(frozen=True)
class Asked:
    """One switch on the page of consents."""

    name: str
    label: str
    help: str
    purpose: Consent.Purpose
    member_id: int | None
    agrees: bool


@dataclass(frozen=True)
class Decision:
    """One line of the history."""

    label: str
    agrees: bool
    at: datetime


def questions(person: User) -> list[Asked]:
    """Everything that one may allow: three purposes, and sharing with each member of the alliance but one's own."""
    members = [platform for platform in accounts.platforms() if platform.pk != person.home_platform_id]
    return [
        _asked(person, consents.PERSONALISATION, None),
        _asked(person, consents.MARKETING_MAIL, None),
        _asked(person, consents.PROFILE, None),
        *(_asked(person, consents.SHARING, member) for member in members),
    ]


def decisions(user_id: int) -> list[Decision]:
    """Every decision, newest first."""
    return [
        Decision(_label(Consent.Purpose(row.purpose), row.member), row.agrees, row.at)
        for row in consents.history_of(user_id)[:200]
    ]


def _asked(person: User, purpose: Consent.Purpose, member: Platform | None) -> Asked:
    helps = {
        consents.PERSONALISATION: _("What you look at and buy shapes what you are shown."),
        consents.MARKETING_MAIL: _("News and offers by e-mail; mail about your purchases comes in any case."),
        consents.PROFILE: _(
            "Others see your name and your reviews on a page of your own, and may follow you."
        ),
        consents.SHARING: _("This member may use your purchases for its own recommendations."),
    }
    member_id = member.pk if member else None
    return Asked(
        name=f"{purpose.value}-{member_id}" if member_id else purpose.value,
        label=_label(purpose, member),
        help=helps[purpose],
        purpose=purpose,
        member_id=member_id,
        agrees=consents.allows(person, consents.Question(purpose, member_id)),
    )


def _label(purpose: Consent.Purpose, member: Platform | None) -> str:
    if member is not None:
        return _("Share my purchases with %(member)s") % {"member": platform_name(member)}
    words = {
        consents.PERSONALISATION: _("Recommendations made for me"),
        consents.MARKETING_MAIL: _("Mail about offers"),
        consents.PROFILE: _("A public profile"),
    }
    return words[purpose]
