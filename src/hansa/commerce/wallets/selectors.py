"""Reads of gift cards, credit and points."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import QuerySet, Sum

from hansa.commerce.wallets.domain import Kind, Programme, worth_of
from hansa.commerce.wallets.models import Loyalty, Wallet
from hansa.kernel.errors import NotFound


def find_gift_card(*, platform_id: int, code: str, now: datetime) -> Wallet:
    """The gift card with this code. Refuses, all with the same words, one that is unknown, blocked or out of time."""
    card = Wallet.objects.filter(
        platform_id=platform_id, kind=Kind.GIFT_CARD, code_hash=hash_of(code)
    ).first()
    if card is None or card.is_blocked or (card.expires_at is not None and card.expires_at <= now):
        raise NotFound("there is no gift card with this code")
    return card


def wallets_of(*, platform_id: int, owner_id: int) -> list[Wallet]:
    """A person's store credit and points on a platform."""
    return list(Wallet.objects.filter(platform_id=platform_id, owner_id=owner_id).order_by("kind", "pk"))


def gift_cards_of(platform_id: int) -> QuerySet[Wallet]:
    """Every gift card of a platform, the newest first."""
    return Wallet.objects.filter(platform_id=platform_id, kind=Kind.GIFT_CARD).order_by("-opened_at", "-pk")


def owed_by_kind(platform_id: int) -> dict[str, int]:
    """What all accounts of each kind hold together: minor units, of points their number."""
    rows = Wallet.objects.filter(platform_id=platform_id).values("kind").annotate(held=Sum("balance"))
    return {row["kind"]: row["held"] for row in rows}


def programme_of(platform_id: int) -> Programme | None:
    """The platform's points programme, if it has one."""
    row = Loyalty.objects.filter(platform_id=platform_id).first()
    return Programme(row.earn_bp, row.worth_bp) if row else None


def worth_of_points(*, platform_id: int, points: int) -> int:
    """What points are worth in minor units; nothing without a programme."""
    programme = programme_of(platform_id) if points else None
    return worth_of(points, programme) if programme else 0


def hash_of(code: str) -> str:
    """A gift card's code as it is kept: spaces, dashes and case do not count."""
    return hashlib.sha256("".join(filter(str.isalnum, code)).upper().encode()).hexdigest()
