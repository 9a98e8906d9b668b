"""Telling the search below what can be bought: the stock knows, the catalogue must not look up to it."""

from __future__ import annotations

from django.db.models import F, Sum

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.catalogue import services as catalogue
from hansa.commerce.catalogue.selectors import with_bundles
from hansa.commerce.stock.models import StockLevel, Warehouse
from hansa.foundation import tenancy


def tell_the_search(*, platform_id: int) -> int:
    """Note in the search which offers of a platform can be bought; answers how many listings changed."""
    free = (
        StockLevel.objects.filter(platform_id=platform_id, warehouse__kind=Warehouse.Kind.CENTRE)
        .values("offer_id")
        .annotate(free=Sum(F("on_hand") - F("reserved") - F("allocated")))
        .filter(free__gt=0)
        .values_list("offer_id", "free")
    )
    units = with_bundles(dict(free))
    return catalogue.note_availability(
        platform_id=platform_id, in_stock={offer_id for offer_id, count in units.items() if count}
    )


def tell_every_search() -> int:
    """The same for each platform, one transaction each; answers how many listings changed."""
    changed = 0
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            changed += tell_the_search(platform_id=platform.pk)
    return changed
