"""The API's doors to cancelling in parts, returns, exchanges and disputes."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from django.http import HttpRequest
from ninja import Header, Router, Schema, Status

from hansa.commerce.accounts.api import ANYBODY, Call, inside
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.aftersale import disputes, exchanges, returns, selectors
from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.domain import Wish
from hansa.commerce.aftersale.models import Dispute, ReturnRequest
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.models import OrderGroup
from hansa.foundation.paging import newest_first
from hansa.kernel.errors import NotFound

router = Router(tags=["orders"])


class UnitsIn(Schema):
    line_id: int
    quantity: int


class CancellationIn(Schema):
    lines: list[UnitsIn]
    reason: str = "cancelled by the buyer"


class CancellationOut(Schema):
    """What goes back to the buyer, in minor units; a repetition of the same key gives nothing more."""

    amount: int
    currency: str


class ReturnIn(Schema):
    """``wish`` is money, credit or exchange; an exchange names the offer that is wanted."""

    lines: list[UnitsIn]
    reason: str
    wish: Wish = Wish.MONEY
    wants_offer_id: int | None = None
    note: str = ""


class ReturnLineOut(Schema):
    line_id: int
    title: str
    quantity: int
    accepted: int | None
    restocked: int | None


class ReturnOut(Schema):
    number: str
    purchase: str
    merchant_id: int
    state: str
    reason: str
    wish: str
    amount: int
    currency: str
    requested_at: datetime
    lines: list[ReturnLineOut]


class ReturnPage(Schema):
    items: list[ReturnOut]
    next_cursor: str


class ReturnParcelIn(Schema):
    carrier: str
    tracking_number: str


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


class DisputeIn(Schema):
    """``kind`` is not_received, damaged, not_as_described, return_refused or other; ``claim`` in minor units."""

    order_id: int
    kind: str
    claim: int
    text: str


class WordIn(Schema):
    text: str


class DisputeAnswerIn(Schema):
    agrees: bool
    text: str


class JudgementIn(Schema):
    """``amount`` of the claim goes back to the buyer: all, nothing or a part, in minor units."""

    amount: int
    text: str


class EntryOut(Schema):
    side: str
    state: str
    text: str
    file_name: str
    at: datetime


class DisputeOut(Schema):
    number: str
    purchase: str
    order_id: int
    merchant_id: int
    kind: str
    state: str
    claim: int
    given_back: int
    currency: str
    due_by: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    entries: list[EntryOut]


class DisputeSummary(Schema):
    number: str
    purchase: str
    kind: str
    state: str
    claim: int
    currency: str
    due_by: datetime | None


class DisputePage(Schema):
    items: list[DisputeSummary]
    next_cursor: str


@router.post("/orders/{number}/cancellations", response=CancellationOut, auth=ANYBODY)
def cancel_units(
    request: HttpRequest,
    number: str,
    body: CancellationIn,
    idempotency_key: Header[str],
    platform: str = "",
    token: str = "",
) -> CancellationOut:
    """Call off units of one's own purchase that have not left; the same Idempotency-Key again changes nothing."""
    with inside(request, platform) as call:
        group = _own(call, number, token)
        amount = cancelling.cancel_units(
            group_id=group.pk,
            units=_units(body.lines),
            key=idempotency_key,
            reason=body.reason[:200],
            actor_name=call.actor.name,
            now=call.now,
        )
        return CancellationOut(amount=amount, currency=group.currency)


@router.post("/orders/{number}/returns/", response={201: ReturnOut}, auth=ANYBODY)
def post_return(
    request: HttpRequest, number: str, body: ReturnIn, platform: str = "", token: str = ""
) -> Status[ReturnOut]:
    """Ask to send back units of one merchant that have arrived."""
    with inside(request, platform) as call:
        asked = Asked(_units(body.lines), body.reason, body.wish, body.wants_offer_id, body.note)
        made = returns.request(group=_own(call, number, token), actor=call.actor, asked=asked, now=call.now)
        return Status(201, _shown(call, made.number, token))


@router.get("/returns/{number}", response=ReturnOut, auth=ANYBODY)
def get_return(request: HttpRequest, number: str, platform: str = "", token: str = "") -> ReturnOut:
    """One return, for its buyer, its merchant and the operator."""
    with inside(request, platform) as call:
        return _shown(call, number, token)


@router.post("/returns/{number}/cancel", response=ReturnOut, auth=ANYBODY)
def cancel_return(request: HttpRequest, number: str, platform: str = "", token: str = "") -> ReturnOut:
    """Keep the goods after all; until the merchant has received them."""
    with inside(request, platform) as call:
        found = _buyers_return(call, number, token)
        returns.call_off(platform_id=call.platform.pk, return_id=found.pk, actor=call.actor, now=call.now)
        return _shown(call, number, token)


@router.post("/returns/{number}/parcel", response=ReturnOut, auth=ANYBODY)
def hand_in_return(
    request: HttpRequest, number: str, body: ReturnParcelIn, platform: str = "", token: str = ""
) -> ReturnOut:
    """Say which carrier brings the goods back."""
    with inside(request, platform) as call:
        found = _buyers_return(call, number, token)
        returns.hand_in(
            platform_id=call.platform.pk,
            return_id=found.pk,
            actor=call.actor,
            now=call.now,
            **body.dict(),
        )
        return _shown(call, number, token)


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
    with inside(request, platform) as call:
        call.actor.require(Permission.SEE_MERCHANT, merchant_id=merchant_id)
        rows = selectors.returns_of_merchant(
            platform_id=call.platform.pk, merchant_id=merchant_id, state=state
        )
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": [_return(each) for each in page.rows], "next_cursor": page.next_cursor}


@router.post("/returns/{number}/decision", response=ReturnOut)
def decide_return(request: HttpRequest, number: str, body: ReturnDecisionIn, platform: str = "") -> ReturnOut:
    """Agree to a return, or turn it down with a note; for its merchant and the operator."""
    with inside(request, platform) as call:
        returns.decide(**_seller(call, number), agrees=body.agrees, note=body.note)
        return _shown(call, number)


@router.post("/returns/{number}/receipt", response=ReturnOut)
def receive_return(request: HttpRequest, number: str, platform: str = "") -> ReturnOut:
    """The goods are with the merchant; for the merchant and the operator."""
    with inside(request, platform) as call:
        returns.receive(**_seller(call, number))
        return _shown(call, number)


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
        return _shown(call, number)


@router.post("/returns/{number}/exchange-parcel", response=ReturnOut)
def send_exchange(request: HttpRequest, number: str, body: ReturnParcelIn, platform: str = "") -> ReturnOut:
    """Give what goes out in exchange to a carrier; for the merchant and the operator."""
    with inside(request, platform) as call:
        exchanges.send(**_seller(call, number), **body.dict())
        return _shown(call, number)


@router.get("/returns/", response=ReturnPage)
def list_returns(
    request: HttpRequest, platform: str = "", state: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every return on the platform, newest first, all or those in one state."""
    with inside(request, platform) as call:
        call.actor.require(Permission.SEE_PLATFORM, platform_id=call.platform.pk)
        rows = selectors.returns_of_platform(call.platform.pk, state=state)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": [_return(each) for each in page.rows], "next_cursor": page.next_cursor}


@router.post("/orders/{number}/disputes/", response={201: DisputeOut}, auth=ANYBODY)
def post_dispute(
    request: HttpRequest, number: str, body: DisputeIn, platform: str = "", token: str = ""
) -> Status[DisputeOut]:
    """Open a dispute over an amount of one merchant's order of a purchase."""
    with inside(request, platform) as call:
        group = _own(call, number, token)
        order = group.orders.filter(pk=body.order_id).first()
        if order is None:
            raise NotFound(f"there is no order {body.order_id} here")
        made = disputes.open_dispute(
            order=order,
            actor=call.actor,
            kind=body.kind,
            claim=body.claim,
            word=Word(body.text),
            now=call.now,
        )
        return Status(201, _dispute(call, made.number, token))


@router.get("/disputes/{number}", response=DisputeOut, auth=ANYBODY)
def get_dispute(request: HttpRequest, number: str, platform: str = "", token: str = "") -> DisputeOut:
    """One dispute with all that was said, for its buyer, its merchant and the operator."""
    with inside(request, platform) as call:
        return _dispute(call, number, token)


@router.post("/disputes/{number}/reply", response=DisputeOut, auth=ANYBODY)
def reply_to_answer(
    request: HttpRequest, number: str, body: DisputeAnswerIn, platform: str = "", token: str = ""
) -> DisputeOut:
    """Take the merchant's answer, or ask the platform to decide; for the buyer."""
    with inside(request, platform) as call:
        found = _buyers_dispute(call, number, token)
        disputes.reply(
            platform_id=call.platform.pk,
            dispute_id=found.pk,
            actor=call.actor,
            agrees=body.agrees,
            word=Word(body.text),
            now=call.now,
        )
        return _dispute(call, number, token)


@router.post("/disputes/{number}/evidence", response=DisputeOut, auth=ANYBODY)
def add_evidence(
    request: HttpRequest, number: str, body: WordIn, platform: str = "", token: str = ""
) -> DisputeOut:
    """Add a word while the dispute is open; for the buyer, the merchant and the operator."""
    with inside(request, platform) as call:
        found = selectors.get_dispute(
            platform_id=call.platform.pk, number=number, actor=call.actor, token=token
        )
        disputes.add_evidence(
            platform_id=call.platform.pk,
            dispute_id=found.pk,
            actor=call.actor,
            side=selectors.side_of(found.order, call.actor, token),
            word=Word(body.text),
            now=call.now,
        )
        return _dispute(call, number, token)


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
    with inside(request, platform) as call:
        call.actor.require(Permission.SEE_MERCHANT, merchant_id=merchant_id)
        rows = selectors.disputes_of_merchant(
            platform_id=call.platform.pk, merchant_id=merchant_id, state=state
        )
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": [_summary(each) for each in page.rows], "next_cursor": page.next_cursor}


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
        return _dispute(call, number)


@router.get("/disputes/", response=DisputePage)
def list_disputes(
    request: HttpRequest, platform: str = "", state: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every dispute on the platform, newest first, all or those in one state."""
    with inside(request, platform) as call:
        call.actor.require(Permission.SEE_PLATFORM, platform_id=call.platform.pk)
        rows = selectors.disputes_of_platform(call.platform.pk, state=state)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": [_summary(each) for each in page.rows], "next_cursor": page.next_cursor}


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
        return _dispute(call, number)


def _own(call: Call, number: str, token: str) -> OrderGroup:
    """A purchase that the caller may act on: their own, or a guest's by its token."""
    group = orders.get_purchase(platform_id=call.platform.pk, number=number, actor=call.actor, token=token)
    if not selectors.owns(group, call.actor, token):
        raise NoSuchPurchase(f"there is no purchase {number} of yours here")
    return group


def _buyers_return(call: Call, number: str, token: str) -> ReturnRequest:
    found = selectors.get_return(platform_id=call.platform.pk, number=number, actor=call.actor, token=token)
    if not selectors.owns(found.order.group, call.actor, token):
        raise NotFound(f"there is no return {number} of yours here")
    return found


def _buyers_dispute(call: Call, number: str, token: str) -> Dispute:
    found = selectors.get_dispute(platform_id=call.platform.pk, number=number, actor=call.actor, token=token)
    if not selectors.owns(found.order.group, call.actor, token):
        raise NotFound(f"there is no dispute {number} of yours here")
    return found


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


def _units(lines: list[UnitsIn]) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    return units


def _shown(call: Call, number: str, token: str = "") -> ReturnOut:
    return _return(
        selectors.get_return(platform_id=call.platform.pk, number=number, actor=call.actor, token=token)
    )


def _return(found: ReturnRequest) -> ReturnOut:
    return ReturnOut(
        number=found.number,
        purchase=found.order.group.number,
        merchant_id=found.order.merchant_id,
        state=found.state,
        reason=found.reason,
        wish=found.wish,
        amount=found.amount,
        currency=found.order.currency,
        requested_at=found.requested_at,
        lines=[
            ReturnLineOut(
                line_id=each.line_id,
                title=each.line.title,
                quantity=each.quantity,
                accepted=each.accepted,
                restocked=each.restocked,
            )
            for each in found.lines.all()
        ],
    )


def _dispute(call: Call, number: str, token: str = "") -> DisputeOut:
    found = selectors.get_dispute(platform_id=call.platform.pk, number=number, actor=call.actor, token=token)
    return DisputeOut(
        **_summary(found).dict(),
        order_id=found.order_id,
        merchant_id=found.order.merchant_id,
        given_back=found.given_back,
        opened_at=found.opened_at,
        closed_at=found.closed_at,
        entries=[
            EntryOut(side=each.side, state=each.state, text=each.text, file_name=each.file_name, at=each.at)
            for each in found.entries.all()
        ],
    )


def _summary(found: Dispute) -> DisputeSummary:
    return DisputeSummary(
        number=found.number,
        purchase=found.order.group.number,
        kind=found.kind,
        state=found.state,
        claim=found.claim,
        currency=found.order.currency,
        due_by=found.due_by,
    )
