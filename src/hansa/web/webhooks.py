"""Where payment providers tell us of payments: no session, no cookie, only a signature counts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hansa.commerce.payments import webhooks
from hansa.foundation.http_errors import answer_to, problem
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import HansaError

LARGEST = 262_144


@csrf_exempt
@require_POST
def payments(request: HttpRequest, provider: str) -> HttpResponse:
    """Keep a verified event and thank the provider in its own words; refuse what it did not sign."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return problem(413, "too_large", "the event is too large")
    try:
        kind, text = webhooks.receive(
            provider_name=provider, headers=dict(request.headers), body=request.body, now=system_clock()
        )
    except HansaError as refusal:
        return answer_to(refusal)
    return HttpResponse(text, content_type=kind)
