"""The operator's page of commission: rules are added, tried on a sample, and ended."""

from __future__ import annotations

import pytest

from hansa.commerce.accounts.models import Platform
from hansa.commerce.commission.models import CommissionLine, CommissionRule
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_platform, a_shop, a_shopper
from tests.integration.web.desks import Role, Visitor, a_worker, row, somebody, words

pytestmark = pytest.mark.usefixtures("database")
PAGE = "/desk/operator/trave/commission/"
RULE = {"do": "rule", "rate": "5", "fixed_fee": "0.10", "tax": "19", "priority": "0"}


def a_house() -> tuple[Shop, Visitor]:
    """Tea at 5.00; the platform keeps ten per cent where no rule fits."""
    shop = a_shop(stock={"tea": 100}, prices={"tea": 500})
    return shop, a_worker(Role.OPERATOR, shop.platform, name="olga")


def rules(shop: Shop) -> list[tuple[int, int, int, int]]:
    with tenancy.as_platform(shop.platform.pk):
        found = CommissionRule.objects.order_by("pk")
        return list(found.values_list("rate_bp", "fixed_fee", "minimum", "tax_bp"))


def test_a_rule_is_added_tried_on_a_sample_and_held_by_the_next_sale() -> None:
    shop, olga = a_house()
    tea = shop.listings["tea"]

    answer = olga.post(PAGE, **RULE, merchant=str(shop.merchant.pk), category=str(tea.category_id))

    assert answer.headers["Location"] == PAGE
    assert rules(shop) == [(500, 10, 0, 1_900)]
    assert row(olga.get(PAGE).content.decode(), 'data-rule="1"').startswith(
        "Bo rule 1 Pantry 5% · €0.10 a unit and 19% tax on it 0"
    )
    # 5 % of 10.00 and 10 a unit are 70; 19 % of it is 13.
    sample = f"{PAGE}?price=5.00&units=2&merchant={shop.merchant.pk}&category={tea.category_id}"
    said = olga.reads(sample)
    assert "€10.00 Commission €0.70 Tax on commission €0.13 Owed to the merchant €9.17 By rule 1" in said
    shop.buy(a_shopper(), [("tea", 2)], now=system_clock())
    with tenancy.as_platform(shop.platform.pk):
        assert list(CommissionLine.objects.values_list("commission", "tax")) == [(70, 13)]


def test_what_no_rule_fits_pays_the_usual_rate_and_the_page_changes_that() -> None:
    shop, olga = a_house()
    olga.post(PAGE, **RULE, merchant=str(shop.merchant.pk))

    assert "Commission €0.50 Tax on commission €0.00 Owed to the merchant €4.50 By the usual rate" in (
        olga.reads(f"{PAGE}?price=5.00")
    )
    olga.post(PAGE, do="usual", usual="12.5")

    assert Platform.objects.get().commission_bp == 1_250
    assert "Commission €0.75 Tax on commission €0.00 Owed to the merchant €5.25" in (
        olga.reads(f"{PAGE}?price=6.00")
    )


def test_a_rule_of_later_is_shown_as_such_and_counts_from_then_on() -> None:
    _, olga = a_house()

    olga.post(PAGE, **(RULE | {"rate": "20", "fixed_fee": "", "tax": "0"}), valid_from="2999-01-01T00:00")

    assert "20% 0 1 Jan 2999, 00:00 not yet" in row(olga.get(PAGE).content.decode(), 'data-rule="1"')
    assert "Commission €0.50" in olga.reads(f"{PAGE}?price=5.00")
    assert "Commission €1.00" in olga.reads(f"{PAGE}?price=5.00&at=2999-01-01T00:00")


def test_a_rule_that_ended_holds_no_more_and_is_still_shown() -> None:
    shop, olga = a_house()
    olga.post(PAGE, **RULE)

    for _ in range(2):
        assert olga.post(f"{PAGE}1/end/").headers["Location"] == PAGE

    page = olga.get(PAGE).content.decode()
    assert 'data-rule="1"' not in page
    assert "Ended rules" in page
    assert "Commission €0.50" in olga.reads(f"{PAGE}?price=5.00")
    assert rules(shop) == [(500, 10, 0, 1_900)]


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ({"rate": "101"}, "less than or equal to 100"),
        ({"rate": ""}, "This field is required."),
        ({"fixed_fee": "0.001"}, "no more than 2 decimal places"),
        ({"valid_from": "2001-01-01T00:00"}, "A rule of commission cannot begin in the past."),
        (
            {"valid_from": "2999-01-02T00:00", "valid_until": "2999-01-01T00:00"},
            "A rule of commission ends after it begins.",
        ),
        ({"from_price": "5", "below_price": "5"}, "A band of prices ends above where it begins."),
        ({"merchant": "99"}, "Select a valid choice."),
    ],
)
def test_a_rule_that_cannot_be_is_refused_and_what_was_typed_stays(slip: dict[str, str], said: str) -> None:
    shop, olga = a_house()

    answer = olga.post(PAGE, **(RULE | {"minimum": "0.37"} | slip))

    assert (answer.status_code, said in words(answer)) == (422, True)
    assert 'value="0.37"' in answer.content.decode()
    assert rules(shop) == []


def test_an_odd_sample_is_told_what_is_odd() -> None:
    _, olga = a_house()

    page = olga.reads(f"{PAGE}?price=free&units=0")

    assert "Enter a number." in page
    assert "Owed to the merchant" not in page


def test_nobody_else_sees_or_sets_what_is_kept() -> None:
    shop, _ = a_house()
    anna = a_worker(Role.OPERATOR, a_platform("alster"), name="anna")
    dag = a_worker(Role.DISPATCHER, shop.platform)

    shut = [each.get(PAGE).status_code for each in (anna, dag)]
    shut += [each.post(PAGE, **RULE).status_code for each in (anna, dag)]
    shut += [anna.post(f"{PAGE}1/end/").status_code]

    assert shut == [403] * 5
    assert somebody().get(PAGE).status_code == 302
    assert rules(shop) == []
