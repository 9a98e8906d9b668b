"""The API's doors for operators: every return and dispute of the platform, and deciding disputes."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.aftersale import disputes, selectors
from hansa.commerce.aftersale.api import (
    DisputeOut,
    DisputePage,
    ReturnPage,
    return_out,
    shown_dispute,
    summary_of,
)
from hansa.commerce.aftersale.disputes import Word
from hansa.foundation.paging import newest_first

router = Router(tags=["orders"])


class JudgementIn(Schema):
    """``amount`` of the claim goes back to the buyer: all, nothing or a part, in minor units."""

    amount: int
    text: str


@router.get("/returns/", response=ReturnPage)
def list_returns(
    request: HttpRequest, platform: str = "", state: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every return on the platform, newest first, all or those in one state."""
    with inside(request, platform) as call:
        rows = selectors.returns_of_platform(call.platform.pk, state=state)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": [return_out(each) for each in page.rows], "next_cursor": page.next_cursor}


@router.get("/disputes/", response=DisputePage)
def list_disputes(
    request: HttpRequest, platform: str = "", state: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every dispute on the platform, newest first, all or those in one state."""
    with inside(request, platform) as call:
        rows = selectors.disputes_of_platform(call.platform.pk, state=state)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": [summary_of(each) for each in page.rows], "next_cursor": page.next_cursor}


@router.post("/disputes/{number}/decision", response=DisputeOut)
def decide_dispute(request: HttpRequest, number: str, body: JudgementIn, platform: str = "") -> DisputeOut:
    """Decide how much of the claim goes back to the buyer; for the operator, once the platform was asked."""
    with inside(request, platform) as call:
        found = selectors.get_dispute(platform_id=call.platform.pk, number=number, actor=call.actor)
        disputes.decide(
            actor=call.actor,
            platform_id=call.platform.pk,
            dispute_id=found.pk,
            amount=body.amount,
            word=Word(body.text),
            now=call.now,
        )
        return shown_dispute(call, number)
