"""Whether a merchant may sell: let in, suspended and let in again, with what that does to offers, orders and payouts."""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.test import Client

from hansa.commerce.accounts.models import User
from hansa.commerce.catalogue import services as catalogue
from hansa.commerce.catalogue import standing
from hansa.commerce.catalogue.models import CatalogueChange, Listing
from hansa.commerce.catalogue.standing import MerchantClosed, MerchantMayNotSell
from hansa.commerce.checkout import cart
from hansa.commerce.merchants.models import Merchant, Store
from hansa.commerce.orders.models import Order
from hansa.foundation import tenancy
from hansa.kernel.errors import Forbidden, HansaError, InvalidInput, NotFound
from tests.factories import NOON, Shop, a_centre, a_listing, a_platform, a_shop, a_shopper, an_operator
from tests.integration.payouts.scene import LATER, an_officer, approve, books, deliver, schedule
from tests.integration.web.desks import Role, Visitor, a_worker, somebody, words

pytestmark = pytest.mark.usefixtures("database")
WHY = "it sends nothing"


def a_house() -> Shop:
    """Tea and salt are shown, pepper is hidden by its merchant."""
    shop = a_shop(
        stock=dict.fromkeys(("tea", "salt", "pepper"), 20), prices={"tea": 500, "salt": 100, "pepper": 300}
    )
    with tenancy.as_platform(shop.platform.pk):
        Listing.objects.filter(pk=shop.listings["pepper"].pk).update(is_active=False)
    return shop


def shown(shop: Shop) -> list[str]:
    with tenancy.as_alliance():
        found = Listing.objects.filter(merchant=shop.merchant, is_active=True)
        return sorted(found.values_list("title", flat=True))


def status(shop: Shop) -> str:
    return str(Merchant.objects.get(pk=shop.merchant.pk).status)


def desk(shop: Shop) -> tuple[Visitor, str]:
    return a_worker(Role.OPERATOR, shop.platform, name="olga"), (
        f"/desk/operator/{shop.platform.code}/merchants/{shop.merchant.pk}/"
    )


def test_suspending_hides_what_was_shown_and_approving_shows_that_again_and_no_more() -> None:
    shop, olga = a_house(), None
    olga = an_operator(shop)

    for _ in range(2):
        standing.suspend(actor=olga, merchant_id=shop.merchant.pk, reason=WHY, now=NOON)
    assert (status(shop), shown(shop)) == ("suspended", [])
    assert standing.reason_of_suspension(Merchant.objects.get()) == WHY
    for _ in range(2):
        standing.approve(actor=olga, merchant_id=shop.merchant.pk, now=NOON)

    assert (status(shop), shown(shop)) == ("approved", ["Salt", "Tea"])
    assert standing.reason_of_suspension(Merchant.objects.get()) == ""
    assert [change.after["status"] for change in standing.history_of(shop.merchant.pk)] == [
        "approved",
        "suspended",
    ]


def test_what_the_merchant_hides_itself_while_it_is_suspended_stays_hidden() -> None:
    shop = a_house()
    olga = an_operator(shop)
    standing.suspend(actor=olga, merchant_id=shop.merchant.pk, reason=WHY, now=NOON)

    with tenancy.as_platform(shop.platform.pk):
        catalogue.set_active(
            actor=shop.owner,
            platform_id=shop.platform.pk,
            listing_id=shop.listings["salt"].pk,
            is_active=False,
        )
    standing.approve(actor=olga, merchant_id=shop.merchant.pk, now=NOON)

    assert shown(shop) == ["Tea"]


def test_goods_are_hidden_on_every_platform_and_only_the_home_platform_decides() -> None:
    shop = a_house()
    elbe = a_platform("elbe")
    with tenancy.as_platform(elbe.pk):
        Store.objects.create(platform=elbe, merchant=shop.merchant)
    a_listing(elbe, shop.merchant, a_centre(elbe), "rope", price=900, stock=3)
    elsewhere = an_operator(Shop(elbe, shop.merchant, shop.owner, shop.centre))
    assert shown(shop) == ["Rope", "Salt", "Tea"]

    for actor in (elsewhere, shop.owner):
        with pytest.raises(Forbidden, match="at home on another platform"):
            standing.suspend(actor=actor, merchant_id=shop.merchant.pk, reason=WHY, now=NOON)
    assert (shown(shop), CatalogueChange.objects.count()) == (["Rope", "Salt", "Tea"], 0)
    standing.suspend(actor=an_operator(shop), merchant_id=shop.merchant.pk, reason=WHY, now=NOON)

    assert shown(shop) == []


def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    shop = a_house()
    olga = an_operator(shop)

    for reason in ("", "  ", "x" * 401):
        with pytest.raises(InvalidInput, match="1 to 400"):
            standing.suspend(actor=olga, merchant_id=shop.merchant.pk, reason=reason, now=NOON)
    with pytest.raises(NotFound, match="no merchant 99"):
        standing.approve(actor=olga, merchant_id=99, now=NOON)
    assert (status(shop), shown(shop)) == ("approved", ["Salt", "Tea"])
    Merchant.objects.update(status=Merchant.Status.CLOSED)
    with pytest.raises(MerchantClosed):
        standing.approve(actor=olga, merchant_id=shop.merchant.pk, now=NOON)

    assert (status(shop), CatalogueChange.objects.count()) == ("closed", 0)


def test_a_suspended_merchant_neither_sells_nor_shows_anything_and_open_orders_and_payouts_go_on() -> None:
    shop = a_house()
    alia = a_shopper()
    open_one = shop.buy(alia, [("tea", 2)])
    bea = a_shopper("bea")
    shop.fill_cart(bea, [("tea", 1)])

    standing.suspend(actor=an_operator(shop), merchant_id=shop.merchant.pk, reason=WHY, now=NOON)

    with tenancy.as_platform(shop.platform.pk):
        assert cart.quantities(platform_id=shop.platform.pk, actor=bea) == {}
        with pytest.raises(MerchantMayNotSell):
            catalogue.set_active(
                actor=shop.owner,
                platform_id=shop.platform.pk,
                listing_id=shop.listings["tea"].pk,
                is_active=True,
            )
    with pytest.raises(HansaError):
        shop.pay(bea, 990)
    assert Client().get("/trave/m/bo/").status_code == 404
    deliver(shop, open_one)  # two teas are 9.00 for the merchant
    (payout,) = schedule(shop, LATER)
    approve(shop, payout, an_officer(shop, "orla"), an_officer(shop, "omar"))
    with tenancy.as_platform(shop.platform.pk):
        assert list(Order.objects.values_list("status", flat=True)) == ["delivered"]
    assert (payout.amount, books(shop)["in_payout"]) == (900, -900)


def test_who_shows_goods_while_the_merchant_is_suspended_does_not_slip_through() -> None:
    shop = a_house()
    olga, tea = an_operator(shop), shop.listings["pepper"]
    start, refused = threading.Barrier(2), []

    def show() -> None:
        start.wait()
        try:
            with tenancy.as_platform(shop.platform.pk):
                catalogue.set_active(
                    actor=shop.owner, platform_id=shop.platform.pk, listing_id=tea.pk, is_active=True
                )
        except MerchantMayNotSell as refusal:
            refused.append(refusal)
        finally:
            connections.close_all()

    def suspend() -> None:
        start.wait()
        try:
            standing.suspend(actor=olga, merchant_id=shop.merchant.pk, reason=WHY, now=NOON)
        finally:
            connections.close_all()

    for _ in range(8):
        threads = [threading.Thread(target=act) for act in (show, suspend)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        assert (status(shop), shown(shop)) == ("suspended", [])
        standing.approve(actor=olga, merchant_id=shop.merchant.pk, now=NOON)


def test_the_page_shows_what_suspending_does_and_the_merchant_reads_why() -> None:
    shop = a_house()
    shop.buy(a_shopper(), [("tea", 2)])
    olga, page = desk(shop)
    before = olga.reads(page)
    assert "Yes. Suspending it hides its goods on every platform at once." in before
    assert "Offers: 2 are shown now" in before
    assert "Orders: 1 is paid for and not delivered yet here" in before
    assert "Payouts: €9.00 is owed" in before

    answer = olga.post(f"{page}suspend/", reason=f" {WHY} ")

    assert answer.headers["Location"] == page
    after = olga.reads(page)
    assert "Offers: 0 are shown now" in after
    assert f"suspended {WHY} Olga" in after
    owner = somebody(User.objects.get(pk=shop.owner.user_id))
    home = f"/desk/merchant/trave/{shop.merchant.pk}/"
    assert f"You are suspended {WHY}" in owner.reads(home)
    olga.post(f"{page}approve/")
    assert (shown(shop), "You are suspended" in owner.reads(home)) == (["Salt", "Tea"], False)


def test_the_page_lets_an_applicant_in_and_says_why_something_is_refused() -> None:
    shop = a_house()
    Merchant.objects.update(status=Merchant.Status.APPLIED)
    olga, page = desk(shop)
    assert "Not yet: it has applied" in olga.reads(page)

    silent = olga.post(f"{page}suspend/", reason="")
    assert (silent.status_code, "Please give a reason" in words(silent)) == (422, True)
    assert status(shop) == "applied"
    olga.post(f"{page}approve/")

    assert status(shop) == "approved"


def test_an_operator_elsewhere_sees_who_decides() -> None:
    shop = a_house()
    elbe = a_platform("elbe")
    with tenancy.as_platform(elbe.pk):
        Store.objects.create(platform=elbe, merchant=shop.merchant)
    anna = a_worker(Role.OPERATOR, elbe, name="anna")
    page = f"/desk/operator/elbe/merchants/{shop.merchant.pk}/"

    said = anna.reads(page)
    refused = anna.post(f"{page}suspend/", reason=WHY)

    assert "It is at home on Trave, whose operator decides." in said
    assert (refused.status_code, status(shop)) == (403, "approved")
    bo = somebody(User.objects.get(pk=shop.owner.user_id))
    own = f"/desk/operator/trave/merchants/{shop.merchant.pk}/approve/"
    assert bo.post(own).status_code == 403
