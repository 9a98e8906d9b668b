"""A whole small world out of a seed, without any data: three platforms, twelve merchants, some weeks of purchases.

For tests and for machines without a data package. Pure; stored by the same path as every other history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from hansa.commerce.importing.generator import parcels, people, reviews
from hansa.commerce.importing.generator.settings import SMALL, Setting
from hansa.commerce.importing.generator.stock import DEMAND_WEEKS
from hansa.commerce.importing.history.purchases import WAITING
from hansa.commerce.importing.history.search_words import search_vectors
from hansa.commerce.importing.history.world import (
    CATEGORY,
    DRAWN,
    LINE,
    LISTING,
    MERCHANT,
    PLACE,
    PRODUCT,
    PROFILE,
    PROMOTION,
    STORE,
    Catalogue,
    Ground,
    Marketing,
    Week,
    World,
    empty,
)
from hansa.commerce.importing.platforms import HANSEATIC

NAME = "synthetic"
WEEKS, SHOPPERS, GOODS_A_HOUSE = 8, 40, 5
_USUAL_PRICE, _DEAREST = 900, 4_000

# category slug, parent slug, name, Chinese name, drawing, goods in both languages
_SHELVES: tuple[tuple[str, str, str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("tea", "food", "Tea", "茶", "tea", (
        ("Green Tea", "绿茶"), ("Black Tea", "红茶"), ("Oolong", "乌龙茶"), ("Chamomile", "洋甘菊茶"), ("Rose Tea", "玫瑰花茶"),
        ("Jasmine Tea", "茉莉花茶"), ("Mint Tea", "薄荷茶"), ("White Tea", "白茶"), ("Rooibos", "路易波士茶"), ("Chai", "印度奶茶"),
    )),
    ("bread", "food", "Bread", "面包", "bread", (
        ("Rye Bread", "黑麦面包"), ("Sourdough", "酸种面包"), ("Crispbread", "脆面包"), ("Brioche", "布里欧修"), ("Baguette", "法棍"),
        ("Oat Loaf", "燕麦面包"), ("Seed Rolls", "杂粮小面包"), ("Milk Bread", "牛奶吐司"), ("Flatbread", "薄饼"), ("Bagels", "贝果"),
    )),
    ("cheese", "food", "Cheese", "奶酪", "cheese", (
        ("Gouda", "高达奶酪"), ("Brown Cheese", "棕奶酪"), ("Blue Cheese", "蓝纹奶酪"), ("Goat Cheese", "山羊奶酪"), ("Feta", "菲达奶酪"),
        ("Cream Cheese", "奶油奶酪"), ("Cheddar", "切达奶酪"), ("Ricotta", "里科塔奶酪"), ("Havarti", "哈瓦蒂奶酪"), ("Brie", "布里奶酪"),
    )),
    ("fish", "food", "Fish", "鱼", "fish", (
        ("Smoked Salmon", "烟熏三文鱼"), ("Herring", "鲱鱼"), ("Cod", "鳕鱼"), ("Mackerel", "鲭鱼"), ("Sprats", "西鲱"),
        ("Shrimp", "虾仁"), ("Trout", "鳟鱼"), ("Roe", "鱼籽"), ("Mussels", "贻贝"), ("Eel", "鳗鱼"),
    )),
    ("candles", "home", "Candles", "蜡烛", "candle", (
        ("Beeswax Candle", "蜂蜡蜡烛"), ("Tea Lights", "茶蜡"), ("Pillar Candle", "柱形蜡烛"), ("Pine Candle", "松木香烛"), ("Lantern", "灯笼"),
        ("Taper Candles", "长烛"), ("Rose Candle", "玫瑰香烛"), ("Sea Candle", "海洋香烛"), ("Candle Jar", "杯烛"), ("Matches", "火柴"),
    )),
    ("soap", "home", "Soap", "香皂", "soap", (
        ("Olive Soap", "橄榄皂"), ("Birch Soap", "桦木皂"), ("Lavender Soap", "薰衣草皂"), ("Hand Soap", "洗手液"), ("Shampoo Bar", "洗发皂"),
        ("Oat Soap", "燕麦皂"), ("Tar Soap", "焦油皂"), ("Kelp Soap", "海藻皂"), ("Shaving Soap", "剃须皂"), ("Bath Salt", "浴盐"),
    )),
)  # fmt: skip
_ROOMS = (("food", "Food", "食品", "bowl"), ("home", "Home", "家居", "lamp"))
_HOUSES = (
    "Anker", "Birke", "Deich", "Eider", "Fähre", "Giebel", "Hafen", "Insel", "Kogge", "Leuchtturm", "Möwe", "Speicher",
)  # fmt: skip


def small_world(*, seed: int, as_of: date, weeks: int = WEEKS, shoppers: int = SHOPPERS) -> World:
    """Make the world up to the day before ``as_of``; the same seed and day make the same world."""
    ends = datetime.combine(as_of, time())
    setting = Setting(seed, SMALL, ends, ends)
    monday = ends - timedelta(days=ends.weekday() or 7, weeks=weeks - 1)
    goods = _goods(seed)
    bought = _lines(goods, shoppers, monday, setting)
    began = monday - timedelta(days=30)
    by_week = {number: frame for (number,), frame in bought.partition_by("week", as_dict=True).items()}
    return World(
        source=NAME,
        ground=Ground(HANSEATIC, _places(seed)),
        people=people.people(_shoppers(shoppers, began), HANSEATIC, seed=seed),
        profiles=empty(PROFILE),
        catalogue=_catalogue(goods, bought, began),
        marketing=_marketing(goods, ends),
        demand=_demand(bought, ends),
        spent=_spent(bought),
        setting=setting,
        weeks=tuple(
            Week(number, monday + timedelta(weeks=number - 1), by_week[number].height)
            for number in sorted(by_week)
        ),
        lines_of=lambda week: by_week[week.number].select(*LINE, *DRAWN),
    )


@dataclass(frozen=True)
class _Goods:
    """All goods, by number: row ``number`` of ``frame``; prices of each (platforms x goods) in minor units."""

    frame: pl.DataFrame
    prices: np.ndarray[tuple[int, int], np.dtype[np.int64]]


def _goods(seed: int) -> _Goods:
    rng = np.random.default_rng(seed)
    rows = [
        (number, house, slug, name, *_SHELVES[shelf][5][place])
        for shelf, (slug, _, name, *_) in enumerate(_SHELVES)
        for place in range(2 * GOODS_A_HOUSE)
        for number, house in [(shelf * 2 * GOODS_A_HOUSE + place, shelf * 2 + place // GOODS_A_HOUSE)]
    ]
    schema = ["number", "house", "category_slug", "category", "title", "title_zh"]
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        ref=pl.format("synthetic:good-{}", pl.col("number")),
        merchant_ref=pl.format("synthetic:house-{}", pl.col("house")),
    )
    usual = np.clip(rng.lognormal(np.log(_USUAL_PRICE), 0.5, frame.height), 150, _DEAREST)
    prices = np.round(usual * rng.uniform(0.95, 1.05, (len(HANSEATIC), frame.height)) / 10) * 10 - 1
    return _Goods(frame, prices.astype(np.int64))


def _lines(goods: _Goods, shoppers: int, monday: datetime, setting: Setting) -> pl.DataFrame:
    """Let every shopper buy about weekly: mostly at home, mostly on the two shelves they like."""
    rng = np.random.default_rng(setting.seed + 1)
    count = goods.frame.height
    fame = rng.lognormal(0.0, 0.8, count)
    days = (setting.data_ends - monday).days
    rows: list[tuple[object, ...]] = []
    basket = 0
    for shopper in range(shoppers):
        liked = rng.choice(len(_SHELVES), 2, replace=False)
        taste = fame * np.where(np.isin(np.arange(count) // (2 * GOODS_A_HOUSE), liked), 6.0, 1.0)
        day = float(rng.uniform(0, 6))
        while day < days:
            basket += 1
            platform = shopper % len(HANSEATIC) if rng.random() < 0.85 else int(rng.integers(len(HANSEATIC)))
            at = monday + timedelta(days=int(day), seconds=int(rng.integers(8 * 3600, 22 * 3600)))
            chosen = rng.choice(count, int(rng.integers(2, 8)), replace=False, p=taste / taste.sum())
            rows += [(basket, shopper, platform, at, int(good), int(rng.geometric(0.7))) for good in chosen]
            day += float(rng.gamma(3.0, 2.2))
    lines = pl.DataFrame(
        rows, schema=["basket_no", "shopper", "place", "placed_at", "number", "quantity"], orient="row"
    )
    return _decided(_priced(lines, goods, rng), goods, monday, setting)


def _priced(lines: pl.DataFrame, goods: _Goods, rng: np.random.Generator) -> pl.DataFrame:
    """Take a tenth off some lines; of some of those the platform pays."""
    price = goods.prices[lines["place"].to_numpy(), lines["number"].to_numpy()]
    cut = rng.random(lines.height)
    gross = pl.col("quantity") * pl.col("unit_price")
    tenth = (gross + 5) // 10
    return lines.with_columns(unit_price=pl.Series(price), cut=pl.Series(cut)).with_columns(
        discount=pl.when(pl.col("cut") < 0.15).then(tenth).otherwise(0),
        platform_discount=pl.when(pl.col("cut") < 0.05).then(tenth).otherwise(0),
        total=gross - pl.when(pl.col("cut") < 0.15).then(tenth).otherwise(0),
    )


def _decided(lines: pl.DataFrame, goods: _Goods, monday: datetime, setting: Setting) -> pl.DataFrame:
    codes = [spec.code for spec in HANSEATIC]
    place = pl.col("place").replace_strict(dict(enumerate(codes)), return_dtype=pl.String)
    named = lines.join(
        goods.frame.select("number", "house", "ref"), on="number", maintain_order="left"
    ).with_columns(
        pl.col("placed_at").cast(pl.Datetime("us")),
        pl.format("SYN-{}", pl.col("basket_no")).alias("basket"),
        place.alias("platform"),
        (pl.lit("synthetic:outlet-") + place).alias("outlet_ref"),
        pl.format("synthetic:shopper-{}", pl.col("shopper")).alias("buyer_ref"),
        pl.col("ref").alias("product_ref"),
        pl.lit(value=False).alias("is_void"),
        pl.lit(0, pl.Int64).alias("delivery_fee"),
        (pl.col("basket_no") * 1_000 + pl.col("number")).alias("line_key"),
        pl.col("basket_no").alias("basket_key"),
        pl.col("number").alias("product_key"),
        pl.col("house").alias("merchant_key"),
        ((pl.col("placed_at") - monday).dt.total_days() // 7 + 1).alias("week"),
    )
    is_near = pl.col("shopper") % len(HANSEATIC) == pl.col(
        "place"
    )  # who buys away from home collects it there
    sent = parcels.decide(named, setting, can_be_sent=is_near)
    rated = reviews.rate(sent, reviews.Shares(reviewed=0.3), seed=setting.seed)
    is_seen = ~pl.col("parcel").is_in(WAITING)
    return rated.with_columns(
        pl.when(is_seen).then(pl.col(name)).alias(name) for name in ("stars", "delivery_stars")
    )


def _shoppers(shoppers: int, began: datetime) -> pl.DataFrame:
    keys = list(range(shoppers))
    return pl.DataFrame({
        "key": keys,
        "ref": [f"synthetic:shopper-{key}" for key in keys],
        "username": [f"shopper-{key}" for key in keys],
        "home": [HANSEATIC[key % len(HANSEATIC)].code for key in keys],
    }).with_columns(joined_at=pl.lit(began, pl.Datetime("us")))  # fmt: skip


def _places(seed: int) -> pl.DataFrame:
    rows = []
    for spec in HANSEATIC:
        doors = people.doors(spec, 2, seed=seed + 1)
        for row, kind in enumerate(("centre", "outlet")):
            where = (doors["latitude"][row], doors["longitude"][row])
            rows.append(
                (f"synthetic:{kind}-{spec.code}", spec.code, f"{spec.name} {kind.title()}", kind, *where)
            )
    return pl.DataFrame(rows, schema=PLACE, orient="row")


def _catalogue(goods: _Goods, bought: pl.DataFrame, began: datetime) -> Catalogue:
    rooms = [(slug, None, name, name_zh, art) for slug, name, name_zh, art in _ROOMS]
    shelves = [(slug, parent, name, name_zh, art) for slug, parent, name, name_zh, art, _ in _SHELVES]
    houses = [
        (f"synthetic:house-{number}", f"Haus {name}", f"haus-{number}", HANSEATIC[number % 3].code, "", began)
        for number, name in enumerate(_HOUSES)
    ]
    stores = [(house[0], spec.code) for house in houses for spec in HANSEATIC]
    return Catalogue(
        merchants=pl.DataFrame(houses, schema=MERCHANT, orient="row"),
        stores=pl.DataFrame(stores, schema=STORE, orient="row"),
        categories=pl.DataFrame(rooms + shelves, schema=CATEGORY, orient="row"),
        products=_products(goods, began),
        listings=_listings(goods, bought, began),
    )


def _products(goods: _Goods, began: datetime) -> pl.DataFrame:
    usual = pl.Series(goods.prices.mean(axis=0).astype(np.int64))
    brand = pl.col("house").replace_strict(dict(enumerate(_HOUSES)), return_dtype=pl.String)
    frame = goods.frame.with_columns(brand=brand, usual=usual)
    return frame.select(
        "ref", "merchant_ref", "category_slug",
        (pl.col("brand") + " " + pl.col("title")).alias("title"),
        "title_zh", "brand",
        (pl.col("title") + " by Haus " + pl.col("brand") + ".").alias("description"),
        pl.format("SYN-{}", pl.col("number")).alias("sku"),
        pl.lit("").alias("label"),
        (150 + pl.col("number") * 37 % 850).cast(pl.Int64).alias("weight_g"),
        (pl.col("usual") * 6 // 10).clip(1).alias("unit_cost"),
        (pl.col("number") % 3 * 3 + 3).cast(pl.Int64).alias("pack_size"),
        (pl.col("number") % 5 + 1).cast(pl.Int64).alias("lead_time_days"),
        pl.lit(began, pl.Datetime("us")).alias("created_at"),
        search_vectors(frame.select("title", "title_zh", "brand", "category")).alias("words"),
    ).select(PRODUCT.keys())  # fmt: skip


def _listings(goods: _Goods, bought: pl.DataFrame, began: datetime) -> pl.DataFrame:
    sold = bought.group_by("platform", "product_ref").agg(
        pl.col("quantity").sum().alias("sold_count"),
        pl.col("stars").sum().cast(pl.Int64).alias("rating_sum"),
        pl.col("stars").count().cast(pl.Int64).alias("rating_count"),
    )
    listed = [
        goods.frame.select(
            pl.lit(spec.code).alias("platform"),
            pl.col("ref").alias("product_ref"),
            pl.Series("price", goods.prices[place]),
            pl.lit(spec.currency).alias("currency"),
            pl.lit(value=True).alias("is_active"),
            pl.lit(began, pl.Datetime("us")).alias("listed_at"),
        )
        for place, spec in enumerate(HANSEATIC)
    ]
    joined = pl.concat(listed).join(sold, on=["platform", "product_ref"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("rating_sum", "rating_count", "sold_count").fill_null(0)).select(
        LISTING.keys()
    )


def _marketing(goods: _Goods, ends: datetime) -> Marketing:
    """A welcome coupon of every platform, which the platform pays, and one price cut of each house."""
    span = (ends - timedelta(weeks=2), ends + timedelta(weeks=4))
    welcome = [(spec.code, "synthetic:welcome", "Welcome", None, 1_000, *span) for spec in HANSEATIC]
    cuts = [
        (
            HANSEATIC[house % 3].code,
            f"synthetic:cut-{house}",
            f"Week of Haus {name}",
            f"synthetic:house-{house}",
            1_500,
            *span,
        )
        for house, name in enumerate(_HOUSES)
    ]
    coupons = [(spec.code, "synthetic:welcome", "WELCOME", 0, 1_000, 1) for spec in HANSEATIC]
    all_goods = [(spec.code, "synthetic:welcome", ref) for spec in HANSEATIC for ref in goods.frame["ref"]]
    first_goods = [
        (HANSEATIC[house % 3].code, f"synthetic:cut-{house}", f"synthetic:good-{house * GOODS_A_HOUSE}")
        for house in range(len(_HOUSES))
    ]
    campaigns = [(spec.code, "synthetic:welcome", "Welcome to " + spec.name, *span) for spec in HANSEATIC]
    covered = {"platform": pl.String, "promotion_ref": pl.String, "product_ref": pl.String}
    times = {"starts_at": pl.Datetime("us"), "ends_at": pl.Datetime("us")}
    return Marketing(
        campaigns=pl.DataFrame(
            campaigns,
            schema={"platform": pl.String, "campaign_ref": pl.String, "name": pl.String, **times},
            orient="row",
        ),
        recipients=pl.DataFrame(
            schema={"platform": pl.String, "campaign_ref": pl.String, "buyer_ref": pl.String}
        ),
        coupon_promotions=pl.DataFrame(welcome, schema=PROMOTION, orient="row"),
        coupon_goods=pl.DataFrame(all_goods, schema=covered, orient="row"),
        coupons=pl.DataFrame(
            coupons,
            schema=["platform", "promotion_ref", "code", "uses", "most_uses", "most_per_buyer"],
            orient="row",
        ),
        redemptions=pl.DataFrame(
            schema={
                "platform": pl.String,
                "code": pl.String,
                "buyer_ref": pl.String,
                "basket": pl.String,
                "redeemed_at": pl.Datetime("us"),
            }
        ),
        cuts=pl.DataFrame(cuts, schema=PROMOTION, orient="row"),
        cut_goods=pl.DataFrame(first_goods, schema=covered, orient="row"),
    )


def _demand(bought: pl.DataFrame, ends: datetime) -> pl.DataFrame:
    since = ends - timedelta(weeks=DEMAND_WEEKS)
    return bought.group_by("platform", "product_ref", "product_key").agg(
        pl.col("quantity").filter(pl.col("placed_at") >= since).sum().alias("recent"),
        pl.col("quantity").filter(pl.col("parcel").is_in(WAITING)).sum().alias("promised"),
    )


def _spent(bought: pl.DataFrame) -> pl.DataFrame:
    return bought.group_by(
        "buyer_ref", pl.format("synthetic:house-{}", pl.col("house")).alias("merchant_ref")
    ).agg(
        pl.col("shopper").first().alias("buyer_key"),
        pl.col("house").first().alias("merchant_key"),
        pl.col("total").sum(),
        pl.col("placed_at").min().alias("first_at"),
    )
