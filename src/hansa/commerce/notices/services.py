"""Telling people things, once each, and sending mail where they may have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation

from hansa.commerce.accounts import consents
from hansa.commerce.accounts.invitations import has_proven
from hansa.commerce.accounts.models import User
from hansa.commerce.notices import wording
from hansa.commerce.notices.events import NoticeGiven
from hansa.commerce.notices.models import Notice
from hansa.foundation import outbox, tenancy

Kind = Notice.Kind
# News of goods is advertising: by mail only to who allowed that. The others answer what one did oneself.
ADVERTISING = frozenset({Kind.CHEAPER, Kind.BACK})


@dataclass(frozen=True)
class Told:
    """What one person is told; ``key`` names the occasion."""

    user_id: int
    kind: Notice.Kind
    key: str
    listing_id: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def give(*, platform_id: int, told: Iterable[Told], now: datetime) -> int:
    """Tell people things and say how many were new; the same occasion again tells nobody."""
    given = 0
    for each in told:
        person = User.objects.filter(pk=each.user_id, is_active=True).first()
        if person is None:
            continue
        notice, is_new = Notice.objects.get_or_create(
            platform_id=platform_id,
            user=person,
            key=each.key,
            defaults={
                "kind": each.kind,
                "listing_id": each.listing_id,
                "values": dict(each.values),
                "by_mail": _may_mail(person, each.kind),
                "at": now,
            },
        )
        given += is_new
        if is_new and notice.by_mail:
            outbox.record(NoticeGiven(platform_id=platform_id, notice_id=notice.pk))
    return given


def mail(*, notice_id: int, now: datetime) -> bool:
    """Send a notice by mail unless it has been sent, or its person may not have it any more; says whether it went."""
    with tenancy.as_alliance():
        notice = (
            Notice.objects.select_related("user", "platform", "listing__product")
            .filter(pk=notice_id, mailed_at__isnull=True, user__is_active=True)
            .first()
        )
    if notice is None or not _may_mail(notice.user, Kind(notice.kind)):
        return False
    with translation.override(notice.user.language):
        send_mail(wording.subject(notice), wording.letter(notice), None, [notice.user.email])
    with tenancy.as_alliance():
        Notice.objects.filter(pk=notice_id).update(mailed_at=now)
    return True


@transaction.atomic
def mark_read(*, platform_id: int, user_id: int, now: datetime) -> int:
    """Note that a person has seen their notices; says how many were new to them."""
    unread = Notice.objects.filter(platform_id=platform_id, user_id=user_id, read_at__isnull=True)
    return unread.update(read_at=now)


def _may_mail(person: User, kind: Notice.Kind) -> bool:
    if kind in ADVERTISING and not consents.allows(person, consents.Question(consents.MARKETING_MAIL)):
        return False
    return bool(person.email) and has_proven(person.pk, person.email)
