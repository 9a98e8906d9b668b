"""The API's doors to gift cards and store credit."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Header, Router, Schema, Status

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.api import inside
from hansa.commerce.wallets import selectors, services
from hansa.commerce.wallets.models import Wallet
from hansa.foundation.inputs import Moment, Price
from hansa.foundation.paging import newest_first
from hansa.kernel.errors import NotFound

router = Router(tags=["wallets"])


class GiftCardIn(Schema):
    """Minor units of the platform's currency. One that is not sold is given away, at the platform's cost."""

    amount: Price
    expires_at: Moment | None = None
    is_sold: bool = False


class GiftCardOut(Schema):
    id: int
    last_four: str
    currency: str
    balance: int
    is_blocked: bool
    opened_at: datetime
    expires_at: datetime | None


class GiftCardPage(Schema):
    items: list[GiftCardOut]
    next_cursor: str


class IssuedOut(Schema):
    """``code`` is shown this once."""

    code: str
    card: GiftCardOut


class CreditIn(Schema):
    """``reference`` names the reason once: the same again changes nothing."""

    user_id: int
    amount: Price
    reference: str = Field(min_length=1, max_length=40)


class CreditOut(Schema):
    id: int
    kind: str
    currency: str
    balance: int


@router.get("/gift-cards/", response=GiftCardPage)
def list_gift_cards(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every gift card of the platform, newest first, without its code."""
    with inside(request, platform) as call:
        page = newest_first(selectors.gift_cards_of(call.platform.pk), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/gift-cards/", response={201: IssuedOut})
def issue_gift_card(
    request: HttpRequest, body: GiftCardIn, idempotency_key: Header[str], platform: str = ""
) -> Status[dict[str, object]]:
    """Issue a gift card; the same `Idempotency-Key` again is refused, because its code is not kept."""
    with inside(request, platform) as call:
        card, code = services.issue_gift_card(
            actor=call.actor,
            platform_id=call.platform.pk,
            currency=call.platform.currency,
            reference=f"key-{hashlib.sha256(idempotency_key.encode()).hexdigest()[:40]}",
            now=call.now,
            **body.dict(),
        )
        return Status(201, {"code": code, "card": card})


@router.post("/credits/", response=CreditOut)
def grant_credit(request: HttpRequest, body: CreditIn, platform: str = "") -> Wallet:
    """Give a shopper of the platform store credit."""
    with inside(request, platform) as call:
        if not accounts.shoppers_of(call.platform.pk).filter(pk=body.user_id).exists():
            raise NotFound(f"there is no shopper {body.user_id} here")
        return services.grant_credit(
            actor=call.actor,
            platform_id=call.platform.pk,
            owner_id=body.user_id,
            currency=call.platform.currency,
            amount=body.amount,
            reference=f"granted-{body.reference}",
            now=call.now,
        )
