"""Telling agents of their orders: the whole order, signed, to the address in the agent's profile.

The outbox calls again with growing pauses while the agent does not answer 2xx; each time the order is as it
stands then, so that a late delivery never tells old news.
"""

from __future__ import annotations

import json

from hansa.commerce.checkout.models import Cart
from hansa.commerce.ucp import calling, completing, domain, purchases, signing
from hansa.commerce.ucp.models import Session
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import InvalidInput, Unavailable


def tell(*, platform_id: int, group_id: int, event_id: int) -> None:
    """Tell the agent of a purchase how it stands, if an agent made it and wants to hear. Outside any transaction.

    Raises Unavailable when the agent cannot be reached or does not take it.
    """
    with tenancy.as_platform(platform_id):
        session = _session_of(group_id)
        if session is None:
            return
        completing.settle(session)
        order = purchases.order_of(session, group_id, frozenset(domain.OFFERED))
    if not session.webhook_url:
        return
    request = signing.Request(
        method="POST",
        url=session.webhook_url,
        headers={
            "Content-Type": "application/json",
            "UCP-Agent": f'profile="{session.base_url}/.well-known/ucp"',
            "Idempotency-Key": f"{session.order_key}-{event_id}",
            "Webhook-Id": f"{session.order_key}-{event_id}",
            "Webhook-Timestamp": str(int(system_clock().timestamp())),
        },
        body=json.dumps(order, ensure_ascii=False).encode(),
    )
    signing.sign_request(request)
    try:
        heard = calling.call("POST", request.url, headers=dict(request.headers.items()), body=request.body)
    except InvalidInput as error:
        raise Unavailable(f"{session.webhook_url}: {error.message}") from error
    if not 200 <= heard.status < 300:
        raise Unavailable(f"{session.webhook_url} answered {heard.status}")


def _session_of(group_id: int) -> Session | None:
    visitor = Cart.objects.filter(group_id=group_id).values_list("visitor", flat=True).first()
    known = Session.objects.select_for_update().filter(visitor=visitor) if visitor else Session.objects.none()
    return known.first() or Session.objects.select_for_update().filter(group_id=group_id).first()
