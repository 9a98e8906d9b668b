"""A purchase that discounts leave nothing of to pay: no provider is asked, and all that follows is as ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale import returns
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.checkout import cart
from hansa.commerce.checkout import services as checkout
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.models import OrderGroup, OrderLine
from hansa.commerce.payments.gateways.sandbox import SandboxProvider
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import Promotion
from hansa.commerce.promotions.services import Terms
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.factories import NOON, Shop, a_shop, a_shopper, an_operator
from tests.integration.api.test_api import ADDRESS, Caller
from tests.integration.checkout.test_tendering import books_of
from tests.integration.orders.scene import broken
from tests.integration.pricing.scene import a_coupon, a_promotion
from tests.integration.storefront.visitors import as_actor, purchases_at, the_form
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **asked: object) -> None:
        raise AssertionError(f"the provider was asked: {asked}")

    for call in ("charge", "take", "find", "capture", "void", "refund"):
        monkeypatch.setattr(SandboxProvider, call, refuse)


@dataclass
class Scene:
    """Two teas of 5.00 in a cart, which a coupon of the platform and free delivery leave nothing of to pay."""

    shop: Shop = field(default_factory=lambda: a_shop(stock={"tea": 10}, prices={"tea": 500}))
    alia: Actor = field(default_factory=a_shopper)

    def __post_init__(self) -> None:
        operator = an_operator(self.shop)
        gift = Terms("A gift", kind=Kind.AMOUNT, amount=1_500, platform_share_bp=10_000, needs_coupon=True)
        a_coupon(self.shop, a_promotion(self.shop, gift, actor=operator), operator, most_uses=9)
        a_promotion(self.shop, Terms("Sent free", kind=Kind.FREE_DELIVERY), actor=operator)
        with tenancy.as_platform(self.shop.platform.pk):
            Promotion.objects.update(ends_at=system_clock() + timedelta(days=1))
        self.fill(self.alia)

    def fill(self, actor: Actor) -> None:
        assert self.shop.fill_cart(actor, [("tea", 2)]) == 1_000
        with tenancy.as_platform(self.shop.platform.pk):
            cart.use_coupon(platform_id=self.shop.platform.pk, actor=actor, code="WELCOME", now=NOON)

    def buy(self) -> OrderGroup:
        return self.shop.pay(self.alia, 0, card="tok_declined", key="k")

    def line(self, group: OrderGroup) -> OrderLine:
        with tenancy.as_platform(self.shop.platform.pk):
            return OrderLine.objects.get(order__group=group)


def test_it_is_paid_at_once_and_the_platform_owes_the_merchant_for_its_gift() -> None:
    scene = Scene()

    first, again = scene.buy(), scene.buy()

    payment, level = scene.shop.payment_of(first), scene.shop.level_of("tea")
    assert first == again
    assert (first.grand_total, payment.state, payment.captured) == (0, "captured", 0)
    assert (level.reserved, level.allocated) == (0, 2)
    assert books_of(scene.shop) == {"commission": -100, "payable": -900, "promotion": 1_000}
    assert broken() == []


def test_calling_it_off_gives_the_coupon_and_the_goods_back_and_empties_the_books() -> None:
    scene = Scene()
    group = scene.buy()

    with tenancy.as_platform(scene.shop.platform.pk):
        for _ in range(2):
            cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=NOON)

    assert scene.shop.stock_of("tea") == 10
    assert scene.shop.refunds_of(group) == []
    assert books_of(scene.shop) == {}
    assert broken() == []


def test_what_comes_back_unit_by_unit_takes_its_commission_back() -> None:
    scene = Scene()
    group, platform_id = scene.buy(), scene.shop.platform.pk
    with tenancy.as_platform(platform_id):
        fulfilment.ship_rest(group_id=group.pk, actor_name="dag", now=NOON)
        fulfilment.deliver_all(group_id=group.pk, actor_name="dag", now=NOON)
    left = []

    for _ in range(2):
        line = scene.line(group)
        with tenancy.as_platform(platform_id):
            made = returns.request(
                group=group, actor=scene.alia, asked=Asked({line.pk: 1}, "changed_mind"), now=NOON
            )
            where = {"platform_id": platform_id, "return_id": made.pk, "now": NOON}
            returns.decide(actor=scene.shop.owner, agrees=True, **where)
            returns.hand_in(actor=scene.alia, carrier="Post", tracking_number="P1", **where)
            returns.receive(actor=scene.shop.owner, **where)
            done = returns.inspect(actor=scene.shop.owner, verdicts={line.pk: Verdict(1, 1)}, **where)
        assert (done.state, done.amount) == ("refunded", 0)
        left.append(books_of(scene.shop))

    assert left == [{"commission": -50, "payable": -450, "promotion": 500}, {}]
    assert broken() == []


def test_the_page_buys_it() -> None:
    scene = Scene()
    browser = as_actor(scene.alia)
    form = the_form(browser.get("/trave/checkout/").content.decode(), method="tok_declined")

    assert form["agreed_total"] == "0"
    page = browser.post("/trave/checkout/", form, follow=True)

    (group,) = purchases_at(scene.shop)
    assert page.redirect_chain[0][0].startswith(f"/trave/purchases/{group.number}/")
    assert "Not paid yet" not in words(page)
    assert scene.shop.payment_of(group).state == "captured"


def test_the_api_buys_it() -> None:
    scene = Scene()
    alia = Caller(scene.alia)
    window = alia.get("delivery-windows/?platform=trave")[1][0]["key"]
    body = {"address": ADDRESS, "window": window, "payment_method": "tok_declined", "agreed_total": 0}

    status, answer = alia.send("POST", "orders/?platform=trave", body, Idempotency_Key="k")

    assert (status, answer["grand_total"]) == (201, 0)
    assert [order["status"] for order in answer["orders"]] == ["paid"]
    assert checkout.step_of(answer["number"]) == ""
