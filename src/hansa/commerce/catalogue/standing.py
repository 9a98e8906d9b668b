"""Whether a merchant may sell: approved, suspended, approved again, by the operator of its home platform.

Suspending hides every listing of the merchant on every platform, and approving again shows those, and only those
that the merchant has not hidden itself meanwhile.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import trail
from hansa.commerce.catalogue.models import CatalogueChange, Listing
from hansa.commerce.merchants.models import Merchant
from hansa.foundation import tenancy
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound, Refused

LONGEST_REASON = 400
WHAT = "merchant"
Status = Merchant.Status


class MerchantClosed(Refused):
    """The merchant has closed; nobody opens it again."""

    code = "merchant_closed"


class MerchantMayNotSell(Refused):
    """The merchant is not approved, so none of its goods can be shown."""

    code = "merchant_may_not_sell"


@transaction.atomic
def approve(*, actor: Actor, merchant_id: int, now: datetime) -> Merchant:
    """Let a merchant sell, and show again what its suspension hid; again changes nothing.

    Refuses whoever does not run its home platform, and a merchant that has closed.
    """
    merchant = _own_merchant(actor, merchant_id)
    if merchant.status == Status.APPROVED:
        return merchant
    _become(merchant, Status.APPROVED, actor, {}, now)
    with tenancy.as_alliance():
        held_back = Listing.objects.select_for_update().filter(merchant_id=merchant_id, is_held_back=True)
        pks = list(held_back.order_by("pk").values_list("pk", flat=True))
        Listing.objects.filter(pk__in=pks).update(is_active=True, is_held_back=False)
    return merchant


@transaction.atomic
def suspend(*, actor: Actor, merchant_id: int, reason: str, now: datetime) -> Merchant:
    """Let a merchant sell no more, and hide its goods everywhere; again changes nothing. Orders that are placed go on.

    Refuses whoever does not run its home platform, silence, and a merchant that has closed.
    """
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput(f"please give a reason of 1 to {LONGEST_REASON} letters")
    merchant = _own_merchant(actor, merchant_id)
    if merchant.status == Status.SUSPENDED:
        return merchant
    with tenancy.as_alliance():
        shown = Listing.objects.select_for_update().filter(merchant_id=merchant_id, is_active=True)
        hidden = list(shown.order_by("pk").values_list("pk", flat=True))
        Listing.objects.filter(pk__in=hidden).update(is_active=False, is_held_back=True)
    _become(merchant, Status.SUSPENDED, actor, {"reason": reason.strip(), "hidden": hidden}, now)
    return merchant


def history_of(merchant_id: int) -> QuerySet[CatalogueChange]:
    """Every time that a merchant was let in, suspended or let in again, the newest first."""
    return CatalogueChange.objects.filter(what=WHAT, key=merchant_id).order_by("-pk")


def reason_of_suspension(merchant: Merchant) -> str:
    """Why a merchant may not sell at the moment; empty where it may."""
    if merchant.status != Status.SUSPENDED:
        return ""
    change = history_of(merchant.pk).filter(after__status=Status.SUSPENDED.value).first()
    return str(change.after.get("reason", "")) if change else ""


def shown_goods_of(merchant_id: int) -> int:
    """How many goods of a merchant are shown, on all platforms together."""
    with tenancy.as_alliance():
        return Listing.objects.filter(merchant_id=merchant_id, is_active=True).count()


def insist_on_approved(merchant_id: int) -> None:
    """Refuse with MerchantMayNotSell to show goods of a merchant that may not sell; waits for who decides just now."""
    locked = Merchant.objects.select_for_update(no_key=True).filter(pk=merchant_id)
    if locked.values_list("status", flat=True).first() != Status.APPROVED:
        raise MerchantMayNotSell("this merchant may not sell at the moment, so its goods stay hidden")


def _own_merchant(actor: Actor, merchant_id: int) -> Merchant:
    merchant = Merchant.objects.select_for_update(no_key=True).filter(pk=merchant_id).first()
    if merchant is None:
        raise NotFound(f"there is no merchant {merchant_id}")
    if not actor.may(Permission.RUN_PLATFORM, platform_id=merchant.home_platform_id):
        raise Forbidden(f"merchant {merchant_id} is at home on another platform; its operator decides")
    if merchant.status == Status.CLOSED:
        raise MerchantClosed(f"merchant {merchant_id} has closed")
    return merchant


def _become(
    merchant: Merchant, status: Merchant.Status, actor: Actor, why: dict[str, object], now: datetime
) -> None:
    before, merchant.status = merchant.status, status
    merchant.save(update_fields=["status"])
    trail.note(
        WHAT,
        merchant.pk,
        actor=actor,
        before={"status": before},
        after={"status": status.value, **why},
        now=now,
    )
