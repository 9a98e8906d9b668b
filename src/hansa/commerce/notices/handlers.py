"""What the worker does about notices."""

from __future__ import annotations

from hansa.commerce.notices import services
from hansa.commerce.notices.events import NoticeGiven
from hansa.foundation.outbox import Delivered
from hansa.kernel.clock import system_clock


def send_mail(delivered: Delivered) -> None:
    """Send a notice by mail; subscribe outside a transaction."""
    event = delivered.event
    assert isinstance(event, NoticeGiven)
    services.mail(notice_id=event.notice_id, now=system_clock())
