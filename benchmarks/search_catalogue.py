"""The shop that the search benchmark asks: 100,000 goods made by a seed, and the questions put to it.

Zipf-like words in both languages, 300 shelves, 400 merchants, 1,500 brands, two attributes. Imported once Django
is set up.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections

from hansa.commerce.accounts.models import Platform
from hansa.commerce.catalogue import words
from hansa.commerce.catalogue.models import (
    Attribute,
    AttributeValue,
    Brand,
    Category,
    Listing,
    Offer,
    Product,
    Variant,
    VariantValue,
)
from hansa.commerce.catalogue.search.port import Order, Question
from hansa.commerce.catalogue.services import note_availability
from hansa.commerce.merchants.models import Merchant
from hansa.foundation import tenancy
from hansa.foundation.database_roles import OWNER

LISTINGS = 100_000
ASKED = 600
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _words(text: str) -> list[str]:
    return text.split()


ENGLISH = _words("""
milk tea coffee bread butter cheese yoghurt rice noodles pasta oil vinegar salt sugar honey jam
juice water beer wine chocolate biscuits crackers nuts almonds raisins apples bananas oranges grapes
carrots potatoes onions tomatoes beans lentils chicken beef pork salmon tuna shrimp eggs flour
cereal oats soap shampoo toothpaste detergent tissues candles lamp kettle teapot cup plate bowl
knife spoon towel pillow blanket basket brush broom notebook pencil envelope scissors hammer screws
paint ladder bicycle helmet gloves scarf jacket trousers socks shoes umbrella backpack camera
battery charger cable speaker keyboard
""")
KINDS = _words("""
organic fresh whole dried frozen smoked roasted salted sweet dark white green red black golden small
large family classic premium light strong mild spicy natural pure handmade traditional nordic baltic
imperial garden mountain river winter summer
""")
CHINESE = _words("""
牛奶 绿茶 咖啡 面包 黄油 奶酪 酸奶 大米 面条 食用油 香醋 食盐 白糖 蜂蜜 果酱 果汁
矿泉水 啤酒 红酒 巧克力 饼干 坚果 杏仁 葡萄干 苹果 香蕉 橙子 葡萄 胡萝卜 土豆 洋葱
番茄 黄豆 鸡肉 牛肉 猪肉 三文鱼 虾仁 鸡蛋 面粉 燕麦 肥皂 洗发水 牙膏 洗衣液 纸巾 蜡烛
台灯 水壶 茶壶 杯子 盘子 毛巾 枕头 毯子 笔记本 铅笔 剪刀 锤子 油漆 自行车 手套 围巾
外套 袜子 雨伞 背包 相机 电池
""")
KINDS_ZH = _words("""
有机 新鲜 全麦 冷冻 烟熏 无糖 家庭装 经典 高级 天然 手工 传统 大号 小号 冬季 夏季
""")
PINYIN = _words("""
niunai lvcha kafei mianbao huangyou suannai dami miantiao fengmi chahu maojin
""")


@dataclass(frozen=True)
class _Frame:
    """What the goods hang in."""

    platform: Platform
    merchants: list[Merchant]
    shelves: list[Category]
    sizes: list[AttributeValue]
    colours: list[AttributeValue]


def fill(chance: random.Random) -> int:
    """Make the shop; answers the platform's id."""
    frame = _frame()
    in_stock: list[int] = []
    for first in range(0, LISTINGS, 10_000):
        offers = _goods(chance, frame, range(first, first + 10_000))
        in_stock += [offer.pk for offer in offers if chance.random() < 0.9]
        with tenancy.as_platform(frame.platform.pk):
            Listing.objects.bulk_create(_listing(chance, frame.platform, offer) for offer in offers)
    with tenancy.as_platform(frame.platform.pk):
        note_availability(platform_id=frame.platform.pk, in_stock=in_stock)
    with connections[OWNER].cursor() as cursor:
        cursor.execute("vacuum analyze")
    return frame.platform.pk


def _frame() -> _Frame:
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
    return _Frame(
        platform,
        merchants,
        shelves,
        _axis("size", "Size", "尺寸", ("S", "M", "L", "XL")),
        _axis("colour", "Colour", "颜色", ("red", "blue", "green", "black", "white")),
    )


def _axis(code: str, name: str, name_zh: str, values: Sequence[str]) -> list[AttributeValue]:
    attribute = Attribute.objects.create(code=code, name=name, name_zh=name_zh, is_axis=True)
    return AttributeValue.objects.bulk_create(
        AttributeValue(attribute=attribute, text=text) for text in values
    )


def _goods(chance: random.Random, frame: _Frame, numbers: Sequence[int]) -> list[Offer]:
    products = Product.objects.bulk_create(
        Product(
            title=f"{_pick(chance, KINDS)} {_pick(chance, KINDS)} {_pick(chance, ENGLISH)} {n % 977}".title(),
            title_zh=f"{_pick(chance, KINDS_ZH)}{_pick(chance, CHINESE)}",
            brand=f"Brand{_zipf(chance, 1_500)}",
            category=frame.shelves[_zipf(chance, 280)],
            created_at=NOON,
        )
        for n in numbers
    )
    variants = Variant.objects.bulk_create(
        Variant(product=product, sku=f"B-{n}") for n, product in zip(numbers, products, strict=True)
    )
    VariantValue.objects.bulk_create(
        VariantValue(variant=variant, attribute_id=values[0].attribute_id, value=chance.choice(values))
        for variant in variants
        for values in (frame.sizes, frame.colours)
    )
    return Offer.objects.bulk_create(
        Offer(merchant=frame.merchants[_zipf(chance, 400)], variant=variant, unit_cost=100, created_at=NOON)
        for variant in variants
    )


def _listing(chance: random.Random, platform: Platform, offer: Offer) -> Listing:
    product = offer.variant.product
    stars = chance.choice((0, 3, 4, 4, 5))
    return Listing(
        platform=platform,
        offer=offer,
        merchant=offer.merchant,
        product=product,
        category=product.category,
        title=product.title,
        price=int(100 * chance.lognormvariate(2.2, 1.0)) + 10,
        currency="EUR",
        listed_at=NOON - timedelta(minutes=chance.randrange(500_000)),
        rating_sum=stars,
        rating_count=int(stars > 0),
        sold_count=int(chance.paretovariate(1.1)),
        words=words.vector((product.title, product.title_zh), (product.brand,)),
    )


def questions(chance: random.Random, platform_id: int) -> list[tuple[str, Question]]:
    """What is asked, in turn of each kind: its name and the question."""
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
