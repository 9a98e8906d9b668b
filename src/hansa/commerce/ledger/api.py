"""The API's doors to a platform's books: their balances, and corrections that two people make."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from hansa.commerce.accounts.api import inside
from hansa.commerce.ledger import corrections, selectors
from hansa.commerce.ledger.models import Account, Correction
from hansa.commerce.ledger.selectors import Balance
from hansa.foundation.paging import newest_first

router = Router(tags=["books"])
LARGEST = 10**12


class AccountOut(Schema):
    """In minor units, as the books keep it: what is owed is below zero."""

    kind: str
    currency: str
    amount: int


class CorrectionIn(Schema):
    """The merchant is owed ``amount`` more, or less where it is below zero; ``against`` is the account that bears it."""

    merchant_id: int
    amount: int = Field(ge=-LARGEST, le=LARGEST)
    against: Account.Kind
    reason: str = Field(min_length=1, max_length=corrections.LONGEST)


class CorrectionOut(Schema):
    id: int
    merchant_id: int
    currency: str
    amount: int
    against: str
    reason: str
    state: str
    proposed_by_id: int
    decided_by_id: int | None
    proposed_at: datetime
    decided_at: datetime | None


class CorrectionPage(Schema):
    items: list[CorrectionOut]
    next_cursor: str


class CorrectionDecisionIn(Schema):
    agrees: bool


@router.get("/books/balances/", response=list[AccountOut])
def list_balances(request: HttpRequest, platform: str = "") -> list[Balance]:
    """The balance of every account of the platform."""
    with inside(request, platform) as call:
        return selectors.balances_of_platform(call.platform.pk)


@router.get("/books/corrections/", response=CorrectionPage)
def list_corrections(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every correction of what a merchant is owed, newest first."""
    with inside(request, platform) as call:
        own = Correction.objects.filter(platform_id=call.platform.pk)
        page = newest_first(own, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/books/corrections/", response={201: CorrectionOut})
def propose_correction(request: HttpRequest, body: CorrectionIn, platform: str = "") -> Status[Correction]:
    """Propose that a merchant is owed more or less; nothing is posted until another person agrees."""
    with inside(request, platform) as call:
        proposed = corrections.propose(
            actor=call.actor,
            platform_id=call.platform.pk,
            currency=call.platform.currency,
            now=call.now,
            **body.dict(),
        )
        return Status(201, proposed)


@router.post("/books/corrections/{correction_id}/decision", response=CorrectionOut)
def decide_correction(
    request: HttpRequest, correction_id: int, body: CorrectionDecisionIn, platform: str = ""
) -> Correction:
    """Post a correction that another person proposed, or turn it down."""
    with inside(request, platform) as call:
        decide = corrections.post if body.agrees else corrections.refuse
        return decide(
            actor=call.actor, platform_id=call.platform.pk, correction_id=correction_id, now=call.now
        )
