"""What the worker does about people."""

from __future__ import annotations

from hansa.commerce.accounts import invitations
from hansa.commerce.accounts.events import PersonInvited
from hansa.foundation.outbox import Delivered


def send_invitation(delivered: Delivered) -> None:
    """Send the mail of an invitation; subscribe outside a transaction."""
    event = delivered.event
    assert isinstance(event, PersonInvited)
    invitations.send(invitation_id=event.invitation_id, page=event.page)
