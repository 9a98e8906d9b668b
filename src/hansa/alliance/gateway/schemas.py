"""What travels between platforms, as JSON."""

from __future__ import annotations

from ninja import Schema
from pydantic import ConfigDict, Field


class Strict(Schema):
    """Unknown fields are refused: what we do not understand we do not promise."""

    model_config = ConfigDict(extra="forbid")


class Line(Strict):
    offer_id: int = Field(gt=0)
    quantity: int = Field(gt=0, le=999)


class StockPromiseIn(Strict):
    lines: list[Line] = Field(min_length=1, max_length=100)


class Promise(Strict):
    offer_id: int
    asked: int
    available: int
    total: int | None = Field(
        description="What the units asked for cost now, minor units; null when not sold here."
    )
    currency: str


class StockPromiseOut(Strict):
    promises: list[Promise]


class DestinationIn(Strict):
    recipient: str = Field(min_length=1, max_length=120)
    street: str = Field(min_length=1, max_length=200)
    city: str = Field(max_length=80)
    postal_code: str = Field(max_length=20)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class OrderForwardIn(Strict):
    lines: list[Line] = Field(min_length=1, max_length=100)
    destination: DestinationIn
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    agreed_total: int = Field(gt=0, description="What the buyer was shown and paid, in minor units.")


class OrderForwardOut(Strict):
    number: str
    items_total: int
    fee: int = Field(description="What the selling platform keeps.")
    owed: int = Field(description="What it owes the fulfilling one.")
    currency: str


class Refusal(Schema):
    code: str
    message: str
    details: dict[str, object]
