"""Reads of merchants."""

from __future__ import annotations

from django.db.models import QuerySet

from hansa.commerce.merchants.models import Merchant
from hansa.kernel.errors import NotFound


def approved() -> QuerySet[Merchant]:
    """Merchants that may sell."""
    return Merchant.objects.filter(status=Merchant.Status.APPROVED).order_by("name")


def on_platform(platform_id: int) -> QuerySet[Merchant]:
    """Merchants with an open store on the platform."""
    return approved().filter(stores__platform_id=platform_id, stores__is_open=True)


def get_merchant(merchant_id: int) -> Merchant:
    found = Merchant.objects.filter(pk=merchant_id).first()
    if found is None:
        raise NotFound(f"there is no merchant {merchant_id}")
    return found


def get_by_slug(slug: str) -> Merchant:
    found = Merchant.objects.filter(slug=slug, status=Merchant.Status.APPROVED).first()
    if found is None:
        raise NotFound(f"there is no merchant {slug!r}")
    return found
