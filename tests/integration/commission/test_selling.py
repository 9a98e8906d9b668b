"""Commission by rules: chosen and frozen at the checkout, in the books, and given back with the money to the cent."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansa.commerce.catalogue.models import Category
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.errors import PaymentRefused
from hansa.commerce.commission import selectors, services
from hansa.commerce.commission.domain import Rule
from hansa.commerce.commission.models import CommissionLine, CommissionRule
from hansa.commerce.orders import cancelling
from hansa.commerce.orders.models import LineRefund, Order, OrderGroup, OrderLine
from hansa.foundation import tenancy
from hansa.kernel.errors import Forbidden, InvalidInput
from tests.factories import NOON, Shop, a_platform, a_shop, a_shopper, an_operator
from tests.integration.orders.scene import broken
from tests.integration.payouts.scene import books, delivered, dispute, work

pytestmark = pytest.mark.usefixtures("database")

FIVE_PER_CENT = Rule(None, 500, fixed_fee=10, tax_bp=1_900)


def a_house(*rules: Rule) -> Shop:
    """Tea at 5.00, salt at 1.00; the platform keeps ten per cent where no rule fits."""
    shop = a_shop(stock={"tea": 100, "salt": 50}, prices={"tea": 500, "salt": 100})
    for rule in rules:
        set_rule(shop, rule)
    return shop


def set_rule(shop: Shop, rule: Rule) -> CommissionRule:
    with tenancy.as_platform(shop.platform.pk):
        return CommissionRule.objects.create(
            platform_id=shop.platform.pk,
            rate_bp=rule.rate_bp,
            fixed_fee=rule.fixed_fee,
            tax_bp=rule.tax_bp,
            priority=rule.priority,
            category_id=rule.category_id,
            from_price=rule.from_price,
            valid_from=NOON,
        )


def kept(shop: Shop) -> list[tuple[str, int, int]]:
    """What is kept of each line by now: title, commission, tax."""
    with tenancy.as_platform(shop.platform.pk):
        lines = CommissionLine.objects.values_list("order_line__title")
        return list(lines.annotate(Sum("commission"), Sum("tax")).order_by("order_line__title"))


def of_order(shop: Shop, group: OrderGroup) -> tuple[int, int]:
    with tenancy.as_platform(shop.platform.pk):
        order = Order.objects.get(group=group)
        return order.commission, order.commission_tax


def cancel(shop: Shop, group: OrderGroup, title: str, units: int, key: str) -> None:
    with tenancy.as_platform(shop.platform.pk):
        line = OrderLine.objects.get(order__group=group, title=title)
        cancelling.cancel_units(
            group_id=group.pk, units={line.pk: units}, key=key, reason="no", actor_name="a", now=NOON
        )


def test_the_rule_of_each_line_is_frozen_and_goes_back_in_parts_that_make_the_whole() -> None:
    shop = a_house(FIVE_PER_CENT)
    group = shop.buy(a_shopper(), [("tea", 2), ("salt", 3)])

    # 5 % of 13.00 is 65: 50 and 15, and 10 a unit; 19 % of 70 is 13, of 45 is 9.
    assert kept(shop) == [("Salt", 45, 9), ("Tea", 70, 13)]
    assert of_order(shop, group) == (115, 22)
    sold = books(shop)
    assert (sold["payable"], sold["commission"], sold["tax_on_commission"]) == (-1163, -115, -22)

    cancel(shop, group, "Salt", 1, "one")
    cancel(shop, group, "Tea", 1, "two")
    cancel(shop, group, "Tea", 1, "two")
    assert kept(shop) == [("Salt", 30, 6), ("Tea", 35, 7)]
    with tenancy.as_platform(shop.platform.pk):
        backs = LineRefund.objects.order_by("pk").values_list("paid", "commission", "commission_tax")
        assert list(backs) == [(100, 15, 3), (500, 35, 6)]

    cancel(shop, group, "Salt", 2, "three")
    cancel(shop, group, "Tea", 1, "four")
    assert kept(shop) == [("Salt", 0, 0), ("Tea", 0, 0)]
    assert books(shop) == {}
    assert broken() == []


def test_categories_above_and_bands_of_prices_choose_and_a_later_rule_changes_no_sale() -> None:
    shop = a_house()
    listing = shop.listings["tea"]
    above = Category.objects.create(slug="above", name="Above", name_zh="Above")
    Category.objects.filter(pk=listing.category_id).update(parent=above)
    set_rule(shop, Rule(None, 2_000, category_id=above.pk, from_price=500))

    first = shop.buy(a_shopper(), [("tea", 1), ("salt", 1)])
    set_rule(shop, Rule(None, 0, priority=9))
    second = shop.buy(a_shopper("bea"), [("tea", 1)])

    assert of_order(shop, first) == (110, 0)  # 20 % of 5.00, and the usual 10 % of 1.00
    assert of_order(shop, second) == (0, 0)
    assert broken() == []


def test_nothing_is_kept_of_a_purchase_that_was_not_paid() -> None:
    shop = a_house(FIVE_PER_CENT)

    with pytest.raises(PaymentRefused):
        shop.buy(a_shopper(), [("tea", 2)], card="tok_declined")

    assert kept(shop) == [("Tea", 0, 0)]
    assert broken() == []


def test_what_a_partner_sold_keeps_by_the_rules_and_gives_all_back() -> None:
    shop = a_house(FIVE_PER_CENT)
    seller = a_platform("elbe")
    with tenancy.as_platform(shop.platform.pk):
        group = checkout.place_partner_order(
            platform_id=shop.platform.pk,
            sold_by_id=seller.pk,
            wanted={shop.listings["tea"].offer_id: 2},
            destination=shop.wish(0).destination,
            key="k",
            now=NOON,
        )
    assert kept(shop) == [("Tea", 70, 13)]

    with tenancy.as_platform(shop.platform.pk):
        cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="elbe", now=NOON)

    assert kept(shop) == [("Tea", 0, 0)]


def test_a_part_lost_at_the_bank_takes_its_commission_and_tax_back() -> None:
    shop = a_house(FIVE_PER_CENT)
    group = delivered(shop)  # two teas and the delivery fee, 14.90

    dispute(shop, group, "lost", 745)  # half of it
    work()

    assert kept(shop) == [("Tea", 35, 7)]
    assert books(shop) == {
        "provider": 745, "delivery": -245, "payable": -458, "commission": -35, "tax_on_commission": -7
    }  # fmt: skip
    assert broken() == []


def test_any_parts_that_make_the_whole_give_exactly_all_back() -> None:
    shop = a_house(FIVE_PER_CENT)
    group = shop.buy(a_shopper(), [("tea", 2)])
    with tenancy.as_platform(shop.platform.pk):
        line = OrderLine.objects.get(order__group=group).pk

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(0, 1_000), max_size=6))
    def gives_all_back(cuts: list[int]) -> None:
        ends = [0, *sorted(cuts), 1_000]
        parts = [end - start for start, end in pairwise(ends)]
        with tenancy.as_platform(shop.platform.pk), transaction.atomic():
            backs = [
                services.take_back(reference=f"r{place}", order_lines=[line], paid=[part], now=NOON).value
                for place, part in enumerate(parts)
            ]
            more = services.take_back(reference="more", order_lines=[line], paid=[1], now=NOON).value
            transaction.set_rollback(True)
        assert all(commission >= 0 <= tax for ((_, commission, tax),) in backs)
        assert sum(commission for ((_, commission, _),) in backs) == 70
        assert sum(tax for ((_, _, tax),) in backs) == 13
        assert more == [(line, 0, 0)]

    gives_all_back()


def test_a_rule_holds_from_now_on_is_read_in_one_statement_and_ends() -> None:
    shop = a_house()
    operator = an_operator(shop)
    with tenancy.as_platform(shop.platform.pk):
        rule = services.set_rule(actor=operator, platform_id=shop.platform.pk, rule=FIVE_PER_CENT, now=NOON)
        with CaptureQueriesContext(connection) as captured:
            found = selectors.rules_at(shop.platform.pk, NOON).value
        services.end_rule(
            actor=operator, platform_id=shop.platform.pk, rule_id=rule.pk, now=NOON + timedelta(days=1)
        )

        assert (found, len(captured)) == ([rule.read()], 1)
        assert selectors.rules_at(shop.platform.pk, NOON + timedelta(hours=23)).value != []
        assert selectors.rules_at(shop.platform.pk, NOON + timedelta(days=1)).value == []
        with pytest.raises(InvalidInput, match="cannot begin in the past"):
            services.set_rule(
                actor=operator,
                platform_id=shop.platform.pk,
                rule=Rule(None, 500, valid_from=NOON - timedelta(seconds=1)),
                now=NOON,
            )
        with pytest.raises(Forbidden):
            services.set_rule(actor=shop.owner, platform_id=shop.platform.pk, rule=Rule(None, 0), now=NOON)
        assert CommissionRule.objects.count() == 1


def test_the_database_itself_refuses_to_change_what_was_frozen() -> None:
    shop = a_house()
    shop.buy(a_shopper(), [("tea", 2)])

    with pytest.raises(DatabaseError), tenancy.as_platform(shop.platform.pk), transaction.atomic():
        CommissionLine.objects.update(commission=0)
