"""Reads of stock."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F

from hansa.commerce.stock.models import Reservation, StockLevel, Warehouse
from hansa.foundation import statements
from hansa.foundation.statements import Later, Rows
from hansa.kernel.errors import NotFound

# A bundle has no level of its own: it is there as often as its scarcest component (`catalogue.bundles.available`).
_FREE = """
with a as materialized (select %s::smallint platform, %s::bigint[] offers)
select w.offer, min(coalesce(l.free, 0) / coalesce(b.quantity, 1))::bigint
from a cross join unnest(a.offers) w (offer)
  left join catalogue_bundlecomponent b on b.bundle_id = w.offer
  left join lateral (
    select sum(l.on_hand - l.reserved - l.allocated) free
    from stock_stocklevel l join stock_warehouse c on c.id = l.warehouse_id and c.kind = 'centre'
    where l.platform_id = a.platform and l.offer_id = coalesce(b.component_id, w.offer)
  ) l on true
group by w.offer
"""
_CENTRE = "select id from stock_warehouse where platform_id = %s and kind = 'centre' order by id limit 1"


def centre_of(platform_id: int) -> Warehouse:
    """The fulfilment centre that serves a platform's web orders."""
    found = (
        Warehouse.objects.filter(platform_id=platform_id, kind=Warehouse.Kind.CENTRE).order_by("pk").first()
    )
    if found is None:
        raise NotFound(f"platform {platform_id} has no fulfilment centre")
    return found


def centre_id_of(platform_id: int) -> Later[int]:
    """The key of the fulfilment centre that serves a platform's web orders."""

    def read(rows: Rows) -> int:
        if not rows:
            raise NotFound(f"platform {platform_id} has no fulfilment centre")
        return int(rows[0][0])

    return statements.send(_CENTRE, [platform_id], read)


def units_free(*, platform_id: int, offer_ids: Iterable[int]) -> Later[dict[int, int]]:
    """Units that can still be promised from the platform's centres, by offer, bundles by their components; 0 if absent."""
    ids = list(offer_ids)
    return statements.send(_FREE, [platform_id, ids], lambda rows: dict.fromkeys(ids, 0) | dict(rows))


def available(*, platform_id: int, offer_ids: Iterable[int]) -> dict[int, int]:
    """The same at once."""
    return units_free(platform_id=platform_id, offer_ids=offer_ids).value


def levels_of_merchant(*, platform_id: int, merchant_id: int) -> list[StockLevel]:
    """Every level of a merchant's goods on a platform, with the good's name, scarcest first."""
    return list(
        StockLevel.objects.filter(platform_id=platform_id, offer__merchant_id=merchant_id)
        .select_related("offer__variant__product", "warehouse")
        .order_by(F("on_hand") - F("reserved") - F("allocated"), "pk")
    )


def reserved_for(reference: str) -> list[Reservation]:
    """What a purchase holds, with the place where it lies."""
    return list(
        Reservation.objects.filter(reference=reference)
        .select_related("level__warehouse", "level__offer__variant__product")
        .order_by("level_id")
    )
