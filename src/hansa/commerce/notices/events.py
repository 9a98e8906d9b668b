"""Facts about notices."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class NoticeGiven(DomainEvent):
    """A notice that goes out by mail too."""

    notice_id: int
