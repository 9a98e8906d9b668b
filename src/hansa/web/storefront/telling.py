"""What a page showed and what was clicked, told in batches by the page's own script (static/hansa/js/events.js)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from hansa.commerce.behaviour import intake
from hansa.commerce.behaviour.intake import Act
from hansa.foundation.http_errors import answer_to
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web.doors import Visit, shop_page
from hansa.web.storefront import asked, pages

MOST_BYTES = 64_000
BIGGEST_ID = 2**63 - 1


@require_POST
@shop_page
def events(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Write down impressions and clicks of visitors who agreed to that; those of others are forgotten at once."""
    try:
        acts = _acts(request.body)
        counted = 0
        if pages.may_note(request):
            counted = intake.record_acts(
                platform_id=visit.platform.pk, actor=visit.actor, acts=acts, now=visit.now
            )
    except HansaError as refusal:
        return answer_to(refusal)
    return JsonResponse({"counted": counted})


def _acts(body: bytes) -> list[Act]:
    if len(body) > MOST_BYTES:
        raise InvalidInput(f"at most {MOST_BYTES:,} bytes at once")
    try:
        sent = json.loads(body)["events"]
        return [_act(each) for each in sent]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as wrong:
        raise InvalidInput(f"these are no events: {wrong}") from wrong


def _act(each: dict[str, Any]) -> Act:
    listing_id = int(each["listing"])
    if not 0 < listing_id <= BIGGEST_ID:
        raise InvalidInput(f"{listing_id} is no listing")
    return Act(
        kind=str(each["kind"]),
        listing_id=listing_id,
        placement=asked.source(str(each.get("placement", ""))),
        position=int(each.get("position", 0)),
        request_id=_plain(str(each.get("request", ""))),
    )


def _plain(text: str) -> str:
    if not text.isascii() or not text.isprintable():
        raise InvalidInput("a request is named by plain letters")
    return text
