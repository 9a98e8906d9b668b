"""The API's doors for merchants: the returns and disputes of their orders."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts.api import Call, inside
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale import disputes, exchanges, returns, selectors
from hansa.commerce.aftersale.api import (
    DisputeAnswerIn,
    DisputeOut,
    DisputePage,
    ReturnOut,
    ReturnPage,
    ReturnParcelIn,
    return_out,
    shown_dispute,
    shown_return,
    summary_of,
)
from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.domain import Wish
from hansa.commerce.aftersale.returns import Verdict
from hansa.foundation.paging import newest_first

router = Router(tags=["orders"])


class ReturnDecisionIn(Schema):
    agrees: bool
    note: str = ""


class InspectedIn(Schema):
    line_id: int
    accepted: int
    restocked: int


class InspectionIn(Schema):
    """``settle_as`` overrides the buyer's wish, such as money where the good for an exchange is gone."""

    lines: list[InspectedIn]
    note: str = ""
    settle_as: Wish | None = None


@router.get("/merchants/{merchant_id}/returns/", response=ReturnPage)
def list_merchant_returns(
    request: HttpRequest,
    merchant_id: int,
    platform: str = "",
    state: str = "",
    cursor: str = "",
    limit: int = 20,
) -> dict[str, object]:
    """A merchant's returns, newest first, all or those in one state."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        rows = selectors.returns_of_merchant(
            platform_id=call.platform.pk, merchant_id=merchant_id, state=state
        )
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": [return_out(each) for each in page.rows], "next_cursor": page.next_cursor}


@router.post("/returns/{number}/decision", response=ReturnOut)
def decide_return(request: HttpRequest, number: str, body: ReturnDecisionIn, platform: str = "") -> ReturnOut:
    """Agree to a return, or turn it down with a note; for its merchant and the operator."""
    with inside(request, platform) as call:
        returns.decide(**_seller(call, number), agrees=body.agrees, note=body.note)
        return shown_return(call, number)


@router.post("/returns/{number}/receipt", response=ReturnOut)
def receive_return(request: HttpRequest, number: str, platform: str = "") -> ReturnOut:
    """The goods are with the merchant; for the merchant and the operator."""
    with inside(request, platform) as call:
        returns.receive(**_seller(call, number))
        return shown_return(call, number)


@router.post("/returns/{number}/inspection", response=ReturnOut)
def inspect_return(request: HttpRequest, number: str, body: InspectionIn, platform: str = "") -> ReturnOut:
    """Say what is accepted and what can be sold again; the accepted units are settled at once."""
    with inside(request, platform) as call:
        returns.inspect(
            **_seller(call, number),
            verdicts={each.line_id: Verdict(each.accepted, each.restocked) for each in body.lines},
            note=body.note,
            settle_as=body.settle_as,
        )
        return shown_return(call, number)


@router.post("/returns/{number}/exchange-parcel", response=ReturnOut)
def send_exchange(request: HttpRequest, number: str, body: ReturnParcelIn, platform: str = "") -> ReturnOut:
    """Give what goes out in exchange to a carrier; for the merchant and the operator."""
    with inside(request, platform) as call:
        exchanges.send(**_seller(call, number), **body.dict())
        return shown_return(call, number)


@router.get("/merchants/{merchant_id}/disputes/", response=DisputePage)
def list_merchant_disputes(
    request: HttpRequest,
    merchant_id: int,
    platform: str = "",
    state: str = "",
    cursor: str = "",
    limit: int = 20,
) -> dict[str, object]:
    """A merchant's disputes, newest first, all or those in one state."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        rows = selectors.disputes_of_merchant(
            platform_id=call.platform.pk, merchant_id=merchant_id, state=state
        )
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": [summary_of(each) for each in page.rows], "next_cursor": page.next_cursor}


@router.post("/disputes/{number}/answer", response=DisputeOut)
def answer_dispute(
    request: HttpRequest, number: str, body: DisputeAnswerIn, platform: str = ""
) -> DisputeOut:
    """Agree, and the claim is given back, or say why not; for the merchant."""
    with inside(request, platform) as call:
        found = selectors.get_dispute(platform_id=call.platform.pk, number=number, actor=call.actor)
        disputes.answer(
            actor=call.actor,
            platform_id=call.platform.pk,
            dispute_id=found.pk,
            agrees=body.agrees,
            word=Word(body.text),
            now=call.now,
        )
        return shown_dispute(call, number)


class _Where(TypedDict):
    """Who does something to which return, as the services ask for it."""

    actor: Actor
    platform_id: int
    return_id: int
    now: datetime


def _seller(call: Call, number: str) -> _Where:
    found = selectors.get_return(platform_id=call.platform.pk, number=number, actor=call.actor)
    return {
        "actor": call.actor,
        "platform_id": call.platform.pk,
        "return_id": found.pk,
        "now": call.now,
    }
