"""The API's doors to parcels that merchants give to carriers."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status

from hansa.commerce.accounts.api import inside
from hansa.commerce.delivery import carriers
from hansa.commerce.delivery.carriers import Parcel
from hansa.commerce.delivery.models import Shipment

router = Router(tags=["orders"])


class PartIn(Schema):
    line_id: int
    quantity: int


class ParcelIn(Schema):
    carrier: str
    tracking_number: str
    lines: list[PartIn]


class NewsIn(Schema):
    """``status`` is out (on its way, or an attempt that failed), delivered, lost or came_back."""

    status: str
    note: str = ""


class ParcelOut(Schema):
    id: int
    carrier: str
    tracking_number: str
    status: str
    promised_from: datetime
    promised_until: datetime
    delivered_at: datetime | None


@router.post("/shop-orders/{order_id}/parcels/", response={201: ParcelOut})
def post_parcel(request: HttpRequest, order_id: int, body: ParcelIn, platform: str = "") -> Status[Shipment]:
    """Send units of a paid order by a carrier; the same tracking number again answers its parcel."""
    with inside(request, platform) as call:
        units: dict[int, int] = {}
        for line in body.lines:
            units[line.line_id] = units.get(line.line_id, 0) + line.quantity
        sent = carriers.send(
            actor=call.actor,
            platform_id=call.platform.pk,
            order_id=order_id,
            units=units,
            parcel=Parcel(body.carrier, body.tracking_number),
            now=call.now,
        )
        return Status(201, sent)


@router.post("/parcels/{parcel_id}/news", response=ParcelOut)
def post_news(request: HttpRequest, parcel_id: int, body: NewsIn, platform: str = "") -> Shipment:
    """Write down what the carrier says of a parcel."""
    with inside(request, platform) as call:
        return carriers.report(
            actor=call.actor,
            platform_id=call.platform.pk,
            shipment_id=parcel_id,
            status=body.status,
            note=body.note,
            now=call.now,
        )
