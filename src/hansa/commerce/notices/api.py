"""The API's doors to notices."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.notices import selectors, services, wording
from hansa.commerce.notices.models import Notice
from hansa.foundation.paging import newest_first

router = Router(tags=["notices"])


class NoticeOut(Schema):
    id: int
    kind: str
    text: str
    listing_id: int | None = None
    at: datetime
    read_at: datetime | None = None

    @staticmethod
    def resolve_text(notice: Notice) -> str:
        return wording.sentence(notice)


class NoticePage(Schema):
    items: list[NoticeOut]
    next_cursor: str


class ReadOut(Schema):
    read: int


@router.get("/notices/", response=NoticePage)
def list_notices(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """What one was told, newest first."""
    with inside(request, platform) as call:
        rows = selectors.notices_of(platform_id=call.platform.pk, user_id=call.actor.user_id or 0)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/notices/read", response=ReadOut)
def read_notices(request: HttpRequest, platform: str = "") -> dict[str, int]:
    """Note that one has seen one's notices."""
    with inside(request, platform) as call:
        read = services.mark_read(platform_id=call.platform.pk, user_id=call.actor.user_id or 0, now=call.now)
        return {"read": read}
