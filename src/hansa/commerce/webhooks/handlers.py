"""What webhooks hear: events that become messages, and endpoints that were switched off, whose people get a mail."""

from __future__ import annotations

from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.webhooks import services
from hansa.commerce.webhooks.domain import PATIENCE
from hansa.commerce.webhooks.events import WebhookEndpointDisabled
from hansa.foundation import jobs
from hansa.foundation.outbox import Delivered
from hansa.kernel.clock import system_clock

SEND = "webhooks.send_due"


def record(delivered: Delivered) -> None:
    now = system_clock()
    if services.record(delivered=delivered, now=now):
        jobs.ask(SEND, timestamp=int(now.timestamp()))


def tell_of_disabled(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, WebhookEndpointDisabled)
    if event.merchant_id is not None:
        roles = accounts.roles_for_merchant(event.merchant_id)
    else:
        roles = accounts.operators_of(event.platform_id)
    people = {role.user.email: role.user for role in roles if role.user.is_active and role.user.email}
    for address, user in sorted(people.items()):
        with translation.override(user.language):
            words = {"number": event.endpoint_id, "reason": _in_words(event.reason)}
            send_mail(
                gettext("A webhook endpoint is switched off"),
                gettext(
                    "We switched webhook endpoint %(number)s off: %(reason)s. Look at its log on the page Webhooks of"
                    " your desk, mend the receiver, and switch it on again."
                )
                % words,
                None,
                [address],
            )


def _in_words(reason: str) -> str:
    """Why it was switched off, in the reader's language; the pages list the same sentences."""
    silent, days = "nothing arrived for %(days)s days", {"days": PATIENCE.days}
    return gettext(silent) % days if reason == silent % days else gettext(reason)
