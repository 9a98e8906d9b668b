"""What webhooks hear: events that become messages, and endpoints that were switched off, whose people get a mail."""

from __future__ import annotations

from django.core.mail import send_mail
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.webhooks import services
from hansa.commerce.webhooks.events import WebhookEndpointDisabled
from hansa.foundation.outbox import Delivered
from hansa.kernel.clock import system_clock

SEND = "webhooks.send_due"


def record(delivered: Delivered) -> None:
    now = system_clock()
    if not services.record(delivered=delivered, now=now):
        return
    try:
        with transaction.atomic():  # the lock of the queue must not end the consumer's transaction
            app.configure_task(SEND, queueing_lock=SEND).defer(timestamp=int(now.timestamp()))
    except AlreadyEnqueued:
        return  # somebody is about to look anyway


def tell_of_disabled(delivered: Delivered) -> None:
    event = delivered.event
    assert isinstance(event, WebhookEndpointDisabled)
    if event.merchant_id is not None:
        roles = accounts.roles_for_merchant(event.merchant_id)
    else:
        roles = accounts.operators_of(event.platform_id)
    addresses = sorted({role.user.email for role in roles if role.user.is_active and role.user.email})
    text = (
        f"We switched webhook endpoint {event.endpoint_id} off: {event.reason}."
        " Look at its log on the page Webhooks of your desk, mend the receiver, and switch it on again."
    )
    for address in addresses:
        send_mail("A webhook endpoint is switched off", text, None, [address])
