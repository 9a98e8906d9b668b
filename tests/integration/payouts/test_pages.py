"""The pages of money: the merchant's balance and statements, the operator's queue, and the trial balance."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.db import transaction
from django.test import Client

from hansa.commerce.accounts.models import User
from hansa.commerce.commission.domain import Rule
from hansa.commerce.orders import locking, refunds
from hansa.commerce.orders.models import LineRefund, Order, OrderGroup
from hansa.commerce.payouts.models import Payout, PayoutTerms
from hansa.foundation import tenancy
from tests.factories import NOON, Shop, a_merchant
from tests.integration.commission.test_selling import set_rule
from tests.integration.payouts.scene import a_house, delivered, state
from tests.integration.web.desks import Role, Visitor, a_worker, row, somebody

pytestmark = pytest.mark.usefixtures("database")
DESK = "/desk/operator/trave/"


def merchants_desk(shop: Shop) -> tuple[Visitor, str]:
    return somebody(
        User.objects.get(pk=shop.owner.user_id)
    ), f"/desk/merchant/trave/{shop.merchant.pk}/money/"


def refund_half(shop: Shop, group: OrderGroup) -> None:
    """Give one of two teas back, as a return would."""
    with tenancy.as_platform(shop.platform.pk), transaction.atomic():
        locked = locking.lock(group.pk)
        (line_id,) = locked.lines
        backs = refunds.of_amount(locked, [locked.lines[line_id]], 500)
        refunds.give_back(
            locked=locked, backs=backs, reason=LineRefund.Reason.DISPUTE, reference="D-1", now=NOON
        )


def test_a_payout_goes_through_the_operators_pages() -> None:
    shop = a_house()
    delivered(shop)
    olga, omar, orla = (
        a_worker(Role.OPERATOR, shop.platform, name=name) for name in ("olga", "omar", "orla")
    )

    olga.post(f"{DESK}payouts/make-up/")
    with tenancy.as_platform(shop.platform.pk):
        payout = Payout.objects.get()
    for person in (olga, omar, omar, orla):  # who proposed it and who agreed before are told so
        person.post(f"{DESK}payouts/{payout.pk}/agree/")

    assert state(shop, payout) == "approved"
    page = orla.get(f"{DESK}payouts/").content.decode()
    assert "€9.00 agreed" in row(page, f'data-payout="{payout.pk}"')
    assert "proposed by Olga Omar, Orla" in row(page, f'data-payout="{payout.pk}"')


def test_a_proposer_sees_no_button_to_agree() -> None:
    shop = a_house()
    delivered(shop)
    olga, omar = (a_worker(Role.OPERATOR, shop.platform, name=name) for name in ("olga", "omar"))
    olga.post(f"{DESK}payouts/make-up/")

    pages = {
        who: visitor.get(f"{DESK}payouts/").content.decode()
        for who, visitor in (("olga", olga), ("omar", omar))
    }

    assert "/agree/" not in pages["olga"].replace("payouts/agree/", "")
    assert "/agree/" in pages["omar"].replace("payouts/agree/", "")


def test_the_merchant_sees_the_balance_and_fetches_statements() -> None:
    shop = a_house()
    delivered(shop)
    a_worker(Role.OPERATOR, shop.platform, name="olga").post(f"{DESK}payouts/make-up/")
    owner, desk = merchants_desk(shop)
    with tenancy.as_platform(shop.platform.pk):
        number = Payout.objects.get().pk

    page = owner.reads(desk)
    table = owner.get(f"{desk}payouts/{number}/statement.csv").content.decode().splitlines()
    document = owner.get(f"{desk}payouts/{number}/statement.pdf")

    assert "Can be paid out €0.00" in page
    assert "On its way to you €9.00" in page
    assert "waits for two people" in page
    assert table[0] == "payout,posted_at,kind,reference,amount,currency,commission,tax_on_commission"
    assert [line.split(",")[2] + " " + line.split(",")[4] for line in table[1:]] == [
        "capture 9.00",
        "total 9.00",
    ]
    assert document["Content-Type"] == "application/pdf"
    assert document.content.startswith(b"%PDF-")
    assert owner.get(f"{desk}payouts/{number}/statement.doc").status_code == 404
    owner.browser.cookies["django_language"] = "zh-hans"
    chinese = owner.get(f"{desk}payouts/{number}/statement.pdf").content
    assert b"STSong-Light" in chinese


def test_commission_is_shown_with_its_tax_on_the_order_and_on_the_statement() -> None:
    shop = a_house()
    set_rule(shop, Rule(None, 500, fixed_fee=10, tax_bp=1_900))
    group = delivered(shop)  # 5 % of 10.00 and 10 a unit are 70, and 19 % of it 13
    refund_half(shop, group)
    olga = a_worker(Role.OPERATOR, shop.platform, name="olga")
    olga.post(f"{DESK}payouts/make-up/")
    owner, desk = merchants_desk(shop)
    with tenancy.as_platform(shop.platform.pk):
        payout, order = Payout.objects.get(), Order.objects.get()

    table = owner.get(f"{desk}payouts/{payout.pk}/statement.csv").content.decode().splitlines()
    page = owner.reads(f"/desk/merchant/trave/{shop.merchant.pk}/orders/{order.pk}/")

    assert [line.split(",", 4)[4] for line in table[1:]] == [
        "9.17,EUR,0.70,0.13",
        "-4.59,EUR,-0.35,-0.06",
        "4.58,EUR,0.35,0.07",
    ]
    assert owner.get(f"{desk}payouts/{payout.pk}/statement.pdf").status_code == 200
    assert (
        "Goods €10.00 Commission -€0.70 Tax on commission -€0.13 Owed to you €9.17 Given back €5.00" in page
    )
    assert "€0.70 and €0.13 tax" in owner.reads(f"/desk/merchant/trave/{shop.merchant.pk}/orders/")
    assert "Commission €0.70 Tax on commission €0.13" in olga.reads(f"{DESK}orders/{group.number}/")


def test_nobody_else_sees_or_moves_the_money() -> None:
    shop = a_house()
    delivered(shop)
    olga = a_worker(Role.OPERATOR, shop.platform, name="olga")
    olga.post(f"{DESK}payouts/make-up/")
    owner, desk = merchants_desk(shop)
    with tenancy.as_platform(shop.platform.pk):
        number = Payout.objects.get().pk
    rival, other = a_merchant(shop.platform, "dora")
    dora = somebody(User.objects.get(pk=other.user_id))

    assert owner.post(f"{DESK}payouts/{number}/agree/").status_code == 403
    assert owner.post(f"{DESK}payouts/make-up/").status_code == 403
    assert owner.get(f"{DESK}books/").status_code == 403
    assert dora.get(desk).status_code == 403
    assert (
        dora.get(f"/desk/merchant/trave/{rival.pk}/money/payouts/{number}/statement.csv").status_code == 404
    )
    assert Client().get(f"{DESK}payouts/").status_code == 302
    with tenancy.as_platform(shop.platform.pk):
        assert Payout.objects.get().approved_by_id is None


def test_terms_are_agreed_on_the_page_and_nonsense_is_sent_back() -> None:
    shop = a_house()
    olga = a_worker(Role.OPERATOR, shop.platform, name="olga")
    form = {"hold_days": "3", "every": "day", "destination": "sandbox-bo", "minimum": "12.50"}

    wrong = olga.post(f"{DESK}payouts/agree/", **{**form, "hold_days": "999"})
    olga.post(f"{DESK}payouts/agree/", **form, merchant=str(shop.merchant.pk))

    assert wrong.status_code == 422
    with tenancy.as_platform(shop.platform.pk):
        agreed = PayoutTerms.objects.get()
    assert (agreed.merchant_id, agreed.hold_days, agreed.every) == (shop.merchant.pk, 3, "day")
    assert (agreed.minimum, agreed.destination) == (1_250, "sandbox-bo")
    assert "€12.50" in olga.reads(f"{DESK}payouts/")


def test_the_trial_balance_leads_down_to_the_legs_of_a_journal() -> None:
    shop = a_house()
    delivered(shop)
    olga = a_worker(Role.OPERATOR, shop.platform, name="olga")

    today = olga.reads(f"{DESK}books/")
    noon = olga.get(f"{DESK}books/?from=2026-03-02&to=2026-03-02").content.decode()
    account = olga.get(f"{DESK}books/payable/EUR/?from=2026-03-02&to=2026-03-02").content.decode()
    link = account.split('href="/desk/operator/trave/books/journals/')[1].split('"')[0]
    journal = olga.reads(f"{DESK}books/journals/{link}")

    assert "the books balance" in today
    assert "Money at the payment provider €0.00 €14.90 €0.00 €14.90" in words_of(noon)
    assert "Owed to the merchants €0.00 €0.00 €9.00 -€9.00" in words_of(noon)
    assert "Owed to the merchants Bo €9.00" in journal
    assert olga.get(f"{DESK}books/journals/999/").status_code == 404
    assert olga.get(f"{DESK}books/?from=nonsense&to=2026-13-45").status_code == 200


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))
