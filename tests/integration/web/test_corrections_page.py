"""The operator's page of corrections: one person proposes, another posts, and everybody sees who did what."""

from __future__ import annotations

import pytest

from hansa.commerce.accounts.models import User
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.ledger.models import Correction
from hansa.foundation import tenancy
from tests.factories import Shop, a_platform, a_shop
from tests.integration.orders.scene import broken
from tests.integration.web.desks import Role, Visitor, a_worker, row, somebody, words

pytestmark = pytest.mark.usefixtures("database")
PAGE = "/desk/operator/trave/corrections/"


def a_house() -> tuple[Shop, Visitor, Visitor]:
    shop = a_shop(stock={}, prices={})
    olga, omar = (a_worker(Role.OPERATOR, shop.platform, name=name) for name in ("olga", "omar"))
    return shop, olga, omar


def propose(shop: Shop, visitor: Visitor, **slip: str) -> int:
    form = {"direction": "less", "amount": "7.50", "against": "commission", "reason": "kept too little"}
    return visitor.post(PAGE, **(form | {"merchant": str(shop.merchant.pk)} | slip)).status_code


def books(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        return {each.kind: each.amount for each in ledger.balances_of_platform(shop.platform.pk)}


def state(shop: Shop) -> str:
    with tenancy.as_platform(shop.platform.pk):
        return str(Correction.objects.get().state)


def test_one_person_proposes_and_another_posts() -> None:
    shop, olga, omar = a_house()

    assert propose(shop, olga) == 302
    own, others = (each.get(PAGE).content.decode() for each in (olga, omar))
    assert row(own, 'data-correction="1"').startswith("Bo -€7.50 Commission earned kept too little Olga"), (
        row(own, 'data-correction="1"')
    )
    assert ("/1/post/" in own, "/1/post/" in others) == (False, True)
    olga.post(f"{PAGE}1/post/")
    assert "Who proposed a correction may not post it." in olga.reads(PAGE)
    assert (state(shop), books(shop)) == ("proposed", {})

    omar.post(f"{PAGE}1/post/")

    assert "It is in the books." in omar.reads(PAGE)
    assert (state(shop), books(shop)) == ("posted", {"payable": 750, "commission": -750})
    omar.post(f"{PAGE}1/post/")
    assert "This correction is decided already." in omar.reads(PAGE)
    assert books(shop) == {"payable": 750, "commission": -750}
    assert broken() == []


def test_a_correction_that_is_turned_down_leaves_the_books_alone() -> None:
    shop, olga, omar = a_house()
    propose(shop, olga, direction="more", against="goodwill")

    omar.post(f"{PAGE}1/refuse/")

    assert (state(shop), books(shop)) == ("refused", {})
    assert "Bo €7.50 Given away kept too little Olga" in olga.reads(PAGE)


@pytest.mark.parametrize(
    "slip",
    [
        {"amount": "0"},
        {"amount": "1.234"},
        {"against": "payable"},
        {"reason": " "},
        {"merchant": "99"},
        {"direction": ""},
    ],
)
def test_a_correction_that_cannot_be_is_not_proposed(slip: dict[str, str]) -> None:
    shop, olga, _ = a_house()

    assert propose(shop, olga, **slip) == 422

    with tenancy.as_platform(shop.platform.pk):
        assert Correction.objects.count() == 0


def test_nobody_else_sees_or_decides() -> None:
    shop, olga, _ = a_house()
    propose(shop, olga)
    anna = a_worker(Role.OPERATOR, a_platform("alster"), name="anna")
    bo = somebody(User.objects.get(pk=shop.owner.user_id))

    shut = [each.get(PAGE).status_code for each in (anna, bo)]
    shut += [each.post(f"{PAGE}1/post/").status_code for each in (anna, bo)]
    elsewhere = anna.post("/desk/operator/alster/corrections/1/post/")

    assert shut == [403] * 4
    assert "There is no correction 1 here." in words(anna.get(elsewhere.headers["Location"]))
    assert (state(shop), books(shop)) == ("proposed", {})
