"""Our own CSV of products, one good of a merchant a row:

    merchant,sku,title,category,price,currency[,title_zh][,brand][,description]
            [,unit_cost][,weight_g][,pack_size][,lead_time_days][,stock]
    haus-6,LAMP-1,Storm lantern,Lamps,24.90,USD,防风灯,Hafen,,12.00,900,6,4,40

A SKU is the merchant's own; one that it lists already gets the new title, price and count. ``stock`` is what
lies in the platform's centre after counting. Merchants (by slug) and categories (by name) that are not there
are made; without ``unit_cost`` six tenths of the price are assumed.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl

from hansa.commerce.catalogue.bounds import LEAD_TIME_DAYS, PACK_SIZE, WEIGHT_G
from hansa.commerce.importing.complete_journey.goods import slug_of
from hansa.commerce.importing.history import foundations
from hansa.commerce.importing.history.search_words import search_vectors
from hansa.commerce.importing.history.storing import open_accounts
from hansa.commerce.importing.history.world import (
    CATEGORY,
    LISTING,
    MERCHANT,
    PRODUCT,
    STORE,
    Catalogue,
    Schema,
)
from hansa.commerce.importing.loading.copying import Database
from hansa.commerce.importing.platforms import PlatformSpec
from hansa.commerce.importing.tabular import counting, fields
from hansa.commerce.importing.tabular.problems import Problems
from hansa.commerce.importing.tabular.reading import Budget, Row, rows_of
from hansa.commerce.importing.tabular.spool import Spool
from hansa.commerce.importing.tabular.taking import RowReader, WrongRow

COLUMNS = ("merchant", "sku", "title", "category", "price", "currency")
_LONGEST_SKU = 64  # with the merchant's slug in front, because SKUs are unique in the alliance
SPOOLED_GOOD: Schema = {
    "file": pl.String(), "row": pl.Int64(),
    "merchant": pl.String(), "sku": pl.String(), "title": pl.String(), "title_zh": pl.String(), "brand": pl.String(),
    "category": pl.String(), "description": pl.String(), "price": pl.Int64(), "unit_cost": pl.Int64(),
    "weight_g": pl.Int64(), "pack_size": pl.Int64(), "lead_time_days": pl.Int64(), "stock": pl.Int64(),
}  # fmt: skip


def read_products(
    path: Path,
    spool: Spool,
    problems: Problems,
    *,
    platform: PlatformSpec,
    only_merchant: str | None,
    budget: Budget,
) -> None:
    """Check every row and spool the good ones. A merchant's SKU may stand in the file once."""
    seen: set[int] = set()
    for row in rows_of(path, COLUMNS, problems, budget=budget):
        try:
            if only_merchant is not None and row.values["merchant"] != only_merchant:
                raise WrongRow(row.problem("merchant", f"this import is for {only_merchant} only"))
            good = _good(row, platform)
            key = hash(good[:2])
            if key in seen:
                raise WrongRow(row.problem("sku", "this SKU stands in an earlier row already"))
            seen.add(key)
            spool.add((row.file, row.number, *good))
        except WrongRow as wrong:
            problems.reject(wrong.problem)


def _good(row: Row, platform: PlatformSpec) -> tuple[object, ...]:
    """Read a row in the order of `SPOOLED_GOOD` after its place."""
    read = RowReader(row)
    merchant = read.value("merchant", lambda text: fields.text(text, most=50))
    if merchant != slug_of(merchant):
        raise read.wrong("merchant", f"no slug; write it such as {slug_of(merchant)}")
    currency = read.value("currency", lambda text: fields.currency(text, platform.currency))
    price = read.value("price", lambda text: fields.money(text, currency, least=1))
    return (
        merchant,
        read.value("sku", lambda text: fields.text(text, most=_LONGEST_SKU - len(merchant) - 1)),
        read.value("title", lambda text: fields.text(text, most=200)),
        read.optional("title_zh", lambda text: fields.text(text, most=200), ""),
        read.optional("brand", lambda text: fields.text(text, most=120), ""),
        read.value("category", lambda text: fields.text(text, most=100)),
        read.optional("description", lambda text: fields.text(text, most=5_000), ""),
        price,
        read.optional("unit_cost", lambda text: fields.money(text, currency), price * 6 // 10),
        read.optional("weight_g", lambda text: fields.count(text, most=WEIGHT_G.most), 500),
        read.optional("pack_size", lambda text: fields.count(text, most=PACK_SIZE.most), 1),
        read.optional(
            "lead_time_days",
            lambda text: fields.count(text, least=LEAD_TIME_DAYS.least, most=LEAD_TIME_DAYS.most),
            3,
        ),
        read.optional("stock", lambda text: fields.count(text, least=0), None),
    )


def store_part(db: Database, part: Path, *, platform: PlatformSpec, problems: Problems, now: datetime) -> int:
    """List the goods of one spooled part, or bring those that are listed up to date; answers the rows written."""
    goods = _with_refs(db, pl.read_parquet(part))
    rows = foundations.store_catalogue(db, _catalogue(goods, platform, now)) + open_accounts(db)
    return rows + counting.bring_up_to_date(db, goods, platform=platform, problems=problems, now=now)


def _with_refs(db: Database, goods: pl.DataFrame) -> pl.DataFrame:
    """Say under which refs the goods and their merchants are known, or will be."""
    own = db.read(
        "select m.slug, v.sku, coalesce(p.external_ref, 'product:' || p.id) from catalogue_offer o"
        " join merchants_merchant m on m.id = o.merchant_id join catalogue_variant v on v.id = o.variant_id"
        " join catalogue_product p on p.id = v.product_id",
        {"merchant": pl.String, "full_sku": pl.String, "known_ref": pl.String},
    ).with_columns(sku=pl.col("full_sku").str.strip_prefix(pl.col("merchant") + ":"))
    known = foundations.merchant_refs(db).select("merchant_ref", pl.col("slug").alias("merchant"))
    new_sku = pl.col("merchant") + ":" + pl.col("sku")
    return (
        goods.join(known, on="merchant", how="left", maintain_order="left")
        .join(own, on=["merchant", "sku"], how="left", maintain_order="left")
        .with_columns(
            merchant_ref=pl.coalesce("merchant_ref", "csv:" + pl.col("merchant")),
            is_new_merchant=pl.col("merchant_ref").is_null(),
            is_new_good=pl.col("known_ref").is_null(),
            ref=pl.coalesce("known_ref", new_sku),
            full_sku=pl.coalesce("full_sku", new_sku),
            words=search_vectors(goods.select("title", "title_zh", "brand", "category")),
            category_slug=pl.col("category").map_elements(slug_of, return_dtype=pl.String),
        )
    )


def _catalogue(goods: pl.DataFrame, platform: PlatformSpec, now: datetime) -> Catalogue:
    at = pl.lit(now, pl.Datetime("us"))
    merchants = goods.filter("is_new_merchant").unique("merchant", maintain_order=True)
    shelves = goods.unique("category_slug", maintain_order=True)
    return Catalogue(
        merchants=merchants.select(
            pl.col("merchant_ref").alias("ref"),
            pl.col("merchant").str.replace_all("-", " ").str.to_titlecase().alias("name"),
            pl.col("merchant").alias("slug"),
            pl.lit(platform.code).alias("home"),
            pl.lit("").alias("story"),
            at.alias("joined_at"),
        ).select(MERCHANT.keys()),
        stores=goods.select("merchant_ref", pl.lit(platform.code).alias("platform"))
        .unique()
        .select(STORE.keys()),
        categories=shelves.select(
            pl.col("category_slug").alias("slug"),
            pl.lit(None, pl.String).alias("parent_slug"),
            pl.col("category").alias("name"),
            pl.col("category").alias("name_zh"),
            pl.lit("box").alias("art"),
        ).select(CATEGORY.keys()),
        products=goods.with_columns(
            pl.col("full_sku").alias("sku"), pl.lit("").alias("label"), created_at=at
        ).select(PRODUCT.keys()),
        listings=goods.with_columns(
            pl.lit(platform.code).alias("platform"),
            pl.col("ref").alias("product_ref"),
            pl.lit(platform.currency).alias("currency"),
            pl.lit(value=True).alias("is_active"),
            at.alias("listed_at"),
            *(pl.lit(0, pl.Int64).alias(name) for name in ("rating_sum", "rating_count", "sold_count")),
        ).select(LISTING.keys()),
    )
