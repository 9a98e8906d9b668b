"""What a search costs at 100,000 listings: latency by kind of question, CPU, statements.

Runs on a throwaway cluster of its own. Goods are made by a seed: Zipf-like words in both languages, 300 shelves,
400 merchants, 1,500 brands, two attributes. Wall times depend on the machine; counts and CPU are what to compare.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

LISTINGS = 100_000
ASKED = 600
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENGLISH = [
    "milk",
    "tea",
    "coffee",
    "bread",
    "butter",
    "cheese",
    "yoghurt",
    "rice",
    "noodles",
    "pasta",
    "oil",
    "vinegar",
    "salt",
    "sugar",
    "honey",
    "jam",
    "juice",
    "water",
    "beer",
    "wine",
    "chocolate",
    "biscuits",
    "crackers",
    "nuts",
    "almonds",
    "raisins",
    "apples",
    "bananas",
    "oranges",
    "grapes",
    "carrots",
    "potatoes",
    "onions",
    "tomatoes",
    "beans",
    "lentils",
    "chicken",
    "beef",
    "pork",
    "salmon",
    "tuna",
    "shrimp",
    "eggs",
    "flour",
    "cereal",
    "oats",
    "soap",
    "shampoo",
    "toothpaste",
    "detergent",
    "tissues",
    "candles",
    "lamp",
    "kettle",
    "teapot",
    "cup",
    "plate",
    "bowl",
    "knife",
    "spoon",
    "towel",
    "pillow",
    "blanket",
    "basket",
    "brush",
    "broom",
    "notebook",
    "pencil",
    "envelope",
    "scissors",
    "hammer",
    "screws",
    "paint",
    "ladder",
    "bicycle",
    "helmet",
    "gloves",
    "scarf",
    "jacket",
    "trousers",
    "socks",
    "shoes",
    "umbrella",
    "backpack",
    "camera",
    "battery",
    "charger",
    "cable",
    "speaker",
    "keyboard",
]
KINDS = [
    "organic",
    "fresh",
    "whole",
    "dried",
    "frozen",
    "smoked",
    "roasted",
    "salted",
    "sweet",
    "dark",
    "white",
    "green",
    "red",
    "black",
    "golden",
    "small",
    "large",
    "family",
    "classic",
    "premium",
    "light",
    "strong",
    "mild",
    "spicy",
    "natural",
    "pure",
    "handmade",
    "traditional",
    "nordic",
    "baltic",
    "imperial",
    "garden",
    "mountain",
    "river",
    "winter",
    "summer",
]
CHINESE = [
    "牛奶",
    "绿茶",
    "咖啡",
    "面包",
    "黄油",
    "奶酪",
    "酸奶",
    "大米",
    "面条",
    "食用油",
    "香醋",
    "食盐",
    "白糖",
    "蜂蜜",
    "果酱",
    "果汁",
    "矿泉水",
    "啤酒",
    "红酒",
    "巧克力",
    "饼干",
    "坚果",
    "杏仁",
    "葡萄干",
    "苹果",
    "香蕉",
    "橙子",
    "葡萄",
    "胡萝卜",
    "土豆",
    "洋葱",
    "番茄",
    "黄豆",
    "鸡肉",
    "牛肉",
    "猪肉",
    "三文鱼",
    "虾仁",
    "鸡蛋",
    "面粉",
    "燕麦",
    "肥皂",
    "洗发水",
    "牙膏",
    "洗衣液",
    "纸巾",
    "蜡烛",
    "台灯",
    "水壶",
    "茶壶",
    "杯子",
    "盘子",
    "毛巾",
    "枕头",
    "毯子",
    "笔记本",
    "铅笔",
    "剪刀",
    "锤子",
    "油漆",
    "自行车",
    "手套",
    "围巾",
    "外套",
    "袜子",
    "雨伞",
    "背包",
    "相机",
    "电池",
]
KINDS_ZH = [
    "有机",
    "新鲜",
    "全麦",
    "冷冻",
    "烟熏",
    "无糖",
    "家庭装",
    "经典",
    "高级",
    "天然",
    "手工",
    "传统",
    "大号",
    "小号",
    "冬季",
    "夏季",
]
PINYIN = [
    "niunai",
    "lvcha",
    "kafei",
    "mianbao",
    "huangyou",
    "suannai",
    "dami",
    "mianjian",
    "fengmi",
    "chahu",
    "maojin",
]


def run(*, seed: int) -> dict[str, Any]:
    """Build the shop, ask, and report."""
    from hansa.foundation import postgres

    with postgres.throwaway() as url:
        os.environ["DATABASE_URL"] = str(url)
        return _measure(random.Random(seed))


def _measure(chance: random.Random) -> dict[str, Any]:
    from hansa.cli import runtime

    runtime.with_django()
    runtime.migrate()
    from django.db import connection, connections
    from django.test.utils import CaptureQueriesContext

    from hansa.commerce.catalogue import selectors
    from hansa.foundation import tenancy

    start = time.perf_counter()
    platform_id = _fill(chance)
    filled = time.perf_counter() - start
    questions = _questions(chance, platform_id)
    for _, question in questions[:40]:
        with tenancy.as_platform(platform_id):
            selectors.find(question)
    times: dict[str, list[float]] = {}
    found_something = 0
    cpu, database_cpu = _cpu(), _database_cpu(connection)
    for kind, question in questions:
        before = time.perf_counter()
        with tenancy.as_platform(platform_id):
            found = selectors.find(question)
        times.setdefault(kind, []).append(1_000 * (time.perf_counter() - before))
        found_something += bool(found.listings)
    cpu, database_cpu = _cpu() - cpu, _database_cpu(connection) - database_cpu
    with tenancy.as_platform(platform_id), CaptureQueriesContext(connection) as statements:
        selectors.find(questions[0][1])
    before = time.perf_counter()
    with tenancy.as_platform(platform_id):
        for text in ENGLISH[:50]:
            selectors.suggest(platform_id=platform_id, text=text[:4])
    suggesting = (time.perf_counter() - before) / 50
    every = [one for own in times.values() for one in own]
    for each in connections.all(initialized_only=True):
        each.close()
        each.close_pool()
    return {
        "listings": LISTINGS,
        "seconds_to_fill": round(filled, 1),
        "questions": len(every),
        "found_something": found_something,
        "p50_ms": round(statistics.median(every), 1),
        "p99_ms": round(_percentile(every, 99), 1),
        "worst_ms": round(max(every), 1),
        "by_kind_ms": {
            kind: {"p50": round(statistics.median(own), 1), "p99": round(_percentile(own, 99), 1)}
            for kind, own in times.items()
        },
        "cpu_ms_per_question": round(1_000 * (cpu + database_cpu) / len(every), 2),
        "of_which_database": round(1_000 * database_cpu / len(every), 2),
        "statements_per_question": len(statements),
        "suggestion_ms": round(1_000 * suggesting, 1),
        "peer": None,
    }


def _fill(chance: random.Random) -> int:
    """Make the shop; answers the platform's id."""
    from hansa.commerce.accounts.models import Platform
    from hansa.commerce.catalogue import words
    from hansa.commerce.catalogue.models import (
        Attribute,
        AttributeValue,
        Category,
        Listing,
        Offer,
        Product,
        Variant,
        VariantValue,
    )
    from hansa.commerce.catalogue.services import note_availability
    from hansa.commerce.merchants.models import Merchant
    from hansa.foundation import tenancy

    platform = Platform.objects.create(
        code="bench", name="Bench", name_zh="试", currency="EUR", commission_bp=1_000, latitude=0, longitude=0
    )
    merchants = Merchant.objects.bulk_create(
        Merchant(
            name=f"House {n}", slug=f"house-{n}", status="approved", home_platform=platform, joined_at=NOON
        )
        for n in range(400)
    )
    tops = Category.objects.bulk_create(
        Category(slug=f"top-{n}", name=f"Hall {n}", name_zh=f"馆{n}") for n in range(20)
    )
    shelves = Category.objects.bulk_create(
        Category(slug=f"shelf-{n}", name=f"Shelf {n}", name_zh=f"架{n}", parent=tops[n % 20])
        for n in range(280)
    )
    size = Attribute.objects.create(code="size", name="Size", name_zh="尺寸", is_axis=True)
    colour = Attribute.objects.create(code="colour", name="Colour", name_zh="颜色", is_axis=True)
    sizes = AttributeValue.objects.bulk_create(
        AttributeValue(attribute=size, text=text) for text in ("S", "M", "L", "XL")
    )
    colours = AttributeValue.objects.bulk_create(
        AttributeValue(attribute=colour, text=text) for text in ("red", "blue", "green", "black", "white")
    )
    in_stock: list[int] = []
    for first in range(0, LISTINGS, 10_000):
        numbers = range(first, first + 10_000)
        products = Product.objects.bulk_create(
            Product(
                title=f"{_pick(chance, KINDS)} {_pick(chance, KINDS)} {_pick(chance, ENGLISH)} {n % 977}".title(),
                title_zh=f"{_pick(chance, KINDS_ZH)}{_pick(chance, CHINESE)}",
                brand=f"Brand{_zipf(chance, 1_500)}",
                category=shelves[_zipf(chance, 280)],
                created_at=NOON,
            )
            for n in numbers
        )
        variants = Variant.objects.bulk_create(
            Variant(product=product, sku=f"B-{n}") for n, product in zip(numbers, products, strict=True)
        )
        values = []
        for variant in variants:
            values.append(VariantValue(variant=variant, attribute=size, value=chance.choice(sizes)))
            values.append(VariantValue(variant=variant, attribute=colour, value=chance.choice(colours)))
        VariantValue.objects.bulk_create(values)
        offers = Offer.objects.bulk_create(
            Offer(merchant=merchants[_zipf(chance, 400)], variant=variant, unit_cost=100, created_at=NOON)
            for variant in variants
        )
        in_stock += [offer.pk for offer in offers if chance.random() < 0.9]
        with tenancy.as_platform(platform.pk):
            Listing.objects.bulk_create(
                Listing(
                    platform=platform,
                    offer=offer,
                    merchant=offer.merchant,
                    product=product,
                    category=product.category,
                    title=product.title,
                    price=int(100 * chance.lognormvariate(2.2, 1.0)) + 10,
                    currency="EUR",
                    listed_at=NOON - timedelta(minutes=chance.randrange(500_000)),
                    rating_sum=(stars := chance.choice((0, 3, 4, 4, 5))),
                    rating_count=int(stars > 0),
                    sold_count=int(chance.paretovariate(1.1)),
                    words=words.vector((product.title, product.title_zh), (product.brand,)),
                )
                for offer, product in zip(offers, products, strict=True)
            )
    with tenancy.as_platform(platform.pk):
        note_availability(platform_id=platform.pk, in_stock=in_stock)
    _analyze()
    return platform.pk


def _analyze() -> None:
    from django.db import connections

    from hansa.foundation.database_roles import OWNER

    with connections[OWNER].cursor() as cursor:
        cursor.execute("vacuum analyze")


def _questions(chance: random.Random, platform_id: int) -> list[tuple[str, Any]]:
    from hansa.commerce.catalogue.models import AttributeValue, Brand, Category
    from hansa.commerce.catalogue.search.port import Order, Question
    from hansa.commerce.merchants.models import Merchant

    tops = list(Category.objects.filter(parent=None))
    shelves = list(Category.objects.exclude(parent=None))
    merchants = list(Merchant.objects.all())
    brands = list(Brand.objects.all())
    values = list(AttributeValue.objects.all())
    orders = list(Order)
    makers: dict[str, Any] = {
        "english": lambda: {"text": f"{_pick(chance, KINDS)} {_pick(chance, ENGLISH)}"},
        "one word": lambda: {"text": _pick(chance, ENGLISH)},
        "chinese": lambda: {"text": _pick(chance, KINDS_ZH) + _pick(chance, CHINESE)},
        "pinyin": lambda: {"text": chance.choice(PINYIN)},
        "typo": lambda: {"text": _mistyped(chance, _pick(chance, [w for w in ENGLISH if len(w) > 4]))},
        "beginning": lambda: {"text": _pick(chance, ENGLISH)[:3]},
        "browse": lambda: {"within_category": chance.choice(tops).pk},
        "narrowed": lambda: {
            "text": _pick(chance, ENGLISH),
            "categories": (chance.choice(shelves).pk, chance.choice(tops).pk),
            "bands": (2, 3),
            "in_stock": True,
        },
        "narrowed browse": lambda: {
            "merchants": (chance.choice(merchants[:40]).pk,),
            "brands": tuple(brand.pk for brand in chance.sample(brands, 3)),
            "stars_from": 4,
        },
        "attributes": lambda: {
            "text": _pick(chance, KINDS),
            "attributes": ((values[0].attribute_id, (values[0].pk, values[1].pk)),),
        },
        "everything": dict,
        "page 5": lambda: {"text": _pick(chance, KINDS), "offset": 96},
    }
    found = []
    for n in range(ASKED):
        kind = list(makers)[n % len(makers)]
        order = chance.choice(orders) if chance.random() < 0.3 else Order.RELEVANCE
        found.append((kind, Question(platform_id=platform_id, order=order, **makers[kind]())))
    return found


def _zipf(chance: random.Random, size: int) -> int:
    return min(size - 1, int(size * chance.random() ** 2.5))


def _pick(chance: random.Random, words: list[str]) -> str:
    return words[_zipf(chance, len(words))]


def _mistyped(chance: random.Random, word: str) -> str:
    place = chance.randrange(1, len(word) - 1)
    return chance.choice((
        word[:place] + word[place + 1 :],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        word[:place] + "x" + word[place + 1 :],
    ))  # fmt: skip


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else values[0]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _database_cpu(connection: Any) -> float:
    """CPU of the one server process that answers us."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        used = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return float(used.user + used.system)
