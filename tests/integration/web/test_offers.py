"""Promotions of every kind at the merchant's desk, coupons and gift cards at the operator's, and what the shop shows."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from hansa.commerce.accounts.models import User
from hansa.commerce.promotions import services
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import Coupon, PromotedOffer, Promotion
from hansa.commerce.promotions.services import Terms
from hansa.commerce.wallets import selectors as wallets
from hansa.commerce.wallets.models import Wallet
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_shop, an_operator
from tests.integration.web.desks import Role, Visitor, a_worker, words

pytestmark = pytest.mark.usefixtures("database")

OFFERS = "/desk/operator/trave/offers/"
COUPON = {
    "issue": "coupon",
    "code": "spring-5",
    "name": "Five off",
    "kind": "amount",
    "amount": "5.00",
    "min_spend": "20.00",
    "days": "30",
    "most_uses": "100",
    "most_per_buyer": "1",
    "budget": "250.00",
}


def a_pantry() -> Shop:
    return a_shop(stock={"tea": 50, "salt": 50}, prices={"tea": 500, "salt": 200})


def at_desk(shop: Shop) -> Visitor:
    browser = Client()
    browser.force_login(User.objects.get(pk=shop.owner.user_id))
    return Visitor(browser)


def promotions_at(shop: Shop) -> str:
    return f"/desk/merchant/trave/{shop.merchant.pk}/promotions/"


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("percent", {"percent": "12.5", "cap": "3.00"}, "12.5% off"),
        ("amount", {"amount": "1.50", "min_spend": "10"}, "€1.50 off"),
        ("buy_x_get_y", {"buy": "2", "get": "1"}, "Buy 2, get 1 free"),
        (
            "tiered",
            {"units_1": "2", "percent_1": "5", "units_2": "6", "percent_2": "10"},
            "from 2: 5% off; from 6: 10% off",
        ),
        ("bundle", {"amount": "5.99"}, "Together for €5.99"),
        ("flash", {"percent": "50", "flash_stock": "7", "most_per_buyer": "2"}, "50% off"),
    ],
)
def test_a_merchant_starts_each_kind_with_the_fields_of_that_kind(
    kind: str, typed: dict[str, str], says: str
) -> None:
    shop = a_pantry()
    desk, path = at_desk(shop), promotions_at(shop)
    page = desk.get(f"{path}?kind={kind}").content.decode()
    assert all(f'name="{name}"' in page for name in typed)
    assert ('name="flash_stock"' in page) == (kind == "flash")
    offers = [str(shop.listings[name].offer_id) for name in ("tea", "salt")]

    answer = desk.browser.post(path, {"kind": kind, "name": "Spring", "days": "7", "offers": offers, **typed})

    assert answer.status_code == 302
    assert says in desk.reads(path)
    with tenancy.as_platform(shop.platform.pk):
        promotion = Promotion.objects.get()
        assert (promotion.kind, promotion.funded_by, promotion.covers_all) == (kind, "merchant", False)
        stocks = set(PromotedOffer.objects.values_list("flash_stock", flat=True))
    assert stocks == ({7} if kind == "flash" else {None})


def test_terms_that_cannot_be_are_refused_and_what_was_typed_stays() -> None:
    shop = a_pantry()
    form = {
        "kind": "bundle",
        "name": "Alone",
        "amount": "5.99",
        "days": "7",
        "offers": str(shop.listings["tea"].offer_id),
    }

    answer = at_desk(shop).post(promotions_at(shop), **form)

    assert answer.status_code == 422
    assert "A bundle has at least two units of goods." in words(answer)
    assert 'value="5.99"' in answer.content.decode()
    with tenancy.as_platform(shop.platform.pk):
        assert Promotion.objects.count() == 0


def test_goods_that_are_no_numbers_are_refused() -> None:
    shop = a_pantry()
    form = {"name": "Odd", "percent": "10", "days": "7"}

    for odd in ("x", "9" * 5_000):  # Python reads no longer number than 4,300 digits
        assert at_desk(shop).post(promotions_at(shop), **form, offers=odd).status_code == 422

    with tenancy.as_platform(shop.platform.pk):
        assert Promotion.objects.count() == 0


def test_the_shop_crosses_out_the_price_and_tells_why_who_pays_until_when_and_what_is_left() -> None:
    shop = a_pantry()
    form = {"kind": "flash", "name": "Noon flash", "percent": "50", "flash_stock": "7", "days": "1"}
    at_desk(shop).post(promotions_at(shop), **form, offers=str(shop.listings["tea"].offer_id))

    page = Client().get(f"/trave/p/{shop.listings['tea'].pk}/")

    said = words(page)
    assert "€2.50" in said
    assert "€5.00" in said
    assert "Noon flash 50% off" in said
    assert "Paid by Bo" in said
    assert "7 of 7" in said
    shopper = Client()
    shopper.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": 1})
    cart = words(shopper.get("/trave/cart/"))
    assert "Noon flash −€2.50 · paid by Bo" in cart


def test_the_platform_agrees_to_pay_its_part_and_then_the_promotion_runs() -> None:
    shop = a_pantry()
    form = {"name": "Shared", "percent": "20", "platform_share": "25", "days": "7"}
    at_desk(shop).post(promotions_at(shop), **form, offers=str(shop.listings["tea"].offer_id))
    assert "waits for the platform" in at_desk(shop).reads(promotions_at(shop))
    product = f"/trave/p/{shop.listings['tea'].pk}/"
    assert "Shared" not in words(Client().get(product))
    operator = a_worker(Role.OPERATOR, shop.platform)
    assert "Shared Bo 20% off 25%" in operator.reads(OFFERS)

    answer = operator.post(OFFERS + "agree/", promotion="1")

    assert answer.status_code == 302
    assert "Paid by Bo and Trave together" in words(Client().get(product))
    assert operator.post(OFFERS + "agree/", promotion="99").status_code == 404
    assert operator.post(OFFERS + "agree/", promotion="one").status_code == 422


def test_a_coupon_is_issued_with_its_limits_and_works_in_the_cart() -> None:
    shop = a_pantry()
    operator = a_worker(Role.OPERATOR, shop.platform)

    answer = operator.post(OFFERS, **COUPON)

    assert answer.status_code == 302
    assert "SPRING-5 Five off €5.00 off 0 of 100 €0.00 €250.00" in operator.reads(OFFERS)
    shopper = Client()
    shopper.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": 4})
    shopper.post("/trave/cart/coupon/", {"code": "spring-5"})
    cart = words(shopper.get("/trave/cart/"))
    assert "Five off −€5.00 · paid by Trave" in cart
    assert "€15.00" in cart


@pytest.mark.parametrize(
    "slip",
    [
        {"amount": ""},
        {"code": "x"},
        {"most_uses": "0"},
        {"days": "0"},
        {"kind": "flash"},
        {"budget": "-1"},
        {"code": "a b c"},
    ],
)
def test_an_odd_coupon_is_refused_and_nothing_is_kept(slip: dict[str, str]) -> None:
    shop = a_pantry()

    answer = a_worker(Role.OPERATOR, shop.platform).post(OFFERS, **(COUPON | slip))

    assert answer.status_code == 422
    with tenancy.as_platform(shop.platform.pk):
        assert (Promotion.objects.count(), Coupon.objects.count()) == (0, 0)


def test_a_gift_cards_code_is_shown_once() -> None:
    shop = a_pantry()
    operator = a_worker(Role.OPERATOR, shop.platform)

    first = words(
        operator.browser.post(
            OFFERS, {"issue": "gift-card", "key": "form-0001", "worth": "25", "valid_days": ""}, follow=True
        )
    )
    again = operator.reads(OFFERS)

    (code,) = re.findall(r"shown this once: ((?:\w{4}-){3}\w{4})", first)
    assert code not in again
    assert f"…{code[-4:]} €25.00" in again
    with tenancy.as_platform(shop.platform.pk):
        card = wallets.find_gift_card(platform_id=shop.platform.pk, code=code, now=system_clock())
        assert (card.balance, Wallet.objects.count()) == (2_500, 1)
    assert operator.post(OFFERS, issue="gift-card", key="form-0002", worth="0").status_code == 422


def test_free_delivery_shows_in_the_sums() -> None:
    shop = a_pantry()
    operator = an_operator(shop)
    with tenancy.as_platform(shop.platform.pk):
        now = system_clock()
        services.start_promotion(
            actor=operator,
            platform_id=shop.platform.pk,
            merchant_id=None,
            terms=Terms("On us", Kind.FREE_DELIVERY),
            offer_ids=[],
            starts_at=now,
            ends_at=now.replace(year=now.year + 1),
        )
    shopper = Client()
    shopper.post("/trave/cart/add/", {"listing": shop.listings["tea"].pk, "quantity": 1})

    assert "Delivery free On us −€4.90" in words(shopper.get("/trave/cart/"))
