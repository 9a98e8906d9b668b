"""The API's doors to whether a merchant may sell: the operator of its home platform decides."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.catalogue import standing
from hansa.commerce.merchants.api import MerchantOut
from hansa.commerce.merchants.models import Merchant

router = Router(tags=["merchants"])


class SuspensionIn(Schema):
    reason: str = Field(min_length=1, max_length=standing.LONGEST_REASON)


@router.put("/merchants/{merchant_id}/approval", response=MerchantOut)
def approve_merchant(request: HttpRequest, merchant_id: int, platform: str = "") -> Merchant:
    """Let a merchant sell, and show again what its suspension hid."""
    with inside(request, platform) as call:
        return standing.approve(actor=call.actor, merchant_id=merchant_id, now=call.now)


@router.put("/merchants/{merchant_id}/suspension", response=MerchantOut)
def suspend_merchant(
    request: HttpRequest, merchant_id: int, body: SuspensionIn, platform: str = ""
) -> Merchant:
    """Let a merchant sell no more and hide its goods everywhere; orders that are placed go on."""
    with inside(request, platform) as call:
        return standing.suspend(actor=call.actor, merchant_id=merchant_id, reason=body.reason, now=call.now)
