"""From natural keys to ids: the maps of what is stored, read once, joined to each chunk of lines."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hansa.commerce.importing.history import foundations
from hansa.commerce.importing.history.storing import find_accounts
from hansa.commerce.importing.loading.copying import Database
from hansa.kernel.errors import BrokenInvariant


@dataclass(frozen=True)
class Maps:
    """What stands in the database, by the names that sources use."""

    platforms: pl.DataFrame  # platform, platform_id, commission_bp, platform_currency
    places: pl.DataFrame  # outlet_ref, outlet_id
    buyers: pl.DataFrame  # buyer_ref, buyer_id, language, recipient, street, city, …
    offers: (
        pl.DataFrame
    )  # product_ref, product_id, offer_id, merchant_id, title, weight_g, category_id, category
    listings: pl.DataFrame  # platform_id, offer_id, listing_id
    centres: pl.DataFrame  # platform_id, centre_id
    accounts: pl.DataFrame  # as `storing.find_accounts`
    popular: pl.DataFrame  # platform_id, place (0 sells best), listing_id, merchant_id
    shelves: pl.DataFrame  # as popular, with category_id: place 0 sells best on its shelf


def read_maps(db: Database) -> Maps:
    """Read the maps as of now."""
    places = foundations.refs(db, "stock_warehouse").rename({"ref": "outlet_ref", "id": "outlet_id"})
    shown = _shown(db)
    return Maps(
        platforms=foundations.platform_ids(db),
        places=places,
        buyers=_buyers(db),
        offers=foundations.offers_by_product(db),
        listings=foundations.listing_ids(db),
        centres=db.read(
            "select platform_id, min(id) from stock_warehouse where kind = 'centre' group by platform_id",
            {"platform_id": pl.Int64, "centre_id": pl.Int64},
        ),
        accounts=find_accounts(db),
        popular=shown.drop("category_id"),
        shelves=shown.with_columns(
            place=pl.int_range(pl.len(), dtype=pl.Int64).over("platform_id", "category_id")
        ),
    )


def resolve(lines: pl.DataFrame, maps: Maps) -> pl.DataFrame:
    """Turn `world.LINE` into `purchases.LINE`. A key that nobody knows is our own fault by now."""
    offers = maps.offers.select("product_ref", "offer_id", "merchant_id", "title")
    buyers = maps.buyers.select("buyer_ref", "buyer_id")
    found = (
        lines.join(maps.platforms, on="platform", how="left", maintain_order="left")
        .join(maps.places, on="outlet_ref", how="left", maintain_order="left")
        .join(buyers, on="buyer_ref", how="left", maintain_order="left")
        .join(offers, on="product_ref", how="left", maintain_order="left")
        .rename({"platform_currency": "currency"})
    )
    for key, name in (("platform_id", "platform"), ("outlet_id", "outlet_ref"), ("offer_id", "product_ref")):
        unknown = found.filter(pl.col(key).is_null())
        if not unknown.is_empty():
            raise BrokenInvariant(f"no {name} {unknown[name][0]!r} has been stored")
    return found.drop("platform", "outlet_ref", "buyer_ref", "product_ref")


def _shown(db: Database) -> pl.DataFrame:
    """Every active listing with its category and its place on its platform, the best-selling first."""
    return db.read(
        "select l.platform_id, l.category_id, row_number() over (partition by l.platform_id order by l.sold_count desc, l.id) - 1,"
        " l.id, l.merchant_id from catalogue_listing l where l.is_active order by 1, 3",
        {
            "platform_id": pl.Int64,
            "category_id": pl.Int64,
            "place": pl.Int64,
            "listing_id": pl.Int64,
            "merchant_id": pl.Int64,
        },
    )


def _buyers(db: Database) -> pl.DataFrame:
    return db.read(
        "select distinct on (u.id) u.external_ref, u.id, u.language, a.recipient, a.street, a.city, a.postal_code,"
        " a.country, a.latitude, a.longitude"
        " from accounts_user u left join accounts_address a on a.user_id = u.id"
        " where u.external_ref <> '' order by u.id, a.id",
        {
            "buyer_ref": pl.String,
            "buyer_id": pl.Int64,
            "language": pl.String,
            "recipient": pl.String,
            "street": pl.String,
            "city": pl.String,
            "postal_code": pl.String,
            "country": pl.String,
            "latitude": pl.Float64,
            "longitude": pl.Float64,
        },
    )
