"""What every import turns its source into before it is stored: frames by natural keys, no ids yet.

``ref`` is a row's name in its source (``complete-journey:1095275``), unique in its table; ``platform`` is a
platform's code; money is minor units; times are UTC without a zone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from hansa.commerce.importing.generator.settings import Setting
from hansa.commerce.importing.platforms import PlatformSpec

Schema = dict[str, pl.DataType]
_TIME = pl.Datetime("us")

MERCHANT: Schema = {
    "ref": pl.String(), "name": pl.String(), "slug": pl.String(), "home": pl.String(), "story": pl.String(), "joined_at": _TIME,
}  # fmt: skip
STORE: Schema = {"merchant_ref": pl.String(), "platform": pl.String()}
CATEGORY: Schema = {
    "slug": pl.String(), "parent_slug": pl.String(), "name": pl.String(), "name_zh": pl.String(), "art": pl.String(),
}  # fmt: skip
PRODUCT: Schema = {
    "ref": pl.String(), "merchant_ref": pl.String(), "category_slug": pl.String(), "title": pl.String(),
    "title_zh": pl.String(), "brand": pl.String(), "description": pl.String(), "sku": pl.String(), "label": pl.String(),
    "weight_g": pl.Int64(), "unit_cost": pl.Int64(), "pack_size": pl.Int64(), "lead_time_days": pl.Int64(),
    "created_at": _TIME, "words": pl.String(),
}  # fmt: skip
LISTING: Schema = {
    "platform": pl.String(), "product_ref": pl.String(), "price": pl.Int64(), "currency": pl.String(), "is_active": pl.Boolean(),
    "listed_at": _TIME, "rating_sum": pl.Int64(), "rating_count": pl.Int64(), "sold_count": pl.Int64(),
}  # fmt: skip
PLACE: Schema = {
    "ref": pl.String(), "platform": pl.String(), "name": pl.String(), "kind": pl.String(),
    "latitude": pl.Float64(), "longitude": pl.Float64(),
}  # fmt: skip
PERSON: Schema = {
    "ref": pl.String(), "username": pl.String(), "display_name": pl.String(), "language": pl.String(), "home": pl.String(),
    "joined_at": _TIME, "street": pl.String(), "city": pl.String(), "postal_code": pl.String(), "country": pl.String(),
    "latitude": pl.Float64(), "longitude": pl.Float64(),
}  # fmt: skip
PROFILE: Schema = {
    "ref": pl.String(), "age": pl.String(), "income": pl.String(), "home_ownership": pl.String(),
    "marital_status": pl.String(), "household_size": pl.String(), "household_comp": pl.String(), "kids_count": pl.String(),
}  # fmt: skip
LINE: Schema = {
    "basket": pl.String(), "placed_at": _TIME, "platform": pl.String(), "outlet_ref": pl.String(), "buyer_ref": pl.String(),
    "product_ref": pl.String(), "quantity": pl.Int64(), "is_void": pl.Boolean(), "unit_price": pl.Int64(),
    "discount": pl.Int64(), "platform_discount": pl.Int64(), "total": pl.Int64(), "delivery_fee": pl.Int64(),
}  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """Who sells what, where and for how much."""

    merchants: pl.DataFrame
    stores: pl.DataFrame
    categories: pl.DataFrame
    products: pl.DataFrame
    listings: pl.DataFrame

    @property
    def rows(self) -> int:
        return sum(
            frame.height for frame in (self.merchants, self.stores, self.categories, self.listings)
        ) + 3 * (self.products.height)


@dataclass(frozen=True)
class Ground:
    """The platforms and their places: what everything else stands on."""

    platforms: tuple[PlatformSpec, ...]
    places: pl.DataFrame


@dataclass(frozen=True)
class Marketing:
    """Campaigns, coupons and price cuts. ``campaign_ref`` and ``promotion_ref`` are unique on a platform."""

    campaigns: pl.DataFrame  # platform, campaign_ref, name, starts_at, ends_at
    recipients: pl.DataFrame  # platform, campaign_ref, buyer_ref
    coupon_promotions: pl.DataFrame  # `PROMOTION`
    coupon_goods: pl.DataFrame  # platform, promotion_ref, product_ref
    coupons: pl.DataFrame  # platform, promotion_ref, code, uses, most_uses, most_per_buyer
    redemptions: pl.DataFrame  # platform, code, buyer_ref, basket, redeemed_at
    cuts: pl.DataFrame  # `PROMOTION`
    cut_goods: pl.DataFrame  # platform, promotion_ref, product_ref


PROMOTION: Schema = {
    "platform": pl.String(), "promotion_ref": pl.String(), "name": pl.String(), "merchant_ref": pl.String(),
    "percent_bp": pl.Int64(), "starts_at": _TIME, "ends_at": _TIME,
}  # fmt: skip
# What the generator needs beside `LINE`: whole-number keys for its draws, and what it has decided.
DRAWN: Schema = {
    "line_key": pl.Int64(), "basket_key": pl.Int64(), "product_key": pl.Int64(), "merchant_key": pl.Int64(),
    "stars": pl.Int64(), "delivery_stars": pl.Int64(), "parcel": pl.String(),
}  # fmt: skip
DEMAND: Schema = {
    "platform": pl.String(), "product_ref": pl.String(), "product_key": pl.Int64(), "recent": pl.Int64(), "promised": pl.Int64(),
}  # fmt: skip
SPENT: Schema = {
    "buyer_ref": pl.String(), "merchant_ref": pl.String(), "buyer_key": pl.Int64(), "merchant_key": pl.Int64(),
    "total": pl.Int64(), "first_at": _TIME,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """A whole history with all that is made up around it, ready to be stored week by week."""

    source: str
    ground: Ground
    people: pl.DataFrame  # `PERSON`
    profiles: pl.DataFrame  # `PROFILE`
    catalogue: Catalogue
    marketing: Marketing
    demand: pl.DataFrame  # `DEMAND`
    spent: pl.DataFrame  # `SPENT`
    setting: Setting
    weeks: tuple[Week, ...]
    lines_of: Callable[[Week], pl.DataFrame]  # `LINE` with `DRAWN`


@dataclass(frozen=True)
class Week:
    """One chunk of history, Monday to Sunday. ``number`` counts from 1, ``lines`` are its lines."""

    number: int
    monday: datetime
    lines: int

    @property
    def name(self) -> str:
        return f"week-{self.number:02}"

    @property
    def ends_at(self) -> datetime:
        return self.monday + timedelta(days=7)


def empty(schema: Schema) -> pl.DataFrame:
    """A frame of this shape without rows."""
    return pl.DataFrame(schema=schema)
