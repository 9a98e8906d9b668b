"""Writing platforms, places, people, merchants and their goods; what is there already is left as it is.

Every function runs in its chunk's transaction and answers the number of rows it wrote.
"""

from __future__ import annotations

import polars as pl

from hansa.commerce.accounts.models import Platform
from hansa.commerce.importing.history.world import Catalogue, Ground
from hansa.commerce.importing.loading.copying import Database
from hansa.commerce.importing.platforms import PlatformSpec
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import InvalidInput

_REF = {"id": pl.Int64, "ref": pl.String}


def store_ground(db: Database, ground: Ground) -> int:
    """Open the platforms and their warehouses. Refuses a platform that trades in another currency."""
    rows = sum(open_platform(spec) for spec in ground.platforms)
    places = ground.places.join(platform_ids(db), on="platform", how="left", maintain_order="left")
    fresh = _unknown(db, places, "stock_warehouse", "external_ref")
    columns = ["platform_id", "name", "kind", "latitude", "longitude", pl.col("ref").alias("external_ref")]
    return rows + db.insert("stock_warehouse", fresh.select(columns)).height


def open_platform(spec: PlatformSpec) -> bool:
    """Make the platform unless it is there. Refuses one that is there with another currency."""
    platform, is_new = Platform.objects.using(OWNER).get_or_create(
        code=spec.code,
        defaults={
            "name": spec.name,
            "name_zh": spec.name_zh,
            "currency": spec.currency,
            "commission_bp": spec.commission_bp,
            "accent": spec.accent,
            "latitude": spec.latitude,
            "longitude": spec.longitude,
        },
    )
    if platform.currency != spec.currency:
        raise InvalidInput(
            f"the platform {spec.code} trades in {platform.currency}, this file in {spec.currency}: "
            "import it into a platform of its own (--platform)"
        )
    return is_new


def store_people(db: Database, people: pl.DataFrame, profiles: pl.DataFrame) -> int:
    """Sign up shoppers who cannot sign in, with their addresses and what is known of their households."""
    homes = platform_ids(db).select(
        pl.col("platform").alias("home"), pl.col("platform_id").alias("home_platform_id")
    )
    fresh = _unknown(db, people, "accounts_user", "external_ref").join(
        homes, on="home", how="left", maintain_order="left"
    )
    users = db.insert(
        "accounts_user",
        fresh.select(
            pl.lit("!imported").alias("password"),
            pl.lit(value=False).alias("is_superuser"),
            "username",
            pl.lit("").alias("first_name"),
            pl.lit("").alias("last_name"),
            (pl.col("username") + "@shoppers.example").alias("email"),
            pl.lit(value=False).alias("is_staff"),
            pl.lit(value=True).alias("is_active"),
            pl.col("joined_at").alias("date_joined"),
            "display_name",
            "language",
            pl.lit(value=True).alias("consents_to_personalisation"),
            "home_platform_id",
            pl.col("ref").alias("external_ref"),
        ),
    )
    lived = fresh.with_columns(user_id=users["id"]).filter(pl.col("street").is_not_null())
    rows = db.insert(
        "accounts_address",
        lived.select(
            "user_id",
            pl.col("display_name").alias("recipient"),
            *("street", "city", "postal_code", "country", "latitude", "longitude"),
        ),
    ).height
    known = profiles.join(
        users.select(pl.col("external_ref").alias("ref"), pl.col("id").alias("user_id")),
        on="ref",
        maintain_order="left",
    )
    rows += db.insert("importing_householdprofile", known.drop("ref")).height
    return users.height + rows


def store_catalogue(db: Database, catalogue: Catalogue) -> int:
    """List the goods: categories, merchants with their stores, products with one variant and offer, listings."""
    rows = _store_categories(db, catalogue.categories) + _store_merchants(db, catalogue)
    rows += _store_products(db, catalogue.products) + _store_listings(
        db, catalogue.listings, catalogue.products
    )
    return rows


def platform_ids(db: Database) -> pl.DataFrame:
    """Platforms by code. Columns: platform, platform_id, commission_bp, platform_currency."""
    schema = {
        "platform": pl.String,
        "platform_id": pl.Int64,
        "commission_bp": pl.Int64,
        "platform_currency": pl.String,
    }
    return db.read("select code, id, commission_bp, currency from accounts_platform", schema)


def refs(db: Database, table: str, column: str = "external_ref") -> pl.DataFrame:
    """The rows of a table that came from a source. Columns: id, ref."""
    return db.read(f"select id, {column} from {table} where {column} <> ''", _REF)  # noqa: S608 - our names


def merchant_refs(db: Database) -> pl.DataFrame:
    """Every merchant by its ref, ``merchant:ID`` if it came from no source. Columns: merchant_id, merchant_ref, slug."""
    return db.read(
        "select id, coalesce(external_ref, 'merchant:' || id), slug from merchants_merchant",
        {"merchant_id": pl.Int64, "merchant_ref": pl.String, "slug": pl.String},
    )


def offers_by_product(db: Database) -> pl.DataFrame:
    """The first offer of every product, ``product:ID`` if it came from no source.

    Columns: product_ref, product_id, offer_id, merchant_id, title, weight_g, category_id, category (in lower case)."""
    return db.read(
        "select distinct on (p.id) coalesce(p.external_ref, 'product:' || p.id), p.id, o.id, o.merchant_id, p.title, v.weight_g, c.id, lower(c.name)"
        " from catalogue_offer o join catalogue_variant v on v.id = o.variant_id"
        " join catalogue_product p on p.id = v.product_id join catalogue_category c on c.id = p.category_id"
        " order by p.id, o.id",
        {
            "product_ref": pl.String,
            "product_id": pl.Int64,
            "offer_id": pl.Int64,
            "merchant_id": pl.Int64,
            "title": pl.String,
            "weight_g": pl.Int64,
            "category_id": pl.Int64,
            "category": pl.String,
        },
    )


def listing_ids(db: Database) -> pl.DataFrame:
    """Columns: platform_id, offer_id, listing_id."""
    schema = {"platform_id": pl.Int64, "offer_id": pl.Int64, "listing_id": pl.Int64}
    return db.read("select platform_id, offer_id, id from catalogue_listing", schema)


def _unknown(db: Database, frame: pl.DataFrame, table: str, column: str) -> pl.DataFrame:
    return frame.join(refs(db, table, column), on="ref", how="anti", maintain_order="left")


def _store_categories(db: Database, categories: pl.DataFrame) -> int:
    """Write the tree from the top, because a branch names its parent's id."""
    rows = 0
    for level in (pl.col("parent_slug").is_null(), pl.col("parent_slug").is_not_null()):
        there = refs(db, "catalogue_category", "slug").rename({"ref": "slug"})
        fresh = categories.filter(level).join(
            there.select("slug"), on="slug", how="anti", maintain_order="left"
        )
        parents = there.rename({"slug": "parent_slug", "id": "parent_id"})
        fresh = fresh.join(parents, on="parent_slug", how="left", maintain_order="left").drop("parent_slug")
        rows += db.insert("catalogue_category", fresh).height
    return rows


def _store_merchants(db: Database, catalogue: Catalogue) -> int:
    platforms = platform_ids(db)
    homes = platforms.select(
        pl.col("platform").alias("home"), pl.col("platform_id").alias("home_platform_id")
    )
    fresh = _unknown(db, catalogue.merchants, "merchants_merchant", "external_ref")
    fresh = fresh.join(homes, on="home", how="left", maintain_order="left").with_columns(
        slug=_free_slugs(db, fresh)
    )
    rows = db.insert("merchants_merchant",
        fresh.select(
            "name", "slug", pl.lit("approved").alias("status"), "home_platform_id", "story", "joined_at",
            pl.col("ref").alias("external_ref"),
        ),
    ).height  # fmt: skip
    merchants = merchant_refs(db)
    stores = (
        catalogue.stores.join(merchants, on="merchant_ref", maintain_order="left")
        .join(platforms, on="platform", maintain_order="left")
        .select("platform_id", "merchant_id", pl.lit(value=True).alias("is_open"))
    )
    there = db.read(
        "select platform_id, merchant_id from merchants_store",
        {"platform_id": pl.Int64, "merchant_id": pl.Int64},
    )
    stores = stores.join(there, on=["platform_id", "merchant_id"], how="anti", maintain_order="left")
    return rows + db.insert("merchants_store", stores).height


def _free_slugs(db: Database, merchants: pl.DataFrame) -> pl.Series:
    """Number the slugs that somebody else has already."""
    taken = set(refs(db, "merchants_merchant", "slug")["ref"])
    chosen = []
    for slug in merchants["slug"].to_list():
        free, number = slug, 1
        while free in taken:
            number += 1
            free = f"{slug}-{number}"
        taken.add(free)
        chosen.append(free)
    return pl.Series("slug", chosen, pl.String)


def _store_products(db: Database, products: pl.DataFrame) -> int:
    categories = refs(db, "catalogue_category", "slug").rename({"id": "category_id", "ref": "category_slug"})
    merchants = merchant_refs(db)
    fresh = (
        _unknown(db, products, "catalogue_product", "external_ref")
        .join(categories, on="category_slug", how="left", maintain_order="left")
        .join(merchants, on="merchant_ref", how="left", maintain_order="left")
    )
    written = db.insert(
        "catalogue_product",
        fresh.select(
            *("title", "title_zh", "brand", "description", "category_id"),
            pl.lit("").alias("gtin"),
            pl.col("ref").alias("external_ref"),
            "created_at",
        ),
    )
    variants = db.insert(
        "catalogue_variant",
        fresh.with_columns(product_id=written["id"]).select("product_id", "sku", "label", "weight_g"),
    )
    offers = fresh.with_columns(variant_id=variants["id"]).select(
        *("merchant_id", "variant_id", "unit_cost", "pack_size", "lead_time_days", "created_at")
    )
    db.insert("catalogue_offer", offers)
    return 3 * written.height


def _store_listings(db: Database, listings: pl.DataFrame, products: pl.DataFrame) -> int:
    words = products.select(pl.col("ref").alias("product_ref"), "words")
    fresh = (
        listings.join(offers_by_product(db), on="product_ref", maintain_order="left")
        .join(platform_ids(db), on="platform", maintain_order="left")
        .join(listing_ids(db), on=["platform_id", "offer_id"], how="anti", maintain_order="left")
        .join(words, on="product_ref", how="left", maintain_order="left")
    )
    columns = (
        "platform_id", "offer_id", "merchant_id", "product_id", "category_id", "title", "price", "currency",
        "is_active", "listed_at", "words", "rating_sum", "rating_count", "sold_count",
    )  # fmt: skip
    return db.insert("catalogue_listing", fresh.select(columns)).height
