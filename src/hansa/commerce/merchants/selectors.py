"""Reads of merchants."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from hansa.commerce.merchants.models import Merchant, Store
from hansa.foundation import tenancy
from hansa.kernel.errors import NotFound


def approved() -> QuerySet[Merchant]:
    """Merchants that may sell."""
    return Merchant.objects.filter(status=Merchant.Status.APPROVED).order_by("name")


def on_platform(platform_id: int) -> QuerySet[Merchant]:
    """Merchants with an open store on the platform."""
    return approved().filter(stores__platform_id=platform_id, stores__is_open=True)


def keeping_stores_on(platform_id: int) -> QuerySet[Merchant]:
    """Merchants with a store on the platform, also those that may not sell at the moment."""
    return Merchant.objects.filter(stores__platform_id=platform_id).order_by("name")


def get_by_slug(slug: str) -> Merchant:
    found = Merchant.objects.filter(slug=slug, status=Merchant.Status.APPROVED).first()
    if found is None:
        raise NotFound(f"there is no merchant {slug!r}")
    return found


@dataclass(frozen=True)
class Presence:
    """A merchant and the platforms where it keeps a store."""

    pk: int
    name: str
    platform_ids: list[int]


def merchants_of(merchant_ids: list[int]) -> list[Presence]:
    """These merchants with the platforms where each keeps a store, the home platform first."""
    if not merchant_ids:
        return []
    with tenancy.as_alliance():
        stores = list(
            Store.objects.filter(merchant_id__in=merchant_ids, is_open=True).order_by("platform_id")
        )
    found = []
    for merchant in Merchant.objects.filter(pk__in=merchant_ids).order_by("name"):
        places = [store.platform_id for store in stores if store.merchant_id == merchant.pk]
        places.sort(key=lambda platform_id: (platform_id != merchant.home_platform_id, platform_id))
        found.append(Presence(merchant.pk, merchant.name, places))
    return found


def get_store(*, platform_id: int, merchant_id: int) -> Store:
    """A merchant's store on a platform, open or closed, with the merchant; refuses one that is not there."""
    found = (
        Store.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .select_related("merchant__home_platform")
        .first()
    )
    if found is None:
        raise NotFound(f"merchant {merchant_id} keeps no store here")
    return found
