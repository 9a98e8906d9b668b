"""The API's doors to balances, payouts and statements, and for operators to agree to payouts."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.payouts import selectors, services
from hansa.commerce.payouts.models import Payout
from hansa.commerce.payouts.selectors import Balance
from hansa.foundation.paging import Page, newest_first

router = Router(tags=["payouts"])


class BalanceOut(Schema):
    """Minor units; a negative number is owed to the platform."""

    currency: str
    available: int
    pending: int
    under_way: int


class PayoutOut(Schema):
    id: int
    merchant_id: int
    state: str
    amount: int
    currency: str
    period_first: date
    period_last: date
    scheduled_at: datetime
    ended_at: datetime | None


class PayoutPage(Schema):
    items: list[PayoutOut]
    next_cursor: str


class MovementOut(Schema):
    kind: str
    reference: str
    posted_at: datetime
    amount: int


class StatementOut(Schema):
    payout: PayoutOut
    movements: list[MovementOut]


@router.get("/merchants/{merchant_id}/balance", response=list[BalanceOut])
def get_balance(request: HttpRequest, merchant_id: int, platform: str = "") -> list[Balance]:
    """What a merchant may be paid now, what waits, and what is under way, by currency."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return selectors.balances_of(platform_id=call.platform.pk, merchant_id=merchant_id, now=call.now)


@router.get("/merchants/{merchant_id}/payouts/", response=PayoutPage)
def list_own_payouts(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> PayoutPage:
    """A merchant's payouts, the newest first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        own = selectors.payouts_of(platform_id=call.platform.pk, merchant_id=merchant_id)
        return _page(newest_first(own, cursor=cursor, limit=limit))


@router.get("/merchants/{merchant_id}/payouts/{payout_id}", response=StatementOut)
def get_statement(
    request: HttpRequest, merchant_id: int, payout_id: int, platform: str = ""
) -> dict[str, object]:
    """A payout and every posting that it closed; they sum to its amount."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        payout = selectors.get_payout(
            platform_id=call.platform.pk, merchant_id=merchant_id, payout_id=payout_id
        )
        return {"payout": payout, "movements": selectors.movements_of(payout)}


@router.get("/payouts/", response=PayoutPage)
def list_payouts(
    request: HttpRequest, platform: str = "", state: str = "", cursor: str = "", limit: int = 20
) -> PayoutPage:
    """The platform's payouts, the newest first; all of them or those in one state."""
    with inside(request, platform) as call:
        found = selectors.payouts_of(platform_id=call.platform.pk)
        if state:
            found = found.filter(state=state)
        return _page(newest_first(found, cursor=cursor, limit=limit))


@router.post("/payouts/{payout_id}/approve", response=PayoutOut)
def approve_payout(request: HttpRequest, payout_id: int, platform: str = "") -> Payout:
    """Agree to a payout; the second person who does lets it go. Who proposed it may not."""
    with inside(request, platform) as call:
        return services.approve(
            actor=call.actor, platform_id=call.platform.pk, payout_id=payout_id, now=call.now
        )


def _page(found: Page[Payout]) -> PayoutPage:
    return PayoutPage(items=[PayoutOut.from_orm(each) for each in found.rows], next_cursor=found.next_cursor)
