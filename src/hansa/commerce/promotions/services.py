"""Starting promotions, and counting what is limited: coupons, flash stock, places in group buys.

Every limit is one conditional update; what a purchase took is given back by its reference when it comes to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, Q

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.promotions import domain, groups
from hansa.commerce.promotions.domain import WHOLE, Kind, Rule, Tier
from hansa.commerce.promotions.models import (
    Coupon,
    FlashClaim,
    PromotedOffer,
    Promotion,
    Redemption,
)
from hansa.foundation import idempotency
from hansa.kernel.errors import InvalidInput, NotFound, Refused


class CouponUsedUp(Refused):
    """The coupon has no uses left, or none for this buyer."""

    code = "coupon_used_up"


class FlashSoldOut(Refused):
    """The flash sale has too few units left, or none for this buyer."""

    code = "flash_sold_out"


@dataclass(frozen=True)
class Terms:
    """What a promotion grants; the fields that its kind does not use stay as they are. Amounts in minor units."""

    name: str
    kind: Kind = Kind.PERCENT
    percent_bp: int = 0
    amount: int = 0
    buy: int = 0
    get: int = 0
    tiers: tuple[Tier, ...] = ()
    min_spend: int = 0
    cap: int | None = None
    priority: int = domain.USUAL_PRIORITY
    stacks: bool = False
    platform_share_bp: int = 0
    most_per_buyer: int | None = None
    needed_buyers: int | None = None
    needs_coupon: bool = False
    flash_stock: int | None = None
    units: Mapping[int, int] = field(default_factory=dict)  # of each offer in one bundle, 1 unless said


@transaction.atomic
def start_promotion(
    *,
    actor: Actor,
    platform_id: int,
    merchant_id: int | None,
    terms: Terms,
    offer_ids: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
) -> Promotion:
    """Start a promotion: a merchant's for its own goods and at its own cost, or the platform's at the platform's.

    A merchant that asks the platform for a part waits until the operator agrees. The platform's promotion covers
    everything where no goods are named. Refuses another merchant's offers and terms that `domain.check` refuses.
    """
    if merchant_id is not None:
        actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    else:
        actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    if ends_at <= starts_at:
        raise InvalidInput("a promotion must end after it starts")
    if terms.kind is Kind.FLASH and not terms.flash_stock:
        raise InvalidInput("a flash sale needs a stock of its own")
    if terms.kind is Kind.GROUP and (terms.needed_buyers or 0) < 2:
        raise InvalidInput("a group buy needs at least two buyers")
    units = {offer_id: terms.units.get(offer_id, 1) for offer_id in offer_ids}
    domain.check(_rule(terms, merchant_id, units))
    if merchant_id is not None:
        _insist_on_own(merchant_id, offer_ids)
    else:
        _insist_on_listed(platform_id, offer_ids)
    promotion = Promotion.objects.create(
        platform_id=platform_id,
        merchant_id=merchant_id,
        name=terms.name.strip(),
        kind=terms.kind.value,
        percent_bp=terms.percent_bp,
        amount=terms.amount,
        buy_units=terms.buy,
        get_units=terms.get,
        tiers=[[tier.from_units, tier.percent_bp] for tier in terms.tiers],
        min_spend=terms.min_spend,
        cap=terms.cap,
        parts=len(units) if terms.kind is Kind.BUNDLE else 0,
        priority=terms.priority,
        stacks=terms.stacks,
        covers_all=not units,
        most_per_buyer=terms.most_per_buyer,
        needed_buyers=terms.needed_buyers,
        funded_by=_funder(terms, merchant_id),
        platform_share_bp=terms.platform_share_bp,
        awaits_platform=merchant_id is not None and terms.platform_share_bp > 0,
        needs_coupon=terms.needs_coupon,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    PromotedOffer.objects.bulk_create(
        PromotedOffer(
            platform_id=platform_id,
            promotion=promotion,
            offer_id=offer_id,
            units=count,
            flash_stock=terms.flash_stock if terms.kind is Kind.FLASH else None,
        )
        for offer_id, count in sorted(units.items())
    )
    return promotion


@transaction.atomic
def agree_to_share(*, actor: Actor, platform_id: int, promotion_id: int) -> None:
    """Agree that the platform pays its part of a merchant's promotion, so that it runs; again changes nothing."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    changed = Promotion.objects.filter(platform_id=platform_id, pk=promotion_id).update(awaits_platform=False)
    if changed != 1:
        raise NotFound(f"there is no promotion {promotion_id} here")


@transaction.atomic
def issue_coupon(
    *,
    actor: Actor,
    platform_id: int,
    promotion_id: int,
    code: str,
    most_uses: int,
    most_per_buyer: int = 1,
    budget: int | None = None,
) -> Coupon:
    """Issue a code that switches a promotion on. Refuses codes that exist and limits below 1."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    code = code.strip().upper()
    if not 3 <= len(code) <= 40 or not code.replace("-", "").isalnum():
        raise InvalidInput("a coupon's code has 3 to 40 letters, digits and dashes")
    if most_uses < 1 or most_per_buyer < 1 or (budget is not None and budget < 1):
        raise InvalidInput("a coupon's limits are at least 1")
    promotion = Promotion.objects.filter(platform_id=platform_id, pk=promotion_id, needs_coupon=True).first()
    if promotion is None:
        raise NotFound(f"there is no promotion {promotion_id} that waits for a coupon")
    coupon, is_new = Coupon.objects.get_or_create(
        platform_id=platform_id,
        code=code,
        defaults={
            "promotion": promotion,
            "most_uses": most_uses,
            "most_per_buyer": most_per_buyer,
            "budget": budget,
        },
    )
    if not is_new:
        raise InvalidInput(f"the coupon {code} exists already")
    return coupon


@transaction.atomic
def issue_coupon_once(
    *,
    actor: Actor,
    platform_id: int,
    key: str,
    promotion_id: int,
    code: str,
    most_uses: int,
    most_per_buyer: int,
    budget: int | None,
) -> Coupon:
    """Issue a coupon once for each key, which answers it again. Refuses what `issue_coupon` refuses, and a key for another."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    scope = f"coupon:{platform_id}"
    limits = {"most_uses": most_uses, "most_per_buyer": most_per_buyer, "budget": budget}
    body = {"promotion": promotion_id, "code": code, **limits}
    earlier = idempotency.claim(scope=scope, key=key, body=body).value
    if earlier is not None:
        return Coupon.objects.select_related("promotion").get(pk=(earlier.answer or {})["coupon"])
    coupon = issue_coupon(
        actor=actor,
        platform_id=platform_id,
        promotion_id=promotion_id,
        code=code,
        most_uses=most_uses,
        most_per_buyer=most_per_buyer,
        budget=budget,
    )
    idempotency.answer(scope=scope, key=key, answer={"coupon": coupon.pk})
    return coupon


@transaction.atomic
def redeem(*, coupon: Coupon, buyer_id: int | None, reference: str, now: datetime, amount: int = 0) -> None:
    """Count one use of a coupon for a purchase, and what it takes off against its budget.

    Refuses with CouponUsedUp when it has no uses or too little budget left, or none for this buyer. The counter's
    conditional update locks the coupon's row first, so the count per buyer behind it cannot be raced.
    """
    free = Q(budget__isnull=True) | Q(spent__lte=F("budget") - amount)
    counted = Coupon.objects.filter(free, pk=coupon.pk, uses__lt=F("most_uses")).update(
        uses=F("uses") + 1, spent=F("spent") + amount
    )
    if counted != 1:
        raise CouponUsedUp(f"coupon {coupon.code} has been used up")
    if buyer_id is None:
        raise CouponUsedUp(f"sign in to use coupon {coupon.code}")
    used = Redemption.objects.filter(coupon=coupon, buyer_id=buyer_id, released=False).count()
    if used >= coupon.most_per_buyer:
        raise CouponUsedUp(f"you have already used coupon {coupon.code}")
    Redemption.objects.create(
        platform_id=coupon.platform_id,
        coupon=coupon,
        buyer_id=buyer_id,
        reference=reference,
        amount=amount,
        redeemed_at=now,
    )


@transaction.atomic
def claim_flash(
    *,
    platform_id: int,
    wanted: Mapping[tuple[int, int], int],
    buyer_id: int | None,
    reference: str,
    now: datetime,
) -> None:
    """Take units of flash sales for a purchase: (promotion id, offer id) to units, as `Quote.flash_units` says.

    Refuses with FlashSoldOut when fewer are left, in all or for this buyer; then nothing is taken. The buyer's own
    counter is locked before the hot stock, which stays locked until the caller's transaction ends: claim late.
    """
    if wanted and buyer_id is None:
        raise FlashSoldOut("sign in to take part in a flash sale")
    for (promotion_id, offer_id), units in sorted(wanted.items()):
        with connection.cursor() as cursor:
            cursor.execute(
                _COUNT_BUYER,
                {
                    "promotion": promotion_id,
                    "offer": offer_id,
                    "platform": platform_id,
                    "buyer": buyer_id,
                    "units": units,
                    "now": now,
                },
            )
            row = cursor.fetchone()
            if row is None:
                raise FlashSoldOut("you have had your share of this flash sale, or it has ended")
            cursor.execute(
                _TAKE,
                {
                    "id": row[0],
                    "units": units,
                    "platform": platform_id,
                    "buyer": buyer_id,
                    "reference": reference,
                    "now": now,
                },
            )
            if cursor.rowcount != 1:
                raise FlashSoldOut("the flash sale is sold out")


@transaction.atomic
def release_coupons(*, reference: str) -> None:
    """Give back the coupon uses and their budget that a purchase which came to nothing took, once."""
    for redemption in Redemption.objects.select_for_update().filter(reference=reference, released=False):
        Redemption.objects.filter(pk=redemption.pk).update(released=True)
        Coupon.objects.filter(pk=redemption.coupon_id).update(
            uses=F("uses") - 1, spent=F("spent") - redemption.amount
        )


@transaction.atomic
def release_places(*, reference: str) -> None:
    """Give back the flash units and an open group's place that a purchase which came to nothing took, once.

    A checkout takes them after its stock: whoever gives back both gives the stock back first.
    """
    claims = FlashClaim.objects.select_for_update().filter(reference=reference, released=False)
    for claim in claims.order_by("promoted_id"):
        with connection.cursor() as cursor:
            cursor.execute(_GIVE_BACK, {"claim": claim.pk})
    groups.leave(reference=reference)


# The counter is made or raised in one statement; a row that would pass the cap is neither, and none comes back.
_COUNT_BUYER = """
insert into promotions_flashbuyer as b (platform_id, promoted_id, buyer_id, units)
select d.platform_id, d.id, %(buyer)s, %(units)s
from promotions_promotedoffer d join promotions_promotion p on p.id = d.promotion_id
where d.promotion_id = %(promotion)s and d.offer_id = %(offer)s and d.platform_id = %(platform)s
  and p.kind = 'flash' and p.starts_at <= %(now)s and p.ends_at > %(now)s
  and %(units)s <= coalesce(p.most_per_buyer, %(units)s)
on conflict (promoted_id, buyer_id) do update set units = b.units + excluded.units
  where b.units + excluded.units <= coalesce(
    (select p.most_per_buyer from promotions_promotedoffer d join promotions_promotion p on p.id = d.promotion_id
     where d.id = b.promoted_id), b.units + excluded.units)
returning promoted_id
"""
_TAKE = """
with taken as (
  update promotions_promotedoffer set flash_sold = flash_sold + %(units)s
  where id = %(id)s and flash_sold + %(units)s <= flash_stock returning id
)
insert into promotions_flashclaim (platform_id, promoted_id, buyer_id, reference, units, released, claimed_at)
select %(platform)s, id, %(buyer)s, %(reference)s, %(units)s, false, %(now)s from taken
"""
# The buyer's counter before the hot stock, as `claim_flash` locks them.
_GIVE_BACK = """
with claim as (
  update promotions_flashclaim set released = true where id = %(claim)s and not released
  returning promoted_id, buyer_id, units
), buyer as (
  update promotions_flashbuyer b set units = b.units - c.units from claim c
  where b.promoted_id = c.promoted_id and b.buyer_id = c.buyer_id
  returning c.promoted_id, c.units
)
update promotions_promotedoffer d set flash_sold = d.flash_sold - b.units from buyer b where d.id = b.promoted_id
"""


def _rule(terms: Terms, merchant_id: int | None, units: Mapping[int, int]) -> Rule:
    return Rule(
        promotion_id=0,
        name=terms.name,
        kind=terms.kind,
        platform_share_bp=terms.platform_share_bp,
        merchant_id=merchant_id,
        percent_bp=terms.percent_bp,
        amount=terms.amount,
        buy=terms.buy,
        get=terms.get,
        tiers=terms.tiers,
        min_spend=terms.min_spend,
        cap=terms.cap,
        covers=units,
    )


def _funder(terms: Terms, merchant_id: int | None) -> Promotion.FundedBy:
    if merchant_id is None:
        return Promotion.FundedBy.PLATFORM
    if terms.platform_share_bp in {0, WHOLE}:
        return Promotion.FundedBy.PLATFORM if terms.platform_share_bp else Promotion.FundedBy.MERCHANT
    return Promotion.FundedBy.SHARED


def _insist_on_listed(platform_id: int, offer_ids: Sequence[int]) -> None:
    listed = Listing.objects.filter(platform_id=platform_id, offer_id__in=list(offer_ids))
    if foreign := set(offer_ids) - set(listed.values_list("offer_id", flat=True)):
        raise NotFound(f"no such goods on this platform: {sorted(foreign)}")


def _insist_on_own(merchant_id: int, offer_ids: Sequence[int]) -> None:
    own = (
        catalogue.offers_of_merchant(merchant_id).filter(pk__in=list(offer_ids)).values_list("pk", flat=True)
    )
    foreign = set(offer_ids) - set(own)
    if foreign or not offer_ids:
        raise NotFound(f"no such goods of this merchant: {sorted(foreign) or 'none chosen'}")
