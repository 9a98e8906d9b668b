"""Commission by line: frozen once, taken back to the cent, and never changed by a new rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from hansa.commerce.commission import selectors, services
from hansa.commerce.commission.domain import Charge, Rule
from hansa.commerce.commission.models import CommissionLine
from hansa.commerce.commission.services import Frozen
from hansa.commerce.orders.models import OrderGroup, OrderLine
from hansa.foundation import invariants, tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Forbidden, InvalidInput
from tests.factories import NOON, Shop, a_shop, a_shopper
from tests.integration.pricing.scene import an_operator

pytestmark = pytest.mark.usefixtures("database")


def a_house() -> Shop:
    return a_shop(stock={"tea": 100, "salt": 50}, prices={"tea": 500, "salt": 100})


def frozen(shop: Shop, group: OrderGroup) -> list[Frozen]:
    """Ten per cent of each line."""
    return [
        Frozen(
            shop.merchant.pk,
            line.offer_id,
            line.quantity,
            line.total,
            Charge(None, line.total, line.total // 10, 7),
        )
        for line in OrderLine.objects.filter(order__group=group).order_by("pk")
    ]


def kept() -> list[tuple[str, int, int]]:
    return list(CommissionLine.objects.order_by("pk").values_list("reference", "commission", "tax"))


def broken() -> set[str]:
    own = {"commission-is-its-lines", "commission-given-back-within"}
    return {finding.invariant.name for finding in invariants.check() if not finding.holds} & own


def test_a_purchase_is_frozen_once_in_one_statement() -> None:
    shop = a_house()
    group = shop.buy(a_shopper(), [("tea", 2), ("salt", 3)])

    with tenancy.as_platform(shop.platform.pk):
        lines = frozen(shop, group)
        with CaptureQueriesContext(connection) as captured:
            first = services.freeze(number=group.number, lines=lines, now=NOON).value
        again = services.freeze(number=group.number, lines=lines, now=NOON).value

        assert (first, again, len(captured)) == (2, 0, 1)
        assert kept() == [("", 100, 7), ("", 30, 7)]
    assert broken() == set()


def test_what_goes_back_takes_commission_and_tax_back_to_the_cent() -> None:
    shop = a_house()
    group = shop.buy(a_shopper(), [("tea", 2)])

    with tenancy.as_platform(shop.platform.pk):
        services.freeze(number=group.number, lines=frozen(shop, group), now=NOON)
        line = OrderLine.objects.get().pk
        backs = [
            services.take_back(reference=reference, order_lines=[line], paid=[paid], now=NOON).value
            for reference, paid in (("r1", 333), ("r1", 333), ("r2", 667))
        ]

        assert backs == [[(line, 33, 2)], [(line, 33, 2)], [(line, 67, 5)]]
        assert kept() == [("", 100, 7), ("r1", -33, -2), ("r2", -67, -5)]
    assert broken() == set()


def test_a_rule_holds_from_now_on_is_read_in_one_statement_and_ends() -> None:
    shop = a_house()
    operator = an_operator(shop)
    with tenancy.as_platform(shop.platform.pk):
        rule = services.set_rule(
            actor=operator, platform_id=shop.platform.pk, rule=Rule(None, 500, tax_bp=1_900), now=NOON
        )
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


def test_the_database_itself_refuses_to_change_what_was_frozen() -> None:
    shop = a_house()
    group = shop.buy(a_shopper(), [("tea", 2)])
    with tenancy.as_platform(shop.platform.pk):
        services.freeze(number=group.number, lines=frozen(shop, group), now=NOON)

    with pytest.raises(DatabaseError), tenancy.as_platform(shop.platform.pk), transaction.atomic():
        CommissionLine.objects.update(commission=0)


@pytest.mark.parametrize(
    ("corruption", "promise"),
    [
        ("update commission_commissionline set commission = commission - 1", "commission-is-its-lines"),
        (
            "update commission_commissionline set reference = 'x', commission = 0, tax = 0",
            "commission-given-back-within",
        ),
    ],
)
def test_a_planted_corruption_is_found(corruption: str, promise: str) -> None:
    shop = a_house()
    group = shop.buy(a_shopper(), [("tea", 2)])
    with tenancy.as_platform(shop.platform.pk):
        services.freeze(number=group.number, lines=frozen(shop, group), now=NOON)

    with connections[OWNER].cursor() as cursor:
        cursor.execute("alter table commission_commissionline disable trigger user")
        cursor.execute(corruption)
        cursor.execute("alter table commission_commissionline enable trigger user")

    assert promise in broken()
