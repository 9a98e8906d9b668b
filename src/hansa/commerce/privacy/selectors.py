"""Reads of the copies that people asked for."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from hansa.commerce.privacy.errors import ExportGone
from hansa.commerce.privacy.models import Erasure, Export


def exports_of(user_id: int, *, now: datetime) -> QuerySet[Export]:
    """A person's copies that have not run out, newest first."""
    return Export.objects.filter(user_id=user_id, expires_at__gt=now).defer("archive").order_by("-pk")


def get_archive(*, user_id: int, token: str, now: datetime) -> bytes:
    """The copy behind a link, as a zip; refuses a link that is another's, unknown, unfinished or has run out."""
    found = Export.objects.filter(
        user_id=user_id, token=token.replace("\x00", ""), expires_at__gt=now, archive__isnull=False
    ).first()
    if found is None or found.archive is None:
        raise ExportGone("there is no copy behind this link any more; ask for a new one")
    return bytes(found.archive)


def erased_people() -> list[int]:
    """Everybody who was forgotten here, by number: the list by which a backup and the lake forget them again."""
    return list(Erasure.objects.order_by("person_id").values_list("person_id", flat=True))
