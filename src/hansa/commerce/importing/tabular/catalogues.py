"""Catalogues of files that only tell of sales: what was sold becomes listed, at its median price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import resources

import polars as pl

from hansa.commerce.importing.complete_journey.goods import slug_of
from hansa.commerce.importing.history.search_words import search_vectors
from hansa.commerce.importing.history.world import CATEGORY, LISTING, MERCHANT, PRODUCT, STORE, Catalogue
from hansa.commerce.importing.platforms import PlatformSpec
from hansa.commerce.importing.tabular import olist, online_retail

_TIME = pl.Datetime("us")
_GIFTS = pl.DataFrame([("gifts", None, "Gifts", "礼品", "gift")], schema=CATEGORY, orient="row")
_USUAL_WEIGHT_G = 400


def of_online_retail(read: online_retail.Read, lines: pl.LazyFrame, platform: PlatformSpec) -> Catalogue:
    """One house with everything that it sold; a good is called what it is called most often."""
    sold = _sold(lines)
    titles = {
        f"{online_retail.NAME}:{code}": max(names, key=lambda name: (names[name], name))
        if names
        else f"Good {code}"
        for code, names in read.titles.items()
    }
    goods = sold.with_columns(
        title=pl.col("product_ref")
        .replace_strict(titles)
        .str.strip_chars()
        .str.to_titlecase()
        .str.slice(0, 200),
        merchant_ref=pl.lit(f"{online_retail.NAME}:house"),
        category_slug=pl.lit("gifts"),
        category=pl.lit("Gifts"),
        title_zh=pl.lit(""),
        brand=pl.lit("Giftware House"),
        sku=pl.lit("OR-") + pl.col("product_ref").str.split(":").list.last(),
        weight_g=pl.lit(_USUAL_WEIGHT_G, pl.Int64),
    )
    began = sold["first_at"].min()
    assert isinstance(began, datetime) or sold.is_empty()
    house = [
        (
            f"{online_retail.NAME}:house",
            "Giftware House",
            "giftware-house",
            platform.code,
            "All-occasion gifts.",
            began,
        )
    ]
    merchants = pl.DataFrame(house if began is not None else [], schema=MERCHANT, orient="row")
    return _catalogue(goods, merchants, _GIFTS, platform)


def of_olist(tables: olist.Tables, lines: pl.LazyFrame, platform: PlatformSpec) -> Catalogue:
    """Sellers as merchants; a product without a name in the data is called by its category and number."""
    sold = _sold(lines)
    offered = _offered(tables)
    goods = sold.join(offered, on="product_ref", how="left", maintain_order="left").with_columns(
        title=pl.col("category") + " " + pl.col("product_ref").str.split(":").list.get(1).str.slice(0, 8),
        category_slug=pl.lit("olist-") + pl.col("category").map_elements(slug_of, return_dtype=pl.String),
        brand=pl.lit(""),
        sku=pl.col("product_ref").str.replace_all(":", "-"),
    )
    shelves = _shelves(goods)
    goods = goods.join(
        shelves.select(pl.col("slug").alias("category_slug"), pl.col("name_zh").alias("title_zh")),
        on="category_slug",
        how="left",
        maintain_order="left",
    )
    began = (
        goods.group_by("merchant_ref", "seller")
        .agg(pl.col("first_at").min().alias("joined_at"))
        .sort("merchant_ref")
    )
    names = began["seller"].replace_strict(tables.sellers, return_dtype=pl.String)
    merchants = began.with_columns(
        pl.col("merchant_ref").alias("ref"),
        names.alias("name"),
        names.map_elements(slug_of, return_dtype=pl.String).alias("slug"),
        pl.lit(platform.code).alias("home"),
        pl.lit("").alias("story"),
    ).select(MERCHANT.keys())
    return _catalogue(goods, merchants, shelves, platform)


def _sold(lines: pl.LazyFrame) -> pl.DataFrame:
    """Columns: product_ref, price, sold_count, first_at. What never cost anything is not sold."""
    return (
        lines.group_by("product_ref")
        .agg(
            pl.col("unit_price")
            .filter(pl.col("unit_price") > 0)
            .median()
            .round()
            .cast(pl.Int64)
            .alias("price"),
            pl.col("quantity").sum().alias("sold_count"),
            pl.col("placed_at").min().alias("first_at"),
        )
        .with_columns(pl.col("price").fill_null(1))
        .sort("product_ref")
        .collect(engine="streaming")
    )


def _offered(tables: olist.Tables) -> pl.DataFrame:
    rows = [
        (
            olist.good_ref(seller, product),
            f"{olist.NAME}:{seller}",
            seller,
            tables.goods[product].category,
            tables.goods[product].weight_g,
        )
        for seller, products in sorted(tables.sold_by.items())
        for product in sorted(products)
    ]
    schema: Mapping[str, pl.DataType] = {
        "product_ref": pl.String(), "merchant_ref": pl.String(), "seller": pl.String(), "category": pl.String(),
        "weight_g": pl.Int64(),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _shelves(goods: pl.DataFrame) -> pl.DataFrame:
    text = resources.files("hansa.commerce.importing.tabular").joinpath("olist_categories.csv").read_bytes()
    words = pl.read_csv(text)
    used = goods.select("category", "category_slug").unique().sort("category_slug")
    return (
        used.join(words, left_on="category", right_on="name", how="left", maintain_order="left")
        .select(
            pl.col("category_slug").alias("slug"),
            pl.lit(None, pl.String).alias("parent_slug"),
            pl.col("category").alias("name"),
            pl.col("name_zh").fill_null(pl.col("category")),
            pl.col("art").fill_null("box"),
        )
        .select(CATEGORY.keys())
    )


def _catalogue(
    goods: pl.DataFrame, merchants: pl.DataFrame, categories: pl.DataFrame, platform: PlatformSpec
) -> Catalogue:
    words = search_vectors(goods.select("title", "title_zh", "brand", "category"))
    return Catalogue(
        merchants=merchants,
        stores=merchants.select(
            pl.col("ref").alias("merchant_ref"), pl.lit(platform.code).alias("platform")
        ).select(STORE.keys()),
        categories=categories,
        products=goods.with_columns(
            pl.col("product_ref").alias("ref"),
            (pl.col("title") + ".").alias("description"),
            pl.lit("").alias("label"),
            (pl.col("price") * 6 // 10).alias("unit_cost"),
            pl.lit(1, pl.Int64).alias("pack_size"),
            pl.lit(7, pl.Int64).alias("lead_time_days"),
            pl.col("first_at").alias("created_at"),
            words.alias("words"),
        ).select(PRODUCT.keys()),
        listings=goods.with_columns(
            pl.lit(platform.code).alias("platform"),
            pl.lit(platform.currency).alias("currency"),
            pl.lit(value=True).alias("is_active"),
            pl.col("first_at").alias("listed_at"),
            pl.lit(0, pl.Int64).alias("rating_sum"),
            pl.lit(0, pl.Int64).alias("rating_count"),
        ).select(LISTING.keys()),
    )
