"""A week's purchases with what the generator adds to them: addresses, parcels, reviews, behaviour, allocations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl

from hansa.commerce.importing.generator import behaviour, browsing, parcels, reviews
from hansa.commerce.importing.history.purchases import WAITING, Purchases
from hansa.commerce.importing.history.resolving import Maps
from hansa.commerce.importing.history.storing import Period, Stored, store
from hansa.commerce.importing.history.world import World
from hansa.commerce.importing.loading.copying import Database

# What nobody has voted on, reported or held.
UNTOUCHED = {
    "state": pl.lit("published"),
    "hold": pl.lit(""),
    "helpful": pl.lit(0),
    "unhelpful": pl.lit(0),
    "helpful_rank": pl.lit(0.0),
}
_SCORES = """
insert into reviews_merchantscore as score (
  platform_id, merchant_id, product_sum, product_count, merchant_sum, merchant_count, delivery_sum, delivery_count
)
select platform_id, merchant_id, sum(stars), count(*), coalesce(sum(merchant_stars), 0), count(merchant_stars),
  coalesce(sum(delivery_stars), 0), count(delivery_stars)
from reviews_review where state in ('published', 'reported') group by 1, 2
on conflict (platform_id, merchant_id) do update set
  product_sum = excluded.product_sum, product_count = excluded.product_count,
  merchant_sum = excluded.merchant_sum, merchant_count = excluded.merchant_count,
  delivery_sum = excluded.delivery_sum, delivery_count = excluded.delivery_count
"""


def store_around(db: Database, made: Purchases, period: Period, world: World, maps: Maps) -> Stored:
    """Store purchases and all that hangs on them; answers them with the number of all rows written."""
    setting = world.setting
    sent = replace(made, groups=parcels.addressed(made.groups, maps.buyers, setting))
    stored = store(db, sent, period, maps.accounts)
    rows = stored.rows + _store_reviews(db, stored, world, maps)
    age = setting.data_ends - period.ends_at
    if age <= timedelta(weeks=setting.volumes.parcel_weeks):
        rows += _store_parcels(db, stored, world, maps) + _allocate(db, stored, world, maps)
    if age <= timedelta(weeks=setting.volumes.behaviour_weeks):
        rows += _store_behaviour(db, stored, world, maps)
    return replace(stored, rows=rows)


def _store_reviews(db: Database, stored: Stored, world: World, maps: Maps) -> int:
    languages = maps.buyers.select("buyer_id", "language")
    reviewed = (
        stored.lines.filter(pl.col("stars").is_not_null())
        .join(maps.listings, on=["platform_id", "offer_id"], maintain_order="left")
        .join(languages, on="buyer_id", maintain_order="left")
    )
    said = reviews.written(reviewed, seed=world.setting.seed, until=world.setting.data_ends)
    named = said.rename({"id": "line_id", "buyer_id": "author_id"})
    ids = ("platform_id", "line_id", "listing_id", "merchant_id", "author_id")
    kept = named.select(
        *ids,
        "stars",
        "delivery_stars",
        "text",
        "written_at",
        **UNTOUCHED,
        title=pl.lit(""),
        fingerprint=pl.lit(""),
    )
    db.run(
        "set local hansa.counts_itself = 'on'"
    )  # the listings came with their stars; `count_scores` does the rest
    return db.insert("reviews_review", kept).height


def count_scores(db: Database) -> int:
    """Sum up the ratings of each merchant; answers the scores written."""
    db.run(
        "lock table reviews_review in share row exclusive mode"
    )  # nobody rates between counting and writing
    db.run(_SCORES)
    return db.read("select count(*) from reviews_merchantscore", {"scores": pl.Int64}).item()  # type: ignore[no-any-return]


def _store_parcels(db: Database, stored: Stored, world: World, maps: Maps) -> int:
    weights = (
        stored.lines.join(maps.offers.select("offer_id", "weight_g"), on="offer_id", maintain_order="left")
        .group_by("group_id", maintain_order=True)
        .agg((pl.col("quantity") * pl.col("weight_g")).sum().alias("weight_g"))
    )
    made = db.with_ids(
        "delivery_shipment", parcels.shipments(stored.groups, weights, maps.centres, world.setting)
    )
    rows = db.copy("delivery_shipment", made.drop("failed_once"))
    return rows + db.insert("delivery_trackingevent", parcels.tracking(made)).height


def _allocate(db: Database, stored: Stored, world: World, maps: Maps) -> int:
    """Promise the goods of waiting purchases, whose levels were stocked for it, and log how they came to be paid."""
    waiting = stored.groups.filter(pl.col("parcel").is_in(WAITING)).select(
        "number", pl.col("id").alias("group_id")
    )
    wanted = stored.lines.filter(pl.col("quantity") > 0).join(waiting, on="group_id", maintain_order="left")
    schema = {"level_id": pl.Int64, "warehouse_id": pl.Int64, "offer_id": pl.Int64}
    levels = db.read("select id, warehouse_id, offer_id from stock_stocklevel", schema)
    promised = (
        wanted.join(maps.centres, on="platform_id", maintain_order="left")
        .rename({"centre_id": "warehouse_id"})
        .join(levels, on=["warehouse_id", "offer_id"], maintain_order="left")
        .select(
            "platform_id",
            "level_id",
            pl.col("number").alias("reference"),
            "quantity",
            pl.lit("allocated").alias("state"),
            (pl.col("placed_at") + pl.duration(minutes=10)).alias("expires_at"),
        )
    )
    rows = db.insert("stock_reservation", promised).height
    orders = stored.orders.join(waiting, on="group_id", how="semi", maintain_order="left")
    steps = pl.concat([_change(orders, "", "placed", 0), _change(orders, "placed", "paid", 4)])
    return rows + db.insert("orders_orderstatuschange", steps).height


def _change(orders: pl.DataFrame, old: str, new: str, after_s: int) -> pl.DataFrame:
    return orders.select(
        "platform_id",
        pl.col("id").alias("order_id"),
        pl.lit(old).alias("old"),
        pl.lit(new).alias("new"),
        pl.lit("import").alias("actor"),
        (pl.col("placed_at") + pl.duration(seconds=after_s)).alias("at"),
    )


def _store_behaviour(db: Database, stored: Stored, world: World, maps: Maps) -> int:
    seed, funnel = world.setting.seed, behaviour.Funnel()
    volumes, until = world.setting.volumes, world.setting.data_ends
    bought = (
        stored.lines.filter(~pl.col("is_void") & pl.col("buyer_id").is_not_null())
        .join(maps.listings, on=["platform_id", "offer_id"], maintain_order="left")
        .join(maps.offers.select("offer_id", "category_id", "category"), on="offer_id", maintain_order="left")
    )
    baskets = stored.groups.filter(pl.col("buyer_id").is_not_null())
    events = [
        behaviour.before_buying(bought, funnel, seed=seed),
        behaviour.in_passing(baskets, maps.popular, funnel, shown=volumes.seen_a_session, seed=seed),
        behaviour.ratings(bought.filter(pl.col("stars").is_not_null()), until=until),
        browsing.without_buying(
            bought,
            maps.shelves,
            browsing.Habits(),
            visits=volumes.visits_a_purchase,
            shown=volumes.shown_a_visit,
            until=until,
            seed=seed,
        ),
    ]
    return db.insert("behaviour_behaviourevent", behaviour.rows(pl.concat(events))).height
