"""Facts about what people want done with their data."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ExportRequested(DomainEvent):
    export_id: int


@dataclass(frozen=True, kw_only=True)
class PersonErased(DomainEvent):
    """A person is forgotten here; whoever keeps rows by ``user_id`` elsewhere, such as the lake, forgets them too."""

    user_id: int
    at: str
