"""What goes out for what came back: the difference with its commission and tax, and sending that back again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connections

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale import exchanges, returns
from hansa.commerce.aftersale.domain import NotReturnable, Wish
from hansa.commerce.aftersale.models import Exchange, ReturnRequest
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.catalogue.models import Listing, Offer, Variant
from hansa.commerce.commission.domain import Rule
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.models import OrderGroup, OrderLine
from hansa.commerce.pricing.models import TaxSettings
from hansa.commerce.stock.models import StockLevel, StockMovement
from hansa.commerce.wallets import services as wallets
from hansa.commerce.wallets.services import WalletEmpty
from hansa.foundation import tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import NotFound, Refused
from tests.factories import NOON, Shop, a_shop, a_shopper, an_operator
from tests.integration.commission.test_selling import set_rule
from tests.integration.orders.scene import broken
from tests.integration.payouts.scene import books, deliver
from tests.integration.storefront.visitors import as_actor
from tests.integration.web.desks import words

pytestmark = pytest.mark.usefixtures("database")
FIVE_PER_CENT = Rule(None, 500, fixed_fee=10, tax_bp=1_900)


@dataclass
class Bought:
    """Teas at 5.00 that arrived at noon, a small one at 3.00 and a big one at 7.00 on the shelf, 5.00 of store credit."""

    shop: Shop
    alia: Actor
    group: OrderGroup

    @property
    def line(self) -> OrderLine:
        with tenancy.as_platform(self.shop.platform.pk):
            return OrderLine.objects.get(order__group=self.group)

    def ask(self, units: int, **more: object) -> ReturnRequest:
        with tenancy.as_platform(self.shop.platform.pk):
            return returns.request(
                group=self.group,
                actor=self.alia,
                asked=Asked({self.line.pk: units}, "other", **more),  # type: ignore[arg-type]  # passed on
                now=NOON,
            )

    def settle(self, made: ReturnRequest, accepted: int) -> ReturnRequest:
        where = {"platform_id": self.shop.platform.pk, "return_id": made.pk, "now": NOON}
        with tenancy.as_platform(self.shop.platform.pk):
            returns.decide(actor=self.shop.owner, agrees=True, **where)
            returns.receive(actor=self.shop.owner, **where)
            return returns.inspect(
                actor=self.shop.owner,
                verdicts={self.line.pk: Verdict(accepted, accepted)},
                note="seen",
                **where,
            )

    def send_back(self, units: int, **more: object) -> ReturnRequest:
        return self.settle(self.ask(units, **more), units)

    def exchange(self, units: int, name: str, *, sent: bool = True) -> int:
        """Send teas back for others; answers the exchange."""
        wants = self.shop.listings[name].offer_id
        made = self.send_back(units, wish=Wish.EXCHANGE, wants_offer_id=wants)
        with tenancy.as_platform(self.shop.platform.pk):
            if sent:
                exchanges.send(
                    actor=self.shop.owner,
                    platform_id=self.shop.platform.pk,
                    return_id=made.pk,
                    carrier="Post",
                    tracking_number="P2",
                    now=NOON,
                )
            return int(Exchange.objects.get(request=made).pk)

    def apart(self) -> tuple[int, int]:
        return self.line.exchanged, self.line.exchanged_paid


def a_variant(shop: Shop, name: str, price: int) -> None:
    tea = shop.listings["tea"]
    variant = Variant.objects.create(product=tea.product, sku=f"tea-{name}", weight_g=250)
    offer = Offer.objects.create(merchant=shop.merchant, variant=variant, unit_cost=1, created_at=NOON)
    with tenancy.as_platform(shop.platform.pk):
        shop.listings[name] = Listing.objects.create(
            platform=shop.platform, offer=offer, merchant=shop.merchant, product=tea.product, category=tea.category,
            title=f"Tea {name}", price=price, currency="EUR", listed_at=NOON,
        )  # fmt: skip
        level = StockLevel.objects.create(
            platform=shop.platform, offer=offer, warehouse=shop.centre, on_hand=10
        )
        StockMovement.objects.create(
            platform=shop.platform, level=level, quantity=10, reason="opening", reference="o", moved_at=NOON
        )


def a_purchase(
    teas: int, *rules: Rule, credit: int = 500, tax_on_top: bool = False, arrives: bool = True
) -> Bought:
    shop = a_shop(stock={"tea": 10}, prices={"tea": 500})
    a_variant(shop, "small", 300)
    a_variant(shop, "big", 700)
    for rule in rules:
        set_rule(shop, rule)
    alia = a_shopper()
    with tenancy.as_platform(shop.platform.pk):
        if tax_on_top:
            TaxSettings.objects.create(platform=shop.platform, country="DE", prices_include_tax=False)
    group = shop.buy(alia, [("tea", teas)])
    if arrives:
        deliver(shop, group)
    with tenancy.as_platform(shop.platform.pk):
        assert alia.user_id is not None
        wallets.grant_credit(
            actor=an_operator(shop), platform_id=shop.platform.pk, owner_id=alia.user_id, currency="EUR",
            amount=credit, reference="welcome", now=NOON,
        )  # fmt: skip
    return Bought(shop, alia, group)


def test_what_a_dearer_good_costs_more_bears_commission_and_tax_and_all_of_it_goes_back_again() -> None:
    # 5 % of 10.00 and 10 a unit are 70, 19 % of it 13; of the 2.00 more in proportion 14 and 2.
    bought = a_purchase(2, FIVE_PER_CENT)
    big = bought.exchange(1, "big")
    assert books(bought.shop) == {
        "provider": 1_490, "delivery": -490, "payable": -917 - 184, "commission": -70 - 14,
        "tax_on_commission": -13 - 2, "goodwill": 500, "store_credit": -300,
    }  # fmt: skip
    assert (bought.apart(), bought.shop.stock_of("big")) == ((1, 500), 9)
    assert broken() == []

    done = bought.send_back(1, from_exchange_id=big)

    assert (done.state, done.amount) == ("refunded", 700)
    assert bought.shop.refunds_of(bought.group) == [500]  # and the 2.00 as store credit, as they came
    assert books(bought.shop) == {
        "provider": 990, "delivery": -490, "payable": -458, "commission": -35, "tax_on_commission": -7,
        "goodwill": 500, "store_credit": -500,
    }  # fmt: skip
    assert (bought.apart(), bought.shop.stock_of("big"), bought.shop.stock_of("tea")) == ((0, 0), 10, 9)
    assert broken() == []
    bought.send_back(1)
    assert bought.shop.refunds_of(bought.group) == [500, 990]
    assert books(bought.shop) == {"goodwill": 500, "store_credit": -500}
    assert broken() == []


def test_each_unit_gives_back_its_own_worth_and_the_delivery_fee_goes_with_the_last() -> None:
    bought = a_purchase(2, FIVE_PER_CENT)
    small = bought.exchange(1, "small")
    assert bought.shop.refunds_of(bought.group) == [200]

    bought.send_back(1)
    assert bought.shop.refunds_of(bought.group) == [
        200,
        500,
    ]  # not the 4.00 that the line has left for each of two
    assert bought.apart() == (1, 300)
    bought.send_back(1, from_exchange_id=small)

    assert bought.shop.refunds_of(bought.group) == [200, 500, 790]
    assert books(bought.shop) == {"goodwill": 500, "store_credit": -500}
    assert broken() == []


def test_units_of_an_exchange_come_back_one_by_one_as_credit() -> None:
    bought = a_purchase(3)
    big = bought.exchange(2, "big")  # 4.00 more, of which ten per cent are kept
    assert books(bought.shop)["commission"] == -150 - 40

    first = bought.send_back(1, from_exchange_id=big, wish=Wish.CREDIT)

    assert (first.amount, bought.apart(), bought.shop.refunds_of(bought.group)) == (700, (1, 500), [])
    assert books(bought.shop) == {
        "provider": 1_990, "delivery": -490, "payable": -1_350 - 360 + 450 + 180, "commission": -100 - 20,
        "goodwill": 500, "store_credit": -100 - 700,
    }  # fmt: skip
    with pytest.raises(NotReturnable, match="Tea: 2 to be sent back, 1 can be"):
        bought.ask(2, from_exchange_id=big)
    bought.send_back(1, from_exchange_id=big, wish=Wish.CREDIT)
    assert books(bought.shop) == {
        "provider": 1_990, "delivery": -490, "payable": -450, "commission": -50, "goodwill": 500,
        "store_credit": -1_500,
    }  # fmt: skip
    assert broken() == []


def test_the_same_good_that_came_anew_is_sent_back_for_what_was_paid() -> None:
    bought = a_purchase(1)
    anew = bought.exchange(1, "tea")

    done = bought.send_back(1, from_exchange_id=anew)

    assert (done.amount, bought.shop.refunds_of(bought.group)) == (990, [990])
    assert books(bought.shop) == {"goodwill": 500, "store_credit": -500}
    assert broken() == []


def test_tax_comes_on_top_of_what_a_dearer_good_costs_more() -> None:
    bought = a_purchase(1, tax_on_top=True)  # 19 % of 5.00 is 95, of the 2.00 more 38
    before = books(bought.shop)["tax_collected"]

    big = bought.exchange(1, "big")

    assert (books(bought.shop)["store_credit"], books(bought.shop)["tax_collected"]) == (-262, before - 38)
    done = bought.send_back(1, from_exchange_id=big)
    assert done.amount == bought.group.grand_total + 238
    assert books(bought.shop) == {"goodwill": 500, "store_credit": -500}
    assert broken() == []


def test_what_credit_cannot_pay_is_not_exchanged() -> None:
    bought = a_purchase(1, FIVE_PER_CENT, credit=199)
    made = bought.ask(1, wish=Wish.EXCHANGE, wants_offer_id=bought.shop.listings["big"].offer_id)

    with pytest.raises(WalletEmpty):
        bought.settle(made, 1)

    assert (bought.apart(), bought.shop.stock_of("big")) == ((0, 0), 10)
    assert books(bought.shop)["store_credit"] == -199


def test_what_was_not_sent_came_too_long_ago_or_is_anothers_is_not_sent_back() -> None:
    bought = a_purchase(2)
    waiting = bought.exchange(1, "small", sent=False)
    with pytest.raises(NotReturnable, match="1 to be sent back, 0 can be"):
        bought.ask(1, from_exchange_id=waiting)
    sent = bought.exchange(1, "tea")
    with pytest.raises(NotFound, match="no exchange 99"):
        bought.ask(1, from_exchange_id=99)
    with pytest.raises(Refused, match="money or store credit"):
        bought.ask(1, from_exchange_id=sent, wish=Wish.EXCHANGE, wants_offer_id=bought.line.offer_id)
    asked = Asked({bought.line.pk: 1}, "other", from_exchange_id=sent)
    with tenancy.as_platform(bought.shop.platform.pk):
        late = NOON + timedelta(days=21, seconds=1)
        with pytest.raises(NotReturnable, match="could be sent back until 2026-03-23"):
            returns.request(group=bought.group, actor=bought.alia, asked=asked, now=late)
        assert set(Exchange.objects.values_list("coming_back", flat=True)) == {0}

    made = bought.ask(1, from_exchange_id=sent)
    with pytest.raises(NotReturnable, match="1 to be sent back, 0 can be"):
        bought.ask(1, from_exchange_id=sent)
    with tenancy.as_platform(bought.shop.platform.pk):
        returns.call_off(platform_id=bought.shop.platform.pk, return_id=made.pk, actor=bought.alia, now=NOON)
    assert (bought.ask(1, from_exchange_id=sent).state, broken()) == ("requested", [])


def test_what_is_not_accepted_stays_the_buyers_and_can_be_sent_back_again() -> None:
    bought = a_purchase(1)
    anew = bought.exchange(1, "tea")

    denied = bought.settle(bought.ask(1, from_exchange_id=anew), 0)

    assert (denied.state, bought.apart(), bought.shop.refunds_of(bought.group)) == ("denied", (1, 500), [])
    assert bought.send_back(1, from_exchange_id=anew).state == "refunded"
    assert broken() == []


@pytest.mark.parametrize(
    ("harm", "promise"),
    [
        ("update orders_orderline set exchanged_paid = 499", "exchanged-units-stand-apart"),
        ("update aftersale_exchange set commission = 15", "exchange-is-in-the-books"),
        ("update aftersale_exchange set coming_back = 1", "one-active-return-per-unit"),
    ],
)
def test_harm_to_an_exchange_is_found(harm: str, promise: str) -> None:
    bought = a_purchase(2, FIVE_PER_CENT)
    bought.exchange(1, "big")
    assert broken() == []

    with connections[OWNER].cursor() as cursor:
        cursor.execute(harm)

    assert promise in str(broken())


def test_units_that_have_not_left_are_called_off_for_their_own_worth_beside_an_exchange() -> None:
    bought = a_purchase(3, arrives=False)
    with tenancy.as_platform(bought.shop.platform.pk):
        part = fulfilment.fulfil(
            order_id=bought.line.order_id, units={bought.line.pk: 1}, reference="p", actor_name="bo", now=NOON
        )
        fulfilment.deliver(group_id=bought.group.pk, fulfilment_ids=[part.pk], actor_name="bo", now=NOON)
    small = bought.exchange(1, "small")
    with tenancy.as_platform(bought.shop.platform.pk):
        cancelling.cancel_units(
            group_id=bought.group.pk, units={bought.line.pk: 2}, key="no", reason="no", actor_name="alia",
            now=NOON,
        )  # fmt: skip

    assert sorted(bought.shop.refunds_of(bought.group)) == [200, 1_000]
    assert bought.send_back(1, from_exchange_id=small).amount == 790
    assert books(bought.shop) == {"goodwill": 500, "store_credit": -500}
    assert broken() == []


def test_the_buyer_sends_it_back_from_the_page_of_the_return() -> None:
    bought = a_purchase(1, FIVE_PER_CENT)
    big = bought.exchange(1, "big")
    with tenancy.as_platform(bought.shop.platform.pk):
        first = ReturnRequest.objects.get()
        Exchange.objects.update(sent_at=system_clock())  # the page knows no other time
    browser = as_actor(bought.alia)
    link = f"/trave/purchases/{bought.group.number}/orders/{first.order_id}/back/"

    assert f"{link}?exchange={big}" in browser.get(f"/trave/returns/{first.number}/").content.decode()
    form = words(browser.get(f"{link}?exchange={big}"))
    answer = browser.post(
        link, {"exchange": big, f"units-{bought.line.pk}": 1, "reason": "other", "wish": "money"}
    )

    assert "What came in exchange: Tea" in form
    assert "Exchange it for" not in form
    assert answer.status_code == 302
    with tenancy.as_platform(bought.shop.platform.pk):
        made = ReturnRequest.objects.exclude(pk=first.pk).get()
    assert (made.sends_back_id, bought.settle(made, 1).amount) == (big, 1_190)
    assert f"?exchange={big}" not in browser.get(f"/trave/returns/{first.number}/").content.decode()
