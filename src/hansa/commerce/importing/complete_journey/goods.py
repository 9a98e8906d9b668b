"""Manufacturers, categories, products and listings out of the source's products and exact lines. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from importlib import resources

import numpy as np
import polars as pl

from hansa.commerce.importing import chance
from hansa.commerce.importing.complete_journey import titles
from hansa.commerce.importing.complete_journey.lines import FUEL, NOBODYS
from hansa.commerce.importing.complete_journey.source import NAME
from hansa.commerce.importing.generator.houses import House, houses
from hansa.commerce.importing.history.search_words import search_vectors
from hansa.commerce.importing.history.world import Catalogue
from hansa.commerce.importing.platforms import PlatformSpec

# A title is searched by its pieces: there are few different ones, and cutting Chinese is slow.
_PIECES = ("brand", "variety", "kind", "size", "variety_zh", "shelf_zh", "size_zh", "shelf")
PRIVATE_LABEL = 69  # the source's own-brand house
_KNOWN = {
    PRIVATE_LABEL: House(PRIVATE_LABEL, "Kogge House", "Kogge"),
    NOBODYS: House(NOBODYS, "Sundry Goods", ""),
}
UNKNOWN_DEPARTMENT = "COUPON"  # where goods that the product table does not know are shelved
_NOT_FOR_SALE = (
    "COUPON/MISC ITEMS",
    "COUPONS/STORE & MFG",
    "COUPON",
    "FUEL",
    "BOTTLE DEPOSITS",
    "PROD SUPPLIES",
)


def ref(column: str) -> pl.Expr:
    """Name a row of the source for the whole alliance."""
    return pl.lit(NAME + ":") + pl.col(column).cast(pl.String)


def departments() -> pl.DataFrame:
    """Our words for the source's departments."""
    return _words("departments.csv")


def categories() -> pl.DataFrame:
    """Our words for the source's product categories."""
    return _words("categories.csv")


def known_products(products: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Put the products that only the lines know into the source's product table, as nobody's coupons."""
    orphans = lines.filter(pl.col("is_orphan")).select("product_id").unique().sort("product_id")
    return pl.concat(
        [
            products,
            orphans.with_columns(
                manufacturer_id=pl.lit(NOBODYS, pl.Int64), department=pl.lit(UNKNOWN_DEPARTMENT)
            ),
        ],
        how="diagonal",
    )


def catalogue(
    products: pl.DataFrame,
    lines: pl.DataFrame,
    platforms: tuple[PlatformSpec, ...],
    *,
    seed: int,
    joined_at: datetime,
) -> Catalogue:
    """Make the catalogue of these lines: what nobody bought here is left out.

    ``products`` is the whole table with `known_products`, so that names do not depend on the slice;
    ``lines`` carry ``platform`` (code) and the ratings of `generator.reviews`.
    """
    named = _houses(products)
    described = _described(products, named).filter(
        pl.col("product_id").is_in(lines["product_id"].unique().implode())
    )
    sold = _sold(lines)
    homes = _home_platforms(lines, platforms)
    offered = _offered(described, sold, seed=seed, joined_at=joined_at)
    listed = _listings(described, sold, homes, currency=platforms[0].currency, listed_at=joined_at)
    merchants = _merchants(products, named, homes, joined_at=joined_at)
    stores = (
        pl.concat(
            [
                lines.select("manufacturer_id", "platform"),
                homes.select("manufacturer_id", pl.col("home").alias("platform")),
            ]
        )
        .unique()
        .sort("manufacturer_id", "platform")
        .select(ref("manufacturer_id").alias("merchant_ref"), "platform")
    )
    return Catalogue(merchants, stores, _tree(described), offered, listed)


def _words(file: str) -> pl.DataFrame:
    text = resources.files("hansa.commerce.importing.complete_journey").joinpath(file).read_bytes()
    return pl.read_csv(text)


def _described(products: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Give every product its title in both languages, its shelf and its weight."""
    shelves = (
        categories()
        .rename({"key": "product_category", "name": "category", "name_zh": "category_zh"})
        .drop("art")
    )
    rooms = departments().select(
        pl.col("key").alias("department"), pl.col("name").alias("room"), pl.col("name_zh").alias("room_zh"),
        "lead_time_days", "is_delivered",
    )  # fmt: skip
    joined = (
        products.drop("brand")
        .join(shelves, on="product_category", how="left", maintain_order="left")
        .join(rooms, on="department", how="left", maintain_order="left")
        .with_columns(shelf=pl.coalesce("category", "room"), shelf_zh=pl.coalesce("category_zh", "room_zh"))
        .join(
            titles.size_table(products["package_size"]), on="package_size", how="left", maintain_order="left"
        )
        .join(named, on="manufacturer_id", how="left", maintain_order="left")
    )
    kinds = joined.select("product_type", "shelf").unique(maintain_order=True)
    said = [titles.readable_type(kind or "", shelf) for kind, shelf in kinds.iter_rows()]
    joined = joined.join(
        kinds.with_columns(kind=pl.Series(said, dtype=pl.String)),
        on=["product_type", "shelf"], how="left", nulls_equal=True, maintain_order="left",
    )  # fmt: skip
    return _titled(joined).with_columns(
        category_slug=_slug(pl.col("department"), pl.col("product_category")),
        weight_g=pl.col("weight_g").fill_null(titles.USUAL_WEIGHT_G),
        is_active=pl.col("is_delivered")
        & ~pl.col("product_category").is_in(_NOT_FOR_SALE).fill_null(value=False)
        & ~FUEL,
    )


def _titled(joined: pl.DataFrame) -> pl.DataFrame:
    """Tell goods of one house, kind and size apart by a variety: Classic, Country, … then by a number."""
    same = ["manufacturer_id", "kind", "package_size"]
    nth = pl.int_range(pl.len(), dtype=pl.Int64).over(same)
    names = len(titles.VARIETIES)
    variety = pl.DataFrame(titles.VARIETIES, schema=["variety", "variety_zh"], orient="row").with_row_index(
        "which"
    )
    joined = joined.with_columns(nth=nth).with_columns(which=(pl.col("nth") % names).cast(pl.UInt32))
    count = (pl.col("nth") // names + 1).cast(pl.String)
    number = pl.when(pl.col("nth") >= names).then(" No. " + count).otherwise(pl.lit(""))
    size, size_zh = pl.col("size").fill_null(""), pl.col("size_zh").fill_null("")
    words = [pl.col("brand"), pl.col("variety"), pl.col("kind")]
    title = pl.concat_str(
        [pl.when(word != "").then(word) for word in words], separator=" ", ignore_nulls=True
    )
    return joined.join(variety, on="which", how="left", maintain_order="left").with_columns(
        label=size,
        title=(title + number + pl.when(size != "").then(", " + size).otherwise(pl.lit(""))).str.slice(0, 200),
        title_zh=pl.col("brand") + pl.col("variety_zh") + pl.col("shelf_zh") + number.str.replace(" No. ", " ")
        + pl.when(size_zh != "").then("，" + size_zh).otherwise(pl.lit("")),
    )  # fmt: skip


def _houses(products: pl.DataFrame) -> pl.DataFrame:
    """Columns: manufacturer_id, house, brand."""
    traded = trades_of(products, departments())
    plain = traded.filter(~pl.col("manufacturer_id").is_in(list(_KNOWN)))
    found = houses(plain["manufacturer_id"].to_list(), plain["trade"].to_list()) + list(_KNOWN.values())
    rows = [(house.number, house.name, house.brand) for house in found]
    return pl.DataFrame(
        rows, schema={"manufacturer_id": pl.Int64, "house": pl.String, "brand": pl.String}, orient="row"
    )


def trades_of(products: pl.DataFrame, departments: pl.DataFrame) -> pl.DataFrame:
    """Say for each manufacturer the trade of most of its products; a tie goes to the first by name.

    Columns: manufacturer_id, trade.
    """
    return (
        products.join(departments.select("key", "trade"), left_on="department", right_on="key", how="left")
        .group_by("manufacturer_id", "trade")
        .len()
        .sort(["manufacturer_id", "len", "trade"], descending=[False, True, False])
        .group_by("manufacturer_id", maintain_order=True)
        .agg(pl.col("trade").first())
    )


def _slug(department: pl.Expr, category: pl.Expr) -> pl.Expr:
    return pl.concat_str([_plain(department), _plain(category)], separator="--", ignore_nulls=True)


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-")


def _tree(described: pl.DataFrame) -> pl.DataFrame:
    """Departments on top, their product categories below."""
    rooms = departments().filter(pl.col("key").is_in(described["department"].unique().implode()))
    top = rooms.select(
        _plain(pl.col("key")).alias("slug"),
        pl.lit(None, pl.String).alias("parent_slug"),
        "name",
        "name_zh",
        "art",
    )
    art = categories().select(pl.col("key").alias("product_category"), "art")
    below = (
        described.filter(pl.col("product_category").is_not_null())
        .select("category_slug", "department", "product_category", "shelf", "shelf_zh")
        .unique()
        .sort("category_slug")
        .join(art, on="product_category", how="left", maintain_order="left")
        .select(
            pl.col("category_slug").alias("slug"),
            _plain(pl.col("department")).alias("parent_slug"),
            pl.col("shelf").alias("name"),
            pl.col("shelf_zh").alias("name_zh"),
            "art",
        )
    )
    return pl.concat([top, below])


def _sold(lines: pl.DataFrame) -> pl.DataFrame:
    """What each product fetched on each platform. Columns: platform, product_id, price, sold_count, ratings."""
    priced = pl.col("unit_price").filter(pl.col("unit_price") > 0)
    return (
        lines.group_by("platform", "product_id")
        .agg(
            priced.median().round().cast(pl.Int64).alias("price"),
            pl.col("quantity").sum().alias("sold_count"),
            pl.col("stars").sum().cast(pl.Int64).alias("rating_sum"),
            pl.col("stars").count().cast(pl.Int64).alias("rating_count"),
        )
        .sort("platform", "product_id")
    )


def _home_platforms(lines: pl.DataFrame, platforms: tuple[PlatformSpec, ...]) -> pl.DataFrame:
    """Where each house sells most. Columns: manufacturer_id, home."""
    order = {spec.code: place for place, spec in enumerate(platforms)}
    return (
        lines.group_by("manufacturer_id", "platform")
        .agg(pl.col("total").sum())
        .with_columns(place=pl.col("platform").replace_strict(order, return_dtype=pl.Int64))
        .sort(["manufacturer_id", "total", "place"], descending=[False, True, False])
        .group_by("manufacturer_id", maintain_order=True)
        .agg(pl.col("platform").first().alias("home"))
    )


def _merchants(
    products: pl.DataFrame, named: pl.DataFrame, homes: pl.DataFrame, *, joined_at: datetime
) -> pl.DataFrame:
    kinds = products.join(departments(), left_on="department", right_on="key", how="left").sort("product_id")
    told = kinds.group_by("manufacturer_id", maintain_order=True).agg(
        pl.col("name").drop_nulls().unique(maintain_order=True).head(3).str.join(", ").alias("shelves")
    )
    known = homes.join(named, on="manufacturer_id").join(told, on="manufacturer_id").sort("manufacturer_id")
    return known.select(
        ref("manufacturer_id").alias("ref"),
        pl.col("house").alias("name"),
        pl.Series("slug", [slug_of(name) for name in known["house"].to_list()], pl.String),
        "home",
        (pl.col("house") + " trades in: " + pl.col("shelves") + ".").alias("story"),
        pl.lit(joined_at, pl.Datetime("us")).alias("joined_at"),
    )


def slug_of(name: str) -> str:
    """Write a name for an address: ``Lindqvist & Söhne`` is ``lindqvist-sohne``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "merchant"


def _offered(described: pl.DataFrame, sold: pl.DataFrame, *, seed: int, joined_at: datetime) -> pl.DataFrame:
    """Cost, pack and lead time, which the source does not tell: drawn by the seed around price and department."""
    price = sold.group_by("product_id").agg(pl.col("price").median().round().cast(pl.Int64))
    goods = described.join(price, on="product_id", how="left", maintain_order="left")
    ids = goods["product_id"]
    cost_share = 0.55 + 0.25 * chance.uniform(ids, seed=seed, about="unit cost")
    slack_days = chance.pick(ids, 3, seed=seed, about="lead time")
    cents = goods["price"].fill_null(100).to_numpy()
    packs = np.select([cents < 200, cents < 500, cents < 1500], [24, 12, 6], 1)
    goods = goods.with_columns(
        unit_cost=pl.Series(np.maximum(1, np.round(cents * cost_share)).astype(np.int64)),
        pack_size=pl.Series(packs.astype(np.int64)),
        lead_time_days=pl.col("lead_time_days") + pl.Series(slack_days),
    )
    return goods.select(
        ref("product_id").alias("ref"),
        ref("manufacturer_id").alias("merchant_ref"),
        "category_slug",
        "title",
        "title_zh",
        "brand",
        (pl.col("title") + ". " + pl.col("house") + ", " + pl.col("shelf") + ".").alias("description"),
        (pl.lit("CJ-") + pl.col("product_id").cast(pl.String)).alias("sku"),
        "label",
        "weight_g",
        "unit_cost",
        "pack_size",
        "lead_time_days",
        pl.lit(joined_at, pl.Datetime("us")).alias("created_at"),
        search_vectors(goods.select(_PIECES)).alias("words"),
    )


def _listings(
    described: pl.DataFrame, sold: pl.DataFrame, homes: pl.DataFrame, *, currency: str, listed_at: datetime
) -> pl.DataFrame:
    """A listing wherever it sold for money, and on its house's home platform at the price it has elsewhere."""
    anywhere = sold.group_by("product_id").agg(pl.col("price").median().round().cast(pl.Int64).alias("usual"))
    goods = described.select("product_id", "manufacturer_id", "is_active")
    at_home = goods.join(homes, on="manufacturer_id").select(pl.col("home").alias("platform"), "product_id")
    both = sold.select("platform", "product_id").vstack(at_home.select("platform", "product_id"))
    wanted = both.unique(maintain_order=True)
    return (
        wanted.join(sold, on=["platform", "product_id"], how="left", maintain_order="left")
        .join(anywhere, on="product_id", how="left", maintain_order="left")
        .join(goods, on="product_id", how="left", maintain_order="left")
        .with_columns(price=pl.coalesce("price", "usual"))
        .filter(pl.col("price") > 0)
        .sort("platform", "product_id")
        .select(
            "platform",
            ref("product_id").alias("product_ref"),
            "price",
            pl.lit(currency).alias("currency"),
            "is_active",
            pl.lit(listed_at, pl.Datetime("us")).alias("listed_at"),
            pl.col("rating_sum").fill_null(0),
            pl.col("rating_count").fill_null(0),
            pl.col("sold_count").fill_null(0),
        )
    )
