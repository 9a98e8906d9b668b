"""Facts about people and their roles."""

from __future__ import annotations

from dataclasses import dataclass

from hansa.foundation.outbox import DomainEvent


@dataclass(frozen=True, kw_only=True)
class PersonInvited(DomainEvent):
    """A role was offered by mail; ``page`` is the address under which invitations are answered."""

    invitation_id: int
    page: str


@dataclass(frozen=True, kw_only=True)
class PersonalisationDecided(DomainEvent):
    """A person allowed or no longer allows that their acts shape what they are shown, on every platform."""

    user_id: int
    agrees: bool
    at: str
