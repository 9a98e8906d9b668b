"""Reads of stock."""

from __future__ import annotations

from collections.abc import Iterable

from hansa.commerce.stock.models import Warehouse
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
