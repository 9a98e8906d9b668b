"""Telling the search below what can be bought: the stock knows, the catalogue must not look up to it."""

from __future__ import annotations

from django.db.models import F

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.catalogue import services as catalogue
from hansa.commerce.stock.models import StockLevel, Warehouse
from hansa.foundation import tenancy


def tell_the_search(*, platform_id: int) -> int:
    """Note in the search which offers of a platform can be bought; answers how many listings changed."""
    free = StockLevel.objects.filter(
        platform_id=platform_id,
        warehouse__kind=Warehouse.Kind.CENTRE,
        on_hand__gt=F("reserved") + F("allocated"),
    ).values_list("offer_id", flat=True)
    return catalogue.note_availability(platform_id=platform_id, in_stock=set(free))


def tell_every_search() -> int:
    """The same for each platform, one transaction each; answers how many listings changed."""
    changed = 0
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            changed += tell_the_search(platform_id=platform.pk)
    return changed
