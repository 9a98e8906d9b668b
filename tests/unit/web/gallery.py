"""One of everything: the context of the style guide, made up, so that every component is rendered at least once."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.utils.functional import lazystr

from hansa.web import charts
from hansa.web.cards import Card

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WEEKS = [f"W{week}" for week in range(1, 27)]
AHEAD = [f"W{week}" for week in range(27, 35)]


class AddressForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80)
    street = forms.CharField(label="Street", help_text="House number too")
    email = forms.EmailField(label="E-mail", required=False)
    country = forms.ChoiceField(label="Country", choices=[("DE", "Germany"), ("CN", "中国")])
    remember = forms.BooleanField(label="Remember this address", required=False)


def context(*, chinese: bool = False) -> dict[str, Any]:
    """Make the whole context; with ``chinese`` the goods and merchants have Chinese names."""
    form = AddressForm({"name": "Alia", "street": "", "email": "alia", "country": "CN"})
    form.is_valid()
    return {
        "frame": frame(chinese=chinese),
        "cart_count": 3,
        "trail": [("Hansa", "/"), ("Groceries", "/g"), ("Milk", "")],
        "products": products(chinese=chinese),
        "spark": [3, 4, 4, 5, 7, 6, 8, 9, 11, 10, 13],
        "spark_down": [13, 12, 12, 9, 10, 8, 8, 7, 5],
        "fan": fan(),
        "lines": lines(),
        "columns": columns(),
        "funnel": charts.funnel(
            "Views to purchases", [("Seen", 48210), ("Viewed", 9120), ("In the cart", 2210), ("Bought", 1390)]
        ),
        "map": route_map(),
        "steps": steps(),
        "orders": orders(),
        "page": Paginator(range(400), 20).page(7),
        "form": form,
        "options": [("price", "Lowest price"), ("stars", "Best rated")],
        "brands": ["Kroger", "Möller & Sohn", "老干妈", "Bo's Dairy", "Cy", "3 Ähren"],
        "stops": ["Alia Sandoval, Water Street 4", "Bo Lindqvist, Salt Lane 12", "Cy Petersen, Harbour 1"],
    }


def frame(*, chinese: bool = False) -> dict[str, Any]:
    return {
        "place": "汉堡海港市集" if chinese else "Lübeck Harbour Market",
        "home_url": "/",
        "search_url": "/search",
        "cart_url": "/cart",
        "person": "Alia",
        "events_url": "/events",
        "consent": "yes",
        "sign_out_url": "/sign-out",
        "account_links": [{"name": "My orders", "url": "/orders", "icon": "box", "current": True}],
        "desks": [
            {"name": "Merchant", "url": "/merchant", "icon": "store"},
            {"name": "Operator", "url": "/operator", "icon": "gauge"},
        ],
        "departments": [
            {"name": name, "url": "#", "current": order == 0}
            for order, name in enumerate(
                [
                    "全部",
                    "水果蔬菜",
                    "面包烘焙",
                    "乳品蛋类",
                    "肉类海鲜",
                    "酒水饮料",
                    "家居清洁",
                    "母婴",
                    "宠物",
                ]
                if chinese
                else [
                    "All",
                    "Fruit & vegetables",
                    "Bakery",
                    "Dairy",
                    "Meat & fish",
                    "Drinks",
                    "Household",
                    "Baby",
                    "Pets",
                    "Garden",
                ]
            )
        ],
        "places": [
            {"name": "Lübeck", "url": "#", "current": True},
            {"name": "Bremen", "url": "#"},
            {"name": "Danzig", "url": "#"},
        ],
        "footer_links": [{"name": "API", "url": "/api/v1/docs"}, {"name": "Health", "url": "/health"}],
    }


def products(*, chinese: bool = False) -> list[Card]:
    goods = [
        ("Whole milk 1 l", "全脂牛奶 1 升", "FLUID MILK PRODUCTS", "Bo's Dairy", "波记乳业", 129, None),
        (
            "Country loaf, stone-baked, with sunflower seeds",
            "石窑葵花籽乡村面包",
            "BAKED BREAD/BUNS/ROLLS",
            "Möller & Sohn",
            "麦田面包坊",
            349,
            399,
        ),
        ("Braeburn apples", "布瑞本苹果", "APPLES", "Orchard 12", "十二果园", 219, None),
        ("Aged Gouda", "陈年高达奶酪", "CHEESE", "Bo's Dairy", "波记乳业", 649, 799),
        ("Wild salmon fillet", "野生三文鱼柳", "SEAFOOD-FRESH", "North Pier", "北码头", 1290, None),
        ("Ground coffee", "现磨咖啡粉", "COFFEE", "Cy Roasters", "赛欧烘焙", 799, None),
        ("Jasmine green tea", "茉莉绿茶", "茶", "West Lake", "西湖茶庄", 459, None),
        ("Dark grapes", "黑葡萄", "GRAPES", "Orchard 12", "十二果园", 389, None),
        ("Laundry liquid", "洗衣液", "LAUNDRY DETERGENTS", "Kroger", "克罗格", 999, 1249),
        ("Dog biscuits", "狗狗饼干", "DOG FOODS", "Pawworks", "爪子工坊", 529, None),
        ("Roses, 10 stems", "玫瑰 10 支", "FLORAL-FRESH CUT", "Flora", "花语", 1499, None),
        ("Vanilla ice cream", "香草冰淇淋", "ICE CREAM/MILK/SHERBTS", "Frost & Co", "霜冻公司", 449, None),
    ]
    reasons = {0: "You buy it every week", 2: "Goes well with Aged Gouda", 5: "Popular near you"}
    return [
        Card(
            name=chinese_name if chinese else name,
            href=f"#{100 + order}",
            category=category,
            seed=100 + order,
            merchant=chinese_merchant if chinese else merchant,
            merchant_seed=100 + order,
            minor=minor,
            was=was,
            currency="USD",
            rating=round(3.2 + (order * 7 % 18) / 10, 1) if order != 9 else None,
            rating_count=order * order * 37 + 4,
            reason=("根据您最近的购买" if chinese else reasons[order]) if order in reasons else "",
            badge="-15%" if was else ("New" if order == 7 else ""),
            note="Only 3 left" if order == 4 else "",
            listing=100 + order,
            position=order + 1,
            can_be_added=True,
        )
        for order, (name, chinese_name, category, merchant, chinese_merchant, minor, was) in enumerate(goods)
    ]


def fan() -> charts.Chart:
    history = [round(120 + 30 * math.sin(week / 2.2) + week * 1.5 + (week * 37 % 11)) for week in range(26)]
    mean = [round(160 + 30 * math.sin((26 + step) / 2.2) + step * 1.2) for step in range(8)]

    def band(level: float) -> tuple[list[float], list[float]]:
        wide = [level * (6 + 3.2 * step) for step in range(8)]
        return [m - w for m, w in zip(mean, wide, strict=True)], [
            m + w for m, w in zip(mean, wide, strict=True)
        ]

    bands = {50: band(0.67), 80: band(1.28), 95: band(1.96)}
    summary = "About 165 a week over the next eight weeks; nine in ten weeks below 220."
    return charts.fan_chart(
        "Whole milk: sold and expected",
        past=WEEKS,
        history=history,
        future=AHEAD,
        mean=mean,
        bands=bands,
        summary=summary,
    )


def lines() -> charts.Chart:
    names = ["Lübeck", "Bremen", "Danzig", "Visby"]
    series = [
        charts.Series(
            name,
            [round(800 + 180 * order + 90 * math.sin(day / 3 + order) + 12 * day, 2) for day in range(14)],
        )
        for order, name in enumerate(names)
    ]
    return charts.line(
        "Sales by market",
        [f"{day}.11." for day in range(1, 15)],
        series,
        format=charts.money_in("USD"),
        summary="Each market over two weeks.",
    )


def columns() -> charts.Chart:
    series = [
        charts.Series("Own goods", [12, 18, 9, 22]),
        charts.Series("Shared goods", [4, 9, 11, 15]),
        charts.Series("Returned", [1, 2, 1, 3]),
    ]
    return charts.bars(
        "Orders by quarter",
        ["Q1", "Q2", "Q3", "Q4"],
        series,
        stacked=True,
        summary="Shared goods grow fastest.",
    )


def route_map() -> charts.RouteMap:
    def place(x: float, y: float) -> tuple[float, float]:
        return 53.86 + y / 100, 10.66 + x / 60

    depot = charts.Depot("Harbour warehouse", place(3.0, 2.2), [("Opens", "6:00")])
    names = [
        "Water Street",
        "Salt Lane",
        "Mill Bridge",
        "Rope Walk",
        "Bell Tower",
        "Fish Market",
        "Castle Gate",
    ]
    routes = []
    for order in range(3):
        stops = []
        for number in range(5):
            angle = 2.1 * order + number * 0.38
            reach = 1.1 + number % 3 * 0.8
            stop = charts.Stop(
                f"{names[(order * 3 + number) % 7]} {number * 7 + 2}",
                place(3 + reach * 1.5 * math.cos(angle), 2.2 + reach * math.sin(angle)),
                [("Arrives", f"{8 + number}:1{order}"), ("Parcels", str(1 + number % 3))],
            )
            stops.append(stop)
        routes.append(
            charts.RouteLine(
                f"v{order}", f"Van {order + 1}", stops, note="5 stops, 18 km", facts=[("Driver", "Cy")]
            )
        )
    roads: list[Any] = []
    for row in range(9):
        main = row % 4 == 0
        roads.append(
            (
                "main" if main else "minor",
                [
                    place(-0.5 + step * 0.7 + 0.12 * math.sin(row), row * 0.55 + 0.15 * math.sin(step + row))
                    for step in range(12)
                ],
            )
        )
        roads.append(
            (
                "main" if main else "minor",
                [place(row * 0.85 + 0.15 * math.cos(step), -0.3 + step * 0.45) for step in range(12)],
            )
        )
    return charts.route_map(
        "Routes of today",
        depots=[depot],
        routes=routes,
        roads=roads,
        summary="15 stops with three vans, 54 km in all.",
    )


def steps() -> list[dict[str, str]]:
    return [
        {"name": "Placed", "state": "done", "note": "Today, 8:02"},
        {"name": "Paid", "state": "done", "note": "Today, 8:03"},
        {"name": "Packed", "state": "done", "note": "Today, 8:40"},
        {"name": "On its way", "state": "current", "note": "Van 2, stop 4 of 9", "icon": "truck"},
        {"name": "Delivered", "state": "todo", "note": "about 11:20"},
    ]


def orders() -> list[dict[str, Any]]:
    states = [
        ("paid", "Paid"),
        ("in_transit", "On its way"),
        ("delivered", "Delivered"),
        ("cancelled", "Cancelled"),
    ]
    return [
        {
            "number": f"H-7F3K9Q2M4{order}",
            "at": NOW - timedelta(hours=3**order),
            "state": state,
            "word": lazystr(word),
            "minor": 4210 + order * 13777,
        }
        for order, (state, word) in enumerate(states)
    ]
