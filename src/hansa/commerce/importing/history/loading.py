"""Storing a world: first what it stands on, then week by week, each chunk once and whole."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import polars as pl

from hansa.commerce.importing.generator import fleet, followers, stock
from hansa.commerce.importing.history import foundations, marketing, resolving
from hansa.commerce.importing.history.around import count_scores, store_around
from hansa.commerce.importing.history.purchases import shape
from hansa.commerce.importing.history.resolving import Maps
from hansa.commerce.importing.history.storing import Period, open_accounts
from hansa.commerce.importing.history.world import Week, World
from hansa.commerce.importing.loading.copying import Database
from hansa.commerce.importing.loading.tasks import Outcome, Run, Task

UNPAID_WEEKS = 2  # the money of the last weeks is still owed to the merchants
# Written to for each line or purchase: these are the tables whose indexes a first load does without.
BULKY = (
    "orders_ordergroup",
    "orders_order",
    "orders_orderline",
    "payments_payment",
    "ledger_ledgerentry",
    "reviews_review",
    "behaviour_behaviourevent",
    "catalogue_product",
    "catalogue_variant",
    "catalogue_offer",
    "catalogue_listing",
    "stock_stocklevel",
    "stock_stockmovement",
    "promotions_promotedoffer",
    "merchants_store",
)


def store_world(world: World, run: Run) -> Outcome:
    """Store all chunks of the world that are not in the database yet."""
    stood = run.in_order(_foundations(world))
    maps = resolving.read_maps(run.db)
    weeks = [
        Task(week.name, partial(_store_week, world=world, maps=maps, week=week), week.lines)
        for week in world.weeks
    ]
    sold = run.side_by_side(weeks, step="purchases")
    return stood + sold + run.in_order([Task("merchants-scores", count_scores)])


def _foundations(world: World) -> list[Task]:
    return [
        Task("platforms-and-places", lambda db: foundations.store_ground(db, world.ground)),
        Task("people", lambda db: foundations.store_people(db, world.people, world.profiles)),
        Task("catalogue", lambda db: foundations.store_catalogue(db, world.catalogue) + open_accounts(db)),
        Task("marketing", lambda db: _store_marketing(db, world)),
        Task("stock-and-fleet", lambda db: _store_stock(db, world)),
        Task("follows", lambda db: _store_follows(db, world)),
    ]


def _store_marketing(db: Database, world: World) -> int:
    made = world.marketing
    rows = marketing.store_campaigns(db, made.campaigns, made.recipients)
    known, written = marketing.store_promotions(
        db, made.coupon_promotions, made.coupon_goods, needs_coupon=True
    )
    rows += written + marketing.store_coupons(db, known, made.coupons, made.redemptions)
    return rows + marketing.store_promotions(db, made.cuts, made.cut_goods, needs_coupon=False)[1]


def _store_stock(db: Database, world: World) -> int:
    """Fill the centres with what is listed or promised there, and give them their vehicles."""
    maps = resolving.read_maps(db)
    listed = world.catalogue.listings.select("platform", "product_ref")
    packs = world.catalogue.products.select(pl.col("ref").alias("product_ref"), "pack_size")
    goods = (
        pl.concat([listed, world.demand.filter(pl.col("promised") > 0).select("platform", "product_ref")])
        .unique(maintain_order=True)
        .join(world.demand, on=["platform", "product_ref"], how="left", maintain_order="left")
        .join(maps.platforms, on="platform", maintain_order="left")
        .join(maps.offers, on="product_ref", maintain_order="left")
        .join(maps.centres, on="platform_id", maintain_order="left")
        .join(packs, on="product_ref", how="left", maintain_order="left")
        .with_columns(
            pl.col("recent", "promised").fill_null(0), pl.col("product_key").fill_null(pl.col("product_id"))
        )
    )
    levels = db.insert("stock_stocklevel", stock.levels(goods, seed=world.setting.seed))
    opening = levels.filter(pl.col("on_hand") > 0).select(
        "platform_id",
        pl.col("id").alias("level_id"),
        pl.col("on_hand").alias("quantity"),
        pl.lit("opening").alias("reason"),
        pl.lit(world.source).alias("reference"),
        pl.lit(world.setting.stocked_at, pl.Datetime("us")).alias("moved_at"),
    )
    rows = levels.height + db.insert("stock_stockmovement", opening).height
    own = maps.centres.join(goods.select("platform_id").unique(), on="platform_id", how="semi").sort(
        "platform_id"
    )
    return rows + db.insert("delivery_vehicle", fleet.vehicles(own, seed=world.setting.seed)).height


def _store_follows(db: Database, world: World) -> int:
    chosen = followers.follows(
        world.spent, a_person=world.setting.volumes.follows_a_person, seed=world.setting.seed
    )
    people = foundations.refs(db, "accounts_user").rename({"id": "user_id", "ref": "buyer_ref"})
    houses = foundations.refs(db, "merchants_merchant").rename({"id": "merchant_id", "ref": "merchant_ref"})
    known = chosen.join(people, on="buyer_ref", maintain_order="left").join(
        houses, on="merchant_ref", maintain_order="left"
    )
    return db.insert("behaviour_follow", known.select("user_id", "merchant_id", "since")).height


def _store_week(db: Database, *, world: World, maps: Maps, week: Week) -> int:
    made = shape(resolving.resolve(world.lines_of(week), maps))
    is_paid_out = week.ends_at <= world.setting.data_ends - timedelta(weeks=UNPAID_WEEKS)
    period = Period(
        reference=f"{world.source}:{week.name}",
        ends_at=week.ends_at - timedelta(seconds=1),
        paid_out_at=week.ends_at + timedelta(days=2, hours=9) if is_paid_out else None,
    )
    return store_around(db, made, period, world, maps).rows
