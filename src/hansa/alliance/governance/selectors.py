"""Reads of members and of what they allow one another."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from hansa.alliance.models import Grant, Member
from hansa.kernel.errors import NotFound


def members() -> QuerySet[Member]:
    """Every member, in order of joining."""
    return Member.objects.select_related("platform").order_by("pk")


def active_members() -> QuerySet[Member]:
    """The members that take part today."""
    return members().filter(status=Member.Status.ACTIVE)


def get_member(code: str) -> Member:
    """The member with this platform's code; refuses a stranger, naming those that are."""
    found = members().filter(platform__code=code).first()
    if found is None:
        known = ", ".join(members().values_list("platform__code", flat=True)) or "none yet"
        raise NotFound(f"{code!r} is no member of the alliance; members are: {known}")
    return found


def find_member_by_key(key_id: str) -> Member | None:
    """The member that a key id belongs to; the registry is the only place where keys are looked up."""
    return members().filter(key_id=key_id).first()


def find_grant(*, giver: Member, receiver: Member, scope: str, purpose: str, now: datetime) -> Grant | None:
    """The leave that holds now for this purpose, the last given first."""
    return _holding(now).filter(giver=giver, receiver=receiver, scope=scope, purpose=purpose).first()


def find_terms(*, giver_id: int, receiver_id: int, scope: str, at: datetime) -> Grant | None:
    """The leave between two platforms that held at a moment, whatever became of it since."""
    held = _holding(at).filter(giver__platform_id=giver_id, receiver__platform_id=receiver_id, scope=scope)
    return held.first()


def grants() -> QuerySet[Grant]:
    """Every leave ever given, the newest first."""
    return Grant.objects.select_related("giver__platform", "receiver__platform").order_by("-pk")


def _holding(at: datetime) -> QuerySet[Grant]:
    not_revoked = Q(revoked_at__isnull=True) | Q(revoked_at__gt=at)
    return Grant.objects.filter(not_revoked, not_before__lte=at, not_after__gt=at).order_by("-pk")
