"""What the desks show and do, done over the API: a merchant's stock, orders, promotions and reach; a platform's lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import a_merchant, a_platform, a_shopper, an_operator
from tests.integration.api.test_api import Caller, buy, the_shop

pytestmark = pytest.mark.usefixtures("database")


def test_a_merchant_sees_its_stock_orders_and_takings_and_nobody_elses() -> None:
    shop = the_shop()
    buy(Caller(a_shopper()), shop, 3, "k1")
    owner, (_, stranger) = Caller(shop.owner), a_merchant(shop.platform, "cy")
    path = f"merchants/{shop.merchant.pk}"

    levels = {each["title"]: each for each in owner.get(f"{path}/stock/?platform=trave")[1]["items"]}
    [order] = owner.get(f"{path}/orders/?platform=trave")[1]["items"]
    today = owner.get(f"{path}/takings?platform=trave&days=1")[1][-1]
    funnel = owner.get(f"{path}/funnel?platform=trave")[1]

    assert (levels["Tea"]["on_hand"], levels["Tea"]["free"], levels["Salt"]["free"]) == (10, 7, 0)
    assert (order["status"], order["items_total"], order["lines"][0]["quantity"]) == ("paid", 1500, 3)
    assert (today["revenue"], today["orders"], today["units"]) == (1500, 1, 3)
    assert (funnel["orders"], funnel["revenue"]) == (1, 1500)
    assert owner.get(f"{path}/orders/?platform=trave&status=shipped")[1]["items"] == []
    for part in ("stock/", "orders/", "takings", "funnel", "promotions/", "purchase-orders/"):
        assert Caller(stranger).get(f"{path}/{part}?platform=trave")[0] == 403


def test_a_merchant_asks_for_a_part_and_the_operator_agrees() -> None:
    shop = the_shop()
    owner, olaf = Caller(shop.owner), Caller(an_operator(shop))
    now = datetime.now(UTC)
    wish = {
        "name": "Tea week",
        "percent_bp": 1_000,
        "platform_share_bp": 5_000,
        "offer_ids": [shop.listings["tea"].offer_id],
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
    }
    path = f"merchants/{shop.merchant.pk}/promotions/?platform=trave"

    status, started = owner.send("POST", path, wish)
    waiting = olaf.get("promotions/waiting/?platform=trave")[1]["items"]
    refused = owner.send("POST", f"promotions/{started['id']}/agree?platform=trave", {})[0]
    agreed = olaf.client.post(
        f"/api/v1/promotions/{started['id']}/agree?platform=trave", headers=olaf.headers
    )

    assert (status, started["awaits_platform"]) == (201, True)
    assert [each["name"] for each in waiting] == ["Tea week"]
    assert (refused, agreed.status_code) == (403, 204)
    assert [each["awaits_platform"] for each in owner.get(path)[1]["items"]] == [False]


def test_an_operator_sees_the_own_platforms_merchants_and_purchases_only() -> None:
    shop = the_shop()
    a_merchant(shop.platform, "cy")
    a_merchant(a_platform("gotland"), "ola")
    buy(Caller(a_shopper()), shop, 1, "k1")
    olaf = Caller(an_operator(shop))

    falling = olaf.get("merchants/?platform=trave&sort=-name&limit=1")[1]
    rest = olaf.get(f"merchants/?platform=trave&sort=-name&cursor={falling['next_cursor']}")[1]

    assert [each["name"] for each in falling["items"] + rest["items"]] == ["Cy", "Bo"]
    assert [each["grand_total"] for each in olaf.get("purchases/?platform=trave")[1]["items"]] == [990]
    assert olaf.get("analytics/reach?platform=trave")[0] == 200
    assert olaf.get("coupons/?platform=trave") == (200, {"items": [], "next_cursor": ""})
    assert olaf.get("merchants/?platform=trave&sort=status")[0] == 422
    for part in ("merchants/", "purchases/", "analytics/reach", "coupons/", "promotions/waiting/"):
        assert olaf.get(f"{part}?platform=gotland")[0] == 403
