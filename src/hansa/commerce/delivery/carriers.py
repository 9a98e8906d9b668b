"""Parcels that merchants give to carriers: sent with a tracking number, followed by what the carrier says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.delivery import domain, services
from hansa.commerce.delivery.models import Shipment, TrackingEvent
from hansa.commerce.orders import fulfilment
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.models import Fulfilment
from hansa.kernel.errors import InvalidInput, NotFound, Refused

Status = Shipment.Status
ON_THE_WAY = timedelta(days=5)  # what is promised where the purchase has no window


@dataclass(frozen=True)
class Parcel:
    """A carrier's parcel before it leaves."""

    carrier: str
    tracking_number: str


@transaction.atomic
def send(
    *,
    actor: Actor,
    platform_id: int,
    order_id: int,
    units: Mapping[int, int],
    parcel: Parcel,
    now: datetime,
) -> Shipment:
    """Send units (line id to quantity) of an order by a carrier; the same tracking number again answers its parcel.

    For the merchant and the operator. Refuses more units than are left, and an order that is not paid.
    """
    order = orders.get_order(platform_id=platform_id, order_id=order_id)
    _insist_on_seller(actor, platform_id, order.merchant_id)
    carrier, number = parcel.carrier.strip()[:60], parcel.tracking_number.strip()[:80]
    if not carrier or not number:
        raise InvalidInput("a parcel needs a carrier and a tracking number")
    sent = fulfilment.fulfil(
        order_id=order_id,
        units=units,
        reference=f"{carrier} {number}"[:64],
        actor_name=actor.name,
        now=now,
    )
    group = order.group
    shipment, is_new = Shipment.objects.get_or_create(
        platform_id=platform_id,
        carrier=carrier,
        tracking_number=number,
        defaults={
            "group": group,
            "warehouse_id": group.outlet_id,
            "status": Status.OUT,
            "weight_g": _weight(sent) + services.PACKAGING_G,
            "promised_from": group.window_start or now,
            "promised_until": group.window_end or now + ON_THE_WAY,
            "created_at": now,
        },
    )
    if shipment.group_id != group.pk:
        raise Refused(f"{carrier} {number} is another purchase's parcel")
    if is_new:
        TrackingEvent.objects.create(
            platform_id=platform_id,
            shipment=shipment,
            status=Status.OUT,
            note="handed to the carrier",
            at=now,
        )
    if not hasattr(sent, "part"):
        services.put_in(shipment, [sent])
    return shipment


@transaction.atomic
def report(
    *, actor: Actor, platform_id: int, shipment_id: int, status: str, note: str = "", now: datetime
) -> Shipment:
    """Write down what a carrier says of a parcel; a parcel that has arrived stays so.

    Refuses news of a parcel of our own vans, and what cannot follow on where the parcel stands.
    """
    found = Shipment.objects.filter(platform_id=platform_id, pk=shipment_id).exclude(carrier="")
    shipment = found.first()
    if shipment is None:
        raise NotFound(f"there is no parcel {shipment_id} here")
    part = shipment.parts.select_related("fulfilment__order").get()
    _insist_on_seller(actor, platform_id, part.fulfilment.order.merchant_id)
    shipment = found.select_for_update().get()
    if shipment.status == status == Status.DELIVERED:
        return shipment
    if status not in domain.NEWS.get(shipment.status, frozenset()):
        raise Refused(f"parcel {shipment_id} is {shipment.status}, not on its way")
    if status == Status.DELIVERED:
        services.arrive(shipment, actor_name=actor.name, note=note[:200], now=now)
        return shipment
    shipment.status = status
    shipment.save(update_fields=["status"])
    TrackingEvent.objects.create(
        platform_id=platform_id, shipment=shipment, status=status, note=note.strip()[:200], at=now
    )
    return shipment


def _insist_on_seller(actor: Actor, platform_id: int, merchant_id: int) -> None:
    if not actor.may(Permission.RUN_MERCHANT, merchant_id=merchant_id):
        actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)


def _weight(sent: Fulfilment) -> int:
    parts = sent.lines.select_related("line__offer__variant")
    return sum(part.quantity * part.line.offer.variant.weight_g for part in parts)
