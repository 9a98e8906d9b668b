"""The API's doors for buyers: cancelling in parts, returns, disputes; and how all see a return or a dispute.

The doors of merchants are in `sellers`, those of operators in `operators`.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Header, Router, Schema, Status

from hansa.commerce.accounts.api import ANYBODY, Call, inside
from hansa.commerce.aftersale import disputes, returns, selectors
from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.domain import Wish
from hansa.commerce.aftersale.models import Dispute, ReturnRequest
from hansa.commerce.aftersale.returns import Asked
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.models import OrderGroup
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
    """``wish`` is money, credit or exchange; an exchange names the offer that is wanted.

    ``from_exchange_id`` says that the units are those that went out in this exchange.
    """

    lines: list[UnitsIn]
    reason: str
    wish: Wish = Wish.MONEY
    wants_offer_id: int | None = None
    from_exchange_id: int | None = None
    note: str = ""


class ReturnLineOut(Schema):
    line_id: int
    title: str
    quantity: int
    accepted: int | None
    restocked: int | None


class ReturnOut(Schema):
    """``exchange_id`` names what goes out for the goods, once they are accepted."""

    number: str
    purchase: str
    merchant_id: int
    state: str
    reason: str
    wish: str
    amount: int
    currency: str
    requested_at: datetime
    exchange_id: int | None
    lines: list[ReturnLineOut]


class ReturnPage(Schema):
    items: list[ReturnOut]
    next_cursor: str


class ReturnParcelIn(Schema):
    carrier: str
    tracking_number: str


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
        asked = Asked(
            _units(body.lines),
            body.reason,
            body.wish,
            body.wants_offer_id,
            body.note,
            from_exchange_id=body.from_exchange_id,
        )
        made = returns.request(group=_own(call, number, token), actor=call.actor, asked=asked, now=call.now)
        return Status(201, shown_return(call, made.number, token))


@router.get("/returns/{number}", response=ReturnOut, auth=ANYBODY)
def get_return(request: HttpRequest, number: str, platform: str = "", token: str = "") -> ReturnOut:
    """One return, for its buyer, its merchant and the operator."""
    with inside(request, platform) as call:
        return shown_return(call, number, token)


@router.post("/returns/{number}/cancel", response=ReturnOut, auth=ANYBODY)
def cancel_return(request: HttpRequest, number: str, platform: str = "", token: str = "") -> ReturnOut:
    """Keep the goods after all; until the merchant has received them."""
    with inside(request, platform) as call:
        found = _buyers_return(call, number, token)
        returns.call_off(platform_id=call.platform.pk, return_id=found.pk, actor=call.actor, now=call.now)
        return shown_return(call, number, token)


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
        return shown_return(call, number, token)


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
        return Status(201, shown_dispute(call, made.number, token))


@router.get("/disputes/{number}", response=DisputeOut, auth=ANYBODY)
def get_dispute(request: HttpRequest, number: str, platform: str = "", token: str = "") -> DisputeOut:
    """One dispute with all that was said, for its buyer, its merchant and the operator."""
    with inside(request, platform) as call:
        return shown_dispute(call, number, token)


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
        return shown_dispute(call, number, token)


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
        return shown_dispute(call, number, token)


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


def _units(lines: list[UnitsIn]) -> dict[int, int]:
    units: dict[int, int] = {}
    for line in lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    return units


def shown_return(call: Call, number: str, token: str = "") -> ReturnOut:
    """A return as it now is, for who may see it."""
    return return_out(
        selectors.get_return(platform_id=call.platform.pk, number=number, actor=call.actor, token=token)
    )


def return_out(found: ReturnRequest) -> ReturnOut:
    """A return with its lines."""
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
        exchange_id=found.exchange.pk if hasattr(found, "exchange") else None,
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


def shown_dispute(call: Call, number: str, token: str = "") -> DisputeOut:
    """A dispute as it now is with all that was said, for who may see it."""
    found = selectors.get_dispute(platform_id=call.platform.pk, number=number, actor=call.actor, token=token)
    return DisputeOut(
        **summary_of(found).dict(),
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


def summary_of(found: Dispute) -> DisputeSummary:
    """A dispute in a list."""
    return DisputeSummary(
        number=found.number,
        purchase=found.order.group.number,
        kind=found.kind,
        state=found.state,
        claim=found.claim,
        currency=found.order.currency,
        due_by=found.due_by,
    )
