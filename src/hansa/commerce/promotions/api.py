"""The API's doors to promotions and coupons: a merchant's, and the platform's."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Header, Router, Schema, Status

from hansa.commerce.accounts.api import inside
from hansa.commerce.promotions import selectors, services
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import Coupon, Promotion
from hansa.commerce.promotions.services import Terms
from hansa.foundation.inputs import Moment
from hansa.foundation.paging import newest_first

router = Router(tags=["promotions"])
LARGEST = 2**31 - 1


class PromotionIn(Schema):
    """Per cent in basis points, amounts in minor units; the fields that the kind does not use stay away."""

    name: str = Field(min_length=1, max_length=120)
    kind: Kind = Kind.PERCENT
    percent_bp: int = Field(0, ge=0, le=10_000)
    amount: int = Field(0, ge=0, le=LARGEST)
    buy: int = Field(0, ge=0, le=1_000)
    get: int = Field(0, ge=0, le=1_000)
    min_spend: int = Field(0, ge=0, le=LARGEST)
    platform_share_bp: int = Field(0, ge=0, le=10_000)
    flash_stock: int | None = Field(None, ge=1, le=LARGEST)
    most_per_buyer: int | None = Field(None, ge=1, le=LARGEST)
    needed_buyers: int | None = Field(None, ge=2, le=1_000)
    offer_ids: list[int] = Field(min_length=1, max_length=500)
    starts_at: Moment
    ends_at: Moment


class PlatformPromotionIn(PromotionIn):
    """At the platform's cost; without offers it covers everything. With ``needs_coupon`` it waits for a code."""

    offer_ids: list[int] = Field(default_factory=list, max_length=500)
    needs_coupon: bool = False


class CouponIn(Schema):
    """``budget`` is the most that all uses together take off, in minor units."""

    promotion_id: int
    code: str = Field(min_length=3, max_length=40)
    most_uses: int = Field(ge=1, le=LARGEST)
    most_per_buyer: int = Field(1, ge=1, le=LARGEST)
    budget: int | None = Field(None, ge=1, le=10**12)


class PromotionOut(Schema):
    id: int
    name: str
    kind: str
    percent_bp: int
    amount: int
    min_spend: int
    funded_by: str
    awaits_platform: bool
    starts_at: datetime
    ends_at: datetime


class PromotionPage(Schema):
    items: list[PromotionOut]
    next_cursor: str


class CouponOut(Schema):
    id: int
    code: str
    promotion: str
    most_uses: int
    most_per_buyer: int
    uses: int
    budget: int | None
    spent: int

    @staticmethod
    def resolve_promotion(coupon: Coupon) -> str:
        return coupon.promotion.name


class CouponPage(Schema):
    items: list[CouponOut]
    next_cursor: str


@router.get("/merchants/{merchant_id}/promotions/", response=PromotionPage)
def list_promotions(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """The merchant's promotions on a platform, newest first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        rows = selectors.promotions_of_merchant(platform_id=call.platform.pk, merchant_id=merchant_id)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/merchants/{merchant_id}/promotions/", response={201: PromotionOut})
def start_promotion(
    request: HttpRequest, merchant_id: int, body: PromotionIn, platform: str = ""
) -> Status[Promotion]:
    """Start a promotion of the merchant's own goods, at its own cost or with a part that the platform has to agree to."""
    terms = body.dict(exclude={"offer_ids", "starts_at", "ends_at"})
    with inside(request, platform, merchant_id=merchant_id) as call:
        started = services.start_promotion(
            actor=call.actor,
            platform_id=call.platform.pk,
            merchant_id=merchant_id,
            terms=Terms(**terms),
            offer_ids=body.offer_ids,
            starts_at=body.starts_at,
            ends_at=body.ends_at,
        )
        return Status(201, started)


@router.post("/promotions/", response={201: PromotionOut})
def start_platform_promotion(
    request: HttpRequest, body: PlatformPromotionIn, platform: str = ""
) -> Status[Promotion]:
    """Start a promotion at the platform's cost, of some goods or of everything."""
    terms = body.dict(exclude={"offer_ids", "starts_at", "ends_at", "platform_share_bp"})
    with inside(request, platform) as call:
        started = services.start_promotion(
            actor=call.actor,
            platform_id=call.platform.pk,
            merchant_id=None,
            terms=Terms(**terms),
            offer_ids=body.offer_ids,
            starts_at=body.starts_at,
            ends_at=body.ends_at,
        )
        return Status(201, started)


@router.get("/promotions/waiting/", response=PromotionPage)
def list_waiting_promotions(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Promotions of merchants that ask the platform to pay a part and wait for its word."""
    with inside(request, platform) as call:
        page = newest_first(selectors.awaiting_platform(call.platform.pk), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/promotions/{promotion_id}/agree", response={204: None})
def agree_to_promotion(request: HttpRequest, promotion_id: int, platform: str = "") -> Status[None]:
    """Agree that the platform pays its part, so that the promotion runs."""
    with inside(request, platform) as call:
        services.agree_to_share(actor=call.actor, platform_id=call.platform.pk, promotion_id=promotion_id)
        return Status(204, None)


@router.get("/coupons/", response=CouponPage)
def list_coupons(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every coupon of the platform, newest first."""
    with inside(request, platform) as call:
        page = newest_first(selectors.coupons_of(call.platform.pk), cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/coupons/", response={201: CouponOut})
def issue_coupon(
    request: HttpRequest, body: CouponIn, idempotency_key: Header[str], platform: str = ""
) -> Status[Coupon]:
    """Issue a code that switches a promotion on; the same `Idempotency-Key` again answers the same coupon."""
    with inside(request, platform) as call:
        coupon = services.issue_coupon_once(
            actor=call.actor, platform_id=call.platform.pk, key=idempotency_key, **body.dict()
        )
        return Status(201, coupon)
