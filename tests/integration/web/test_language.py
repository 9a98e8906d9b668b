"""Who reads Chinese meets Chinese on every page: what is left in Latin letters is data or a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from hansa.alliance import services as alliance
from hansa.alliance.models import AuditEvent, Member
from hansa.commerce.accounts.models import Membership, Platform, User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.catalogue.models import Category, Product
from hansa.commerce.delivery import services as delivery
from hansa.commerce.delivery.models import RoutePlan, Vehicle
from hansa.commerce.health import services as health
from hansa.commerce.merchants.models import Merchant
from hansa.commerce.orders import cancelling
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.planning import services as planning
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_person, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")

TITLE = "正山小种"
# Names and units that Chinese writes in Latin letters too.
NAMES = {
    "Hansa",
    "API",
    "GTIN",
    "Webhook",
    "webhook",
    "Apache",
    "English",
    "DuckDB",
    "Delta",
    "Lake",
    "CPU",
    "EUR",
    "EN",
    "TSB",
    "Theta",
    "km",
    "kg",
}
_SHOWN = ("alt", "aria-label", "title", "placeholder", "data-confirm", "data-label", "content")
_LATIN = re.compile(r"[A-Za-z]{2,}")


class Words(HTMLParser):
    """The texts of a page that people see or hear."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "code")
        named = dict(attrs)
        if tag == "meta" and named.get("name") != "description":
            return
        self.texts += [value for name in _SHOWN if (value := named.get(name))]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "code")

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._silent:
            self.texts.append(data.strip())


def latin_in(page: str, data: set[str]) -> set[str]:
    """The texts of a page with Latin words that are neither names nor data."""
    found = set()
    for text in Words(page).texts:
        left = text
        for known in sorted(data, key=len, reverse=True):
            left = left.replace(known, "")
        if set(_LATIN.findall(left)) - NAMES:
            found.add(text)
    return found


def in_chinese(user_id: int | None = None) -> Client:
    """A browser of somebody who pressed 简体中文."""
    client = Client(HTTP_HOST="localhost")
    if user_id:
        client.force_login(User.objects.get(pk=user_id))
    client.post(reverse("set_language"), {"language": "zh-hans", "next": "/"})
    return client


def a_chinese_shop() -> Shop:
    """A platform with one merchant and one good, all named in Chinese."""
    shop = a_shop(stock={"tea": 200}, prices={"tea": 500})
    Platform.objects.filter(pk=shop.platform.pk).update(name="Crossing Market", name_zh="特拉沃")
    Merchant.objects.filter(pk=shop.merchant.pk).update(name="波记茶行")
    Category.objects.update(name="Tea leaves", name_zh="茶叶")
    Product.objects.update(title=TITLE)
    with tenancy.as_platform(shop.platform.pk):
        listing = shop.listings["tea"]
        listing.title = TITLE
        listing.save(update_fields=["title"])
        shop.centre.name = "配送中心"
        shop.centre.save(update_fields=["name"])
        Vehicle.objects.create(
            platform=shop.platform,
            name="一号车",
            home=shop.centre,
            capacity_g=500_000,
            shift_start="08:00",
            shift_end="18:00",
            cost_per_km=80,
        )
    return shop


def somebody(name: str, *roles: Membership.Role, platform: Platform | None = None) -> Actor:
    user = a_person(name)
    User.objects.filter(pk=user.pk).update(display_name="某人")
    for role in roles:
        Membership.objects.create(user=user, role=role, platform=platform)
    return actor_of(User.objects.get(pk=user.pk))


def weeks_of_sales(shop: Shop, buyer: Actor, now: datetime) -> OrderGroup:
    for day in range(40, 0, -1):
        shop.buy(buyer, [("tea", 4)], now=now - timedelta(days=day))
    last = shop.buy(buyer, [("tea", 4)], now=now)
    outbox.drain(SUBSCRIPTIONS)
    return last


def data_of(shop: Shop) -> set[str]:
    """Names, numbers and what machines sign: pages show it as it is."""
    with tenancy.as_platform(shop.platform.pk):
        said = set(OrderGroup.objects.values_list("number", flat=True))
    said |= {name for user in User.objects.all() for name in (user.username, user.display_name)}
    said |= {text for event in AuditEvent.objects.all() for text in (event.act, event.hash)}
    said |= {str(text) for event in AuditEvent.objects.all() for pair in event.body.items() for text in pair}
    said |= set(Member.objects.values_list("endpoint", flat=True))
    said |= {"JavaScript", "co-purchase", "stock.promise", "order.forward", "sandbox"}
    return said | {"Alia", "Mengstrasse", "Lübeck", "trave-bo-tea", "trave"}


def shop_pages(shop: Shop, purchase: OrderGroup) -> Iterator[str]:
    code, listing = shop.platform.code, shop.listings["tea"]
    yield reverse("web:landing")
    yield reverse("shop:home", args=[code])
    yield reverse("shop:search", args=[code]) + f"?q={TITLE}"
    yield reverse("shop:search", args=[code]) + "?q=没有"
    yield reverse("shop:category", args=[code, "pantry"])
    yield reverse("shop:product", args=[code, listing.pk])
    yield reverse("shop:merchant", args=[code, shop.merchant.slug])
    yield reverse("shop:cart", args=[code])
    yield reverse("shop:checkout", args=[code])
    yield reverse("shop:purchases", args=[code])
    yield reverse("shop:purchase", args=[code, purchase.number])


def merchant_pages(shop: Shop) -> Iterator[str]:
    here = [shop.platform.code, shop.merchant.pk]
    for name in ("home", "orders", "goods", "demand", "promotions", "reach", "money", "team"):
        yield reverse(f"merchant:{name}", args=here)
    yield reverse("merchant:demand-of", args=[*here, shop.listings["tea"].offer_id])


def platform_pages(shop: Shop, purchase: OrderGroup, plan: RoutePlan) -> Iterator[str]:
    code = shop.platform.code
    for name in ("home", "orders", "merchants", "money", "people", "promises"):
        yield reverse(f"operator:{name}", args=[code])
    yield reverse("operator:order", args=[code, purchase.number])
    yield reverse("operator:merchant", args=[code, shop.merchant.pk])
    with tenancy.as_platform(shop.platform.pk):
        route = plan.routes.get()
    yield reverse("dispatch:home", args=[code])
    yield reverse("dispatch:figures", args=[code])
    yield reverse("dispatch:day", args=[code, plan.day])
    yield reverse("dispatch:route", args=[code, route.pk])
    yield reverse("dispatch:picks", args=[code, route.pk])


def alliance_pages() -> Iterator[str]:
    for name in ("home", "grants", "calls", "jobs", "lake", "audit", "settlement"):
        yield reverse(f"alliance:{name}")
    yield reverse("health:home")
    yield reverse("health:node", args=["sales"])


def left_in_english(client: Client, pages: Iterator[str], data: set[str]) -> dict[str, set[str]]:
    found = {}
    for url in pages:
        answer = client.get(url)
        assert answer.status_code == 200, url
        page = answer.content.decode()
        assert 'lang="zh-hans"' in page.lower(), url
        if left := latin_in(page, data):
            found[url] = left
    return found


def test_every_page_speaks_chinese() -> None:
    now = system_clock()
    shop, alia = a_chinese_shop(), a_shopper()
    runner = somebody("runner", Membership.Role.DISPATCHER, Membership.Role.OPERATOR, platform=shop.platform)
    steward = somebody("steward", Membership.Role.STEWARD)
    purchase = weeks_of_sales(shop, alia, now)
    with tenancy.as_platform(shop.platform.pk):
        behaviour.record_view(
            platform_id=shop.platform.pk, actor=alia, listing_id=shop.listings["tea"].pk, now=now
        )
    planning.plan_platform(platform_id=shop.platform.pk, now=now)
    plan = delivery.plan_day(
        actor=runner,
        platform_id=shop.platform.pk,
        day=(now + timedelta(days=1)).date(),
        now=now,
        time_limit_s=0.2,
    )
    alliance.found(now=now)
    health.refresh(now=now)
    shop.fill_cart(alia, [("tea", 1)], now)
    data = data_of(shop)
    left = (
        left_in_english(in_chinese(), iter([reverse("web:landing"), reverse("web:sign-in")]), data)
        | left_in_english(in_chinese(alia.user_id), shop_pages(shop, purchase), data)
        | left_in_english(in_chinese(shop.owner.user_id), merchant_pages(shop), data)
        | left_in_english(in_chinese(runner.user_id), platform_pages(shop, purchase, plan), data)
        | left_in_english(in_chinese(steward.user_id), alliance_pages(), data)
    )

    assert left == {}


def test_later_stations_and_slips_speak_chinese() -> None:
    now = system_clock()
    shop, alia = a_chinese_shop(), a_shopper()
    code, here = shop.platform.code, [shop.platform.code, shop.merchant.pk]
    runner = somebody("runner", Membership.Role.DISPATCHER, Membership.Role.OPERATOR, platform=shop.platform)
    handed_over, called_off = (shop.buy(alia, [("tea", 2)], now=now) for _ in range(2))
    platform_id = shop.platform.pk
    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=called_off.pk, reason="changed my mind", actor_name="Alia", now=now)
    outbox.drain(SUBSCRIPTIONS)
    assert handed_over.window_start is not None
    day = handed_over.window_start.date()
    plan = delivery.plan_day(actor=runner, platform_id=platform_id, day=day, now=now, time_limit_s=0.2)
    with tenancy.as_platform(shop.platform.pk):
        delivery.release_plan(actor=runner, platform_id=platform_id, plan_id=plan.pk, now=now)
        route = plan.routes.get()
        parcel = route.stops.get().shipment
        line = handed_over.orders.get().lines.get()
        delivery.deliver(actor=runner, platform_id=platform_id, shipment_id=parcel.pk, now=now)
        shop.fill_cart(alia, [("tea", 1)], now)
    buyer, owner = in_chinese(alia.user_id), in_chinese(shop.owner.user_id)
    dispatcher = in_chinese(runner.user_id)

    answers = [
        buyer.get(reverse("shop:purchases", args=[code])),
        buyer.get(reverse("shop:purchase", args=[code, handed_over.number])),
        buyer.get(reverse("shop:purchase", args=[code, called_off.number])),
        buyer.post(reverse("shop:cancel", args=[code, handed_over.number]), follow=True),
        buyer.post(reverse("shop:review", args=[code, handed_over.number, line.pk]), {"stars": "9"}),
        buyer.post(reverse("shop:checkout", args=[code]), {}),
        owner.get(reverse("merchant:orders", args=here)),
        owner.get(reverse("merchant:money", args=here)),
        owner.post(reverse("merchant:promotions", args=here), {}),
        owner.post(reverse("merchant:change-good", args=[*here, shop.listings["tea"].pk]), {"price": "x"}),
        dispatcher.get(reverse("operator:order", args=[code, handed_over.number])),
        dispatcher.get(reverse("operator:order", args=[code, called_off.number])),
        dispatcher.get(reverse("dispatch:day", args=[code, plan.day])),
        dispatcher.get(reverse("dispatch:route", args=[code, route.pk])),
        dispatcher.post(reverse("dispatch:plan", args=[code, plan.day]), follow=True),
        dispatcher.post(reverse("operator:people", args=[code]), {"person": "nobody"}),
    ]

    data = data_of(shop) | {"changed my mind", f"{called_off.number}-cancel"}
    assert [answer.status_code // 100 for answer in answers].count(5) == 0
    assert {
        answer.request["PATH_INFO"]: left for answer in answers if (left := latin_in(answer.text, data))
    } == {}


def test_an_engines_reasons_and_the_model_are_said_in_chinese() -> None:
    now = system_clock()
    shop = a_chinese_shop()
    weeks_of_sales(shop, a_shopper(), now)
    planning.plan_platform(platform_id=shop.platform.pk, now=now)
    here = [shop.platform.code, shop.merchant.pk]

    page = in_chinese(shop.owner.user_id).get(reverse("merchant:demand", args=here)).content.decode()

    assert re.search(r"现有和在途 \d+ 件，目标 [\d.]+ 件；.*售罄概率：不订货 \d+%，订货后 \d+%。", page)
    assert re.search(r"移动平均|周期平均|沿用上一周期|TSB|指数平滑|Theta", page)


def test_promises_that_were_checked_are_said_in_chinese() -> None:
    shop = a_chinese_shop()
    operator = somebody("operator", Membership.Role.OPERATOR, platform=shop.platform)

    answer = in_chinese(operator.user_id).post(reverse("operator:promises", args=[shop.platform.code]))

    assert latin_in(answer.content.decode(), data_of(shop)) == set()
    assert "每笔凭证至少有两条分录，且合计为零。" in answer.content.decode()


def test_refusals_are_said_in_chinese() -> None:
    shop, alia = a_chinese_shop(), a_shopper()
    client, code = in_chinese(alia.user_id), shop.platform.code
    asked = {
        reverse("shop:product", args=[code, 999_999]): (404, "此处没有商品 999999。"),
        reverse("shop:category", args=[code, "wine"]): (404, "没有分类"),
        reverse("shop:purchase", args=[code, "H-1"]): (404, "您在此处没有订单"),
        reverse("operator:home", args=[code]): (403, "无权在此查看平台工作台。"),
        reverse("dispatch:home", args=[code]): (403, "无权在此规划路线。"),
        reverse("alliance:home"): (403, "无权在此查看联盟工作台。"),
    }

    answers = {url: client.get(url) for url in asked}

    for url, (status, said) in asked.items():
        page = answers[url].content.decode()
        assert (answers[url].status_code, said in page) == (status, True), url
        assert latin_in(page, data_of(shop) | {"'wine'", "'H-1'"}) == set(), url


def test_a_refused_coupon_is_explained_in_chinese() -> None:
    shop, alia = a_chinese_shop(), a_shopper()
    shop.fill_cart(alia, [("tea", 1)], system_clock())

    answer = in_chinese(alia.user_id).post(
        reverse("shop:coupon", args=[shop.platform.code]), {"code": "GRATIS"}
    )

    assert "不存在或不在有效期内。" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("zh-hans", r"[1-9]\d?月[1-9]\d?日 星期[一二三四五六日]"),
        ("en", r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2}"),
    ],
)
def test_the_days_of_delivery_are_written_the_readers_way(language: str, day: str) -> None:
    shop, alia = a_chinese_shop(), a_shopper()
    shop.fill_cart(alia, [("tea", 1)], system_clock())
    client = in_chinese(alia.user_id)
    client.post(reverse("set_language"), {"language": language, "next": "/"})

    page = client.get(reverse("shop:checkout", args=[shop.platform.code])).content.decode()

    assert re.search(rf'<legend class="day">{day}</legend>', page)
    assert "09:00–12:00" in page


def test_the_reader_chooses_the_language_and_it_stays_chosen() -> None:
    shop = a_chinese_shop()
    home = reverse("shop:home", args=[shop.platform.code])
    client = Client(HTTP_HOST="localhost")

    before = client.get(home).content.decode()
    client.post(reverse("set_language"), {"language": "zh-hans", "next": home})
    chosen = client.get(home).content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": home})
    after = client.get(home).content.decode()

    assert ["搜索全部店铺" in page for page in (before, chosen, after)] == [False, True, False]


def test_a_browser_that_asks_for_chinese_gets_it() -> None:
    shop = a_chinese_shop()
    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="zh-CN,zh;q=0.9")

    page = client.get(reverse("shop:home", args=[shop.platform.code])).content.decode()

    assert "搜索全部店铺" in page


def test_english_among_chinese_is_seen() -> None:
    page = '<p>购物车</p><p>Your cart</p><img alt="Sold out"><script>var words</script><p>Hansa 3 kg A-1</p>'

    assert latin_in(page, data={"3 kg"}) == {"Your cart", "Sold out"}
