"""What a person allows, purpose by purpose: deciding, the state now, and the history that nobody can change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from hansa.commerce.accounts.events import PersonalisationDecided
from hansa.commerce.accounts.models import Consent, Platform, User
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput

PERSONALISATION = Consent.Purpose.PERSONALISATION
MARKETING_MAIL = Consent.Purpose.MARKETING_MAIL
SHARING = Consent.Purpose.SHARING
PROFILE = Consent.Purpose.PROFILE


@dataclass(frozen=True)
class Question:
    """One thing a person may allow: a purpose, and for sharing the member of the alliance."""

    purpose: Consent.Purpose
    member_id: int | None = None


@transaction.atomic
def decide(
    *, user_id: int, purpose: Consent.Purpose, agrees: bool, now: datetime, member_id: int | None = None
) -> bool:
    """Write a decision down; False when it was so already, which writes nothing.

    Refuses sharing that names no member of the alliance, and a member for anything else.
    """
    if (purpose == SHARING) != (member_id is not None):
        raise InvalidInput("sharing names one member of the alliance, and nothing else does")
    # Two decisions at once wait for each other here, so that the history is in the order it counts in.
    user = User.objects.select_for_update().get(pk=user_id)
    if allows(user, Question(purpose, member_id)) == agrees and _latest(user_id, purpose, member_id):
        return False
    Consent.objects.create(user=user, purpose=purpose, member_id=member_id, agrees=agrees, at=now)
    if purpose == PERSONALISATION:
        User.objects.filter(pk=user_id).update(consents_to_personalisation=agrees)
        _tell(user, agrees, now)
    return True


def allows(user: User, question: Question) -> bool:
    """Say whether the person allows this now. Who was never asked allows nothing but personalisation as set."""
    if question.purpose == PERSONALISATION:
        return user.consents_to_personalisation
    latest = _latest(user.pk, question.purpose, question.member_id)
    return latest is not None and latest.agrees


def history_of(user_id: int) -> QuerySet[Consent]:
    """Every decision of a person, newest first."""
    return Consent.objects.filter(user_id=user_id).select_related("member").order_by("-pk")


def _tell(user: User, agrees: bool, now: datetime) -> None:
    home = user.home_platform_id or Platform.objects.order_by("pk").values_list("pk", flat=True).first()
    if home is not None:  # without a platform nobody has learnt anything
        outbox.record(
            PersonalisationDecided(platform_id=home, user_id=user.pk, agrees=agrees, at=now.isoformat())
        )


def _latest(user_id: int, purpose: Consent.Purpose, member_id: int | None) -> Consent | None:
    return (
        Consent.objects.filter(user_id=user_id, purpose=purpose, member_id=member_id).order_by("-pk").first()
    )
