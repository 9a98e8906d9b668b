"""What the worker does about people's wishes."""

from __future__ import annotations

from hansa.commerce.privacy import services
from hansa.commerce.privacy.events import ExportRequested
from hansa.foundation.outbox import Delivered
from hansa.kernel.clock import system_clock


def make_export(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, ExportRequested)
    services.make_export(export_id=event.export_id, now=system_clock())
