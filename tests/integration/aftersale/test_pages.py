"""The pages after a sale: the shopper's, the merchant's and the operator's, from the first click to the money."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hansa.commerce.accounts.models import Membership, User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale.models import Dispute, ReturnRequest
from hansa.foundation import tenancy
from tests.factories import Shop, a_shopper
from tests.integration.aftersale.test_returns import a_picture
from tests.integration.storefront.visitors import a_tea_shop, as_actor, deliver
from tests.integration.web.desks import a_worker, words

pytestmark = pytest.mark.usefixtures("database")


def the_owner(shop: Shop) -> Client:
    owner = Client()
    owner.force_login(User.objects.get(pk=shop.owner.user_id))
    return owner


def follow(browser: Client, path: str, **form: object) -> str:
    """Post, follow where it leads, and read it."""
    answer = browser.post(path, form, follow=True)
    assert answer.status_code == 200, (path, answer.status_code)
    return words(answer)


def line_of(page: bytes) -> str:
    found = re.search(r'name="units-(\d+)"', page.decode())
    assert found
    return found[1]


def a_delivered_purchase(shop: Shop) -> tuple[Actor, str, int]:
    alia = a_shopper()
    group = shop.buy(alia, [("tea", 2)])
    deliver(shop, group)
    with tenancy.as_platform(shop.platform.pk):
        return alia, group.number, group.orders.get().pk


def test_a_return_goes_from_the_shopper_to_the_merchant_and_its_money_back() -> None:
    shop = a_tea_shop()
    alia, number, order_id = a_delivered_purchase(shop)
    shopper, owner = as_actor(alia), the_owner(shop)
    back = f"/trave/purchases/{number}/orders/{order_id}/back/"
    assert "Send something back to Bo" in words(shopper.get(f"/trave/purchases/{number}/"))
    line = line_of(shopper.get(back).content)

    said = follow(
        shopper,
        back,
        **{f"units-{line}": "1"},
        reason="damaged",
        wish="money",
        note="a crack",
        photos=SimpleUploadedFile("p.png", a_picture()),
    )
    with tenancy.as_platform(shop.platform.pk):
        made = ReturnRequest.objects.get()
        photo_id = made.photos.get().pk
    desk = f"/desk/merchant/trave/{shop.merchant.pk}/returns/{made.number}/"
    assert "asked for" in said
    assert made.number in words(owner.get(f"/desk/merchant/trave/{shop.merchant.pk}/returns/"))
    picture = owner.get(f"/trave/returns/{made.number}/photos/{photo_id}/")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert Client().get(f"/trave/returns/{made.number}/photos/{photo_id}/").status_code == 404

    assert "agreed to" in follow(owner, desk, step="agree")
    assert "Send it" in words(shopper.get(f"/trave/returns/{made.number}/"))
    follow(shopper, f"/trave/returns/{made.number}/", step="parcel", carrier="Post", tracking_number="P 1")
    assert "Inspection" in follow(owner, desk, step="receive")
    follow(owner, desk, step="inspect", **{f"accepted-{line}": "1", f"restocked-{line}": "0"})

    assert "Given back" in words(shopper.get(f"/trave/returns/{made.number}/"))
    with tenancy.as_platform(shop.platform.pk):
        made.refresh_from_db()
    assert (made.state, made.amount) == ("refunded", 500)


def test_a_dispute_goes_to_the_operator_who_shares_it() -> None:
    shop = a_tea_shop()
    alia, number, order_id = a_delivered_purchase(shop)
    shopper, owner = as_actor(alia), the_owner(shop)
    operator = a_worker(Membership.Role.OPERATOR, shop.platform)
    problem = f"/trave/purchases/{number}/orders/{order_id}/problem/"

    assert shopper.post(problem, {"kind": "damaged", "claim": "10.001", "text": "x"}).status_code == 422
    said = follow(shopper, problem, kind="damaged", claim="10.00", text="it leaks")
    with tenancy.as_platform(shop.platform.pk):
        made = Dispute.objects.get()
    assert "it leaks" in said
    follow(
        owner, f"/desk/merchant/trave/{shop.merchant.pk}/disputes/{made.number}/", step="answer", text="no"
    )
    follow(shopper, f"/trave/disputes/{made.number}/", step="ask", text="please look")
    desk = f"/desk/operator/trave/disputes/{made.number}/"
    assert made.number in operator.reads("/desk/operator/trave/returns/")
    assert "Decide" in operator.reads(desk)

    operator.post(desk, step="decide", amount="4.00", text="both are right")

    assert "shared" in words(shopper.get(f"/trave/disputes/{made.number}/"))
    with tenancy.as_platform(shop.platform.pk):
        made.refresh_from_db()
    assert (made.state, made.given_back) == ("split", 400)


def test_a_merchant_sends_a_part_and_the_shopper_calls_the_rest_off() -> None:
    shop = a_tea_shop()
    alia = a_shopper()
    group = shop.buy(alia, [("tea", 3)])
    shopper, owner = as_actor(alia), the_owner(shop)
    with tenancy.as_platform(shop.platform.pk):
        order = group.orders.get()
        line = order.lines.get()
    desk = f"/desk/merchant/trave/{shop.merchant.pk}/orders/{order.pk}/"

    said = follow(owner, f"{desk}send/", **{f"units-{line.pk}": "2"}, carrier="Post", tracking_number="P 1")
    assert "partly sent" in said
    page = shopper.get(f"/trave/purchases/{group.number}/")
    key = re.search(r'name="key" value="([^"]+)"', page.content.decode())
    assert key
    assert "P 1" in words(page)
    for _ in range(2):
        follow(
            shopper,
            f"/trave/purchases/{group.number}/units/",
            **{f"units-{line.pk}": "1"},
            key=key[1],
        )
    with tenancy.as_platform(shop.platform.pk):
        shipment = group.shipments.exclude(carrier="").get()
    follow(owner, f"{desk}parcels/{shipment.pk}/", status="delivered", note="at the door")

    with tenancy.as_platform(shop.platform.pk):
        order.refresh_from_db()
    assert (order.status, order.refunded) == ("delivered", 500)
    assert shop.refunds_of(group) == [500]


def test_strangers_do_not_get_in() -> None:
    shop = a_tea_shop()
    _alia, number, order_id = a_delivered_purchase(shop)
    stranger = as_actor(a_shopper("eve"))

    for path in (
        f"/trave/purchases/{number}/orders/{order_id}/back/",
        f"/trave/purchases/{number}/orders/{order_id}/problem/",
    ):
        assert stranger.get(path).status_code == 404
    assert stranger.get(f"/desk/merchant/trave/{shop.merchant.pk}/orders/{order_id}/").status_code == 403
    assert stranger.get("/desk/operator/trave/returns/").status_code == 403
