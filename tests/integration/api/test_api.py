"""The REST API from outside: who may, what comes back, what bad input gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client, override_settings

from hansa.commerce.accounts import services as accounts
from hansa.commerce.accounts.models import Membership, User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.orders.models import OrderGroup
from hansa.foundation import tenancy
from tests.factories import (
    DOOR,
    Shop,
    a_listing,
    a_merchant,
    a_person,
    a_platform,
    a_shop,
    a_shopper,
    user_of,
)
from tests.factories import a_centre as another_centre

pytestmark = pytest.mark.usefixtures("database")
ADDRESS = {
    "recipient": DOOR.recipient,
    "street": DOOR.street,
    "city": DOOR.city,
    "postal_code": DOOR.postal_code,
    "country": DOOR.country,
    "latitude": DOOR.latitude,
    "longitude": DOOR.longitude,
}


class Caller:
    """Somebody who calls the API with a token."""

    def __init__(self, actor: Actor | None) -> None:
        self.client = Client()
        self.headers: dict[str, str] = {}
        if actor is not None:
            user = user_of(actor)
            token = accounts.issue_token(user=user, name="test", now=datetime.now(UTC))
            self.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(f"/api/v1/{path}", headers=self.headers)
        return answer.status_code, answer.json()

    def send(self, method: str, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        answer = self.client.generic(
            method,
            f"/api/v1/{path}",
            data=body if isinstance(body, str) else json.dumps(body),
            content_type="application/json",
            headers=self.headers | {name.replace("_", "-"): value for name, value in headers.items()},
        )
        is_json = answer.content and "json" in answer["Content-Type"]
        return answer.status_code, answer.json() if is_json else answer.content


def the_shop() -> Shop:
    return a_shop(stock={"tea": 10, "salt": 0}, prices={"tea": 500, "salt": 100})


def buy(caller: Caller, shop: Shop, quantity: int, key: str) -> tuple[int, Any]:
    platform = shop.platform.code
    caller.send(
        "PUT",
        f"cart/lines?platform={platform}",
        {"product_id": shop.listings["tea"].pk, "quantity": quantity},
    )
    total = caller.get(f"cart/?platform={platform}")[1]["grand_total"]
    window = caller.get(f"delivery-windows/?platform={platform}")[1][0]["key"]
    body = {"address": ADDRESS, "window": window, "payment_method": "tok_ok", "agreed_total": total}
    return caller.send("POST", f"orders/?platform={platform}", body, Idempotency_Key=key)


def test_one_buys_and_sees_the_purchase() -> None:
    shop = the_shop()
    caller = Caller(a_shopper())

    status, bought = buy(caller, shop, 3, "k1")

    assert status == 201
    assert (bought["items_total"], bought["delivery_fee"], bought["grand_total"]) == (1500, 490, 1990)
    assert bought["orders"][0]["status"] == "paid"
    assert caller.get("orders/?platform=trave")[1]["items"][0]["number"] == bought["number"]
    token = bought.pop("token")
    assert len(token) >= 24
    assert caller.get(f"orders/{bought['number']}?platform=trave") == (200, bought)


def test_cancelling_gives_back_stock() -> None:
    shop = the_shop()
    caller = Caller(a_shopper())
    _, bought = buy(caller, shop, 3, "k1")

    status, cancelled = caller.send("POST", f"orders/{bought['number']}/cancel?platform=trave", {})

    assert (status, cancelled["orders"][0]["status"]) == (200, "cancelled")
    assert shop.stock_of("tea") == 10


def test_a_stranger_sees_nothing() -> None:
    shop = the_shop()
    _, bought = buy(Caller(a_shopper()), shop, 1, "k1")
    cy = Caller(a_shopper("cy"))

    assert cy.get(f"orders/{bought['number']}?platform=trave")[0] == 404
    assert cy.send("POST", f"orders/{bought['number']}/cancel?platform=trave", {})[0] == 404
    assert cy.get("users/1?platform=trave")[0] == 404
    assert cy.get("orders/?platform=trave")[1]["items"] == []
    assert shop.stock_of("tea") == 9


def test_nobody_calls_without_a_token() -> None:
    the_shop()

    status, answer = Caller(None).get("orders/?platform=trave")

    assert (status, answer["code"]) == (401, "not_signed_in")


def test_a_revoked_token_stops_working_at_once() -> None:
    the_shop()
    alia = a_shopper()
    caller = Caller(alia)
    assert caller.get("users/me")[0] == 200

    (kept,) = caller.get("tokens/")[1]["items"]
    assert Caller(a_shopper("mia")).send("DELETE", f"tokens/{kept['id']}", None)[0] == 404
    assert caller.get("users/me")[0] == 200
    assert caller.send("DELETE", f"tokens/{kept['id']}", None)[0] == 204

    assert caller.get("users/me")[0] == 401


def test_products_are_found_page_by_page() -> None:
    the_shop()
    caller = Caller(a_shopper())

    first = caller.get("products/?platform=trave&limit=1")[1]
    second = caller.get(f"products/?platform=trave&limit=1&cursor={first['next_cursor']}")[1]

    assert (first["total"], second["next_cursor"]) == (2, "")
    assert {first["items"][0]["title"], second["items"][0]["title"]} == {"Tea", "Salt"}
    assert caller.get("products/?platform=trave&q=te")[1]["items"][0]["price"] == {
        "amount": 500,
        "currency": "EUR",
    }


def test_another_platforms_product_does_not_exist() -> None:
    the_shop()
    visby = a_platform("gotland")
    cy, _ = a_merchant(visby, "cy")
    foreign = a_listing(visby, cy, another_centre(visby), "ink", price=300, stock=5)
    caller = Caller(a_shopper())

    assert caller.get(f"products/{foreign.pk}?platform=trave")[0] == 404
    status, answer = caller.send(
        "PUT", "cart/lines?platform=trave", {"product_id": foreign.pk, "quantity": 1}
    )

    assert (status, answer["code"]) == (404, "not_found")
    assert caller.get("cart/?platform=trave")[1]["lines"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "word"),
    [
        ("PUT", "cart/lines?platform=trave", {"product_id": 1, "quantity": -3}, 422, "-3"),
        ("PUT", "cart/lines?platform=trave", {"product_id": 1, "quantity": 10**30}, 422, "999"),
        ("PUT", "cart/lines?platform=trave", {"product_id": "x", "quantity": 1}, 422, "product_id"),
        ("PUT", "cart/lines?platform=trave", "{not json", 400, "parse"),
        ("PUT", "cart/lines?platform=nowhere", {"product_id": 1, "quantity": 1}, 404, "nowhere"),
        ("PATCH", "products/1?platform=trave", {"price": {"amount": 5, "currency": "EUR"}}, 403, "merchant"),
        ("POST", "reviews/?platform=trave", {"line_id": 1, "stars": 9}, 422, "stars"),
        ("POST", "orders/?platform=trave", {}, 422, "address"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(
    method: str, path: str, body: Any, status: int, word: str
) -> None:
    shop = the_shop()

    answered, answer = Caller(a_shopper()).send(method, path, body, Idempotency_Key="k")

    assert answered == status
    assert word in json.dumps(answer)
    with tenancy.as_platform(shop.platform.pk):
        assert OrderGroup.objects.count() == 0
    assert shop.stock_of("tea") == 10


def test_a_price_in_another_currency_is_refused() -> None:
    shop = the_shop()

    status, answer = Caller(shop.owner).send(
        "PATCH",
        f"products/{shop.listings['tea'].pk}?platform=trave",
        {"price": {"amount": 700, "currency": "USD"}},
    )

    assert (status, answer["detail"]) == (422, "Tea is sold in EUR, not in USD")


def test_an_operator_lists_the_shoppers_of_the_platform_only() -> None:
    shop = the_shop()
    other = a_platform("gotland")
    a_shopper("here")
    User.objects.filter(username="here").update(home_platform=shop.platform)
    a_shopper("there")
    User.objects.filter(username="there").update(home_platform=other)
    olaf = a_person("olaf")
    Membership.objects.create(user=olaf, role=Membership.Role.OPERATOR, platform=shop.platform)
    caller = Caller(Actor(name="olaf", visitor="olaf", user_id=olaf.pk))

    assert [user["name"] for user in caller.get("users/?platform=trave")[1]["items"]] == ["Here"]
    assert caller.get("users/?platform=gotland")[0] == 403


def test_recommendations_say_their_source() -> None:
    the_shop()

    status, shelf = Caller(a_shopper()).get("recommendations/?platform=trave&k=5")

    assert status == 200
    assert [(item["title"], item["source"]) for item in shelf["items"]] == [("Tea", "popular")]


@override_settings(CORS_ALLOWED_ORIGINS=["https://shop.example"])
def test_only_named_origins_may_call_from_a_browser() -> None:
    the_shop()
    client = Client()

    allowed = client.get("/api/v1/platforms/", headers={"Origin": "https://shop.example"})
    stranger = client.get("/api/v1/platforms/", headers={"Origin": "https://evil.example"})

    assert allowed.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Origin" not in stranger.headers


def test_the_schema_is_openapi_3_1() -> None:
    schema = Client().get("/api/v1/openapi.json").json()

    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/users/", "/api/v1/products/", "/api/v1/orders/", "/api/v1/recommendations/"} <= set(
        schema["paths"]
    )


def test_a_guest_fills_a_cart_buys_and_sees_the_purchase_by_its_token() -> None:
    shop = the_shop()
    guest = Caller(None)
    guest.headers["Cart-Token"] = guest.send("POST", "carts/", {})[1]["cart_token"]
    line = {"product_id": shop.listings["tea"].pk, "quantity": 2}
    cart = guest.send("PUT", "cart/lines?platform=trave", line)[1]
    window = guest.get("delivery-windows/?platform=trave")[1][0]["key"]
    wish = {
        "address": ADDRESS,
        "window": window,
        "payment_method": "tok_ok",
        "agreed_total": cart["grand_total"],
    }

    nameless, _ = guest.send("POST", "orders/?platform=trave", wish, Idempotency_Key="g1")
    status, bought = guest.send(
        "POST", "orders/?platform=trave", wish | {"email": "guest@example.org"}, Idempotency_Key="g2"
    )

    assert nameless == 422
    assert (status, bought["grand_total"], shop.stock_of("tea")) == (201, 1490, 8)
    number = bought["number"]
    assert guest.get(f"orders/{number}?platform=trave")[0] == 404
    assert guest.get(f"orders/{number}?platform=trave&token={bought['token']}")[1]["number"] == number


def test_a_cart_token_that_we_did_not_sign_is_nobody() -> None:
    the_shop()
    stranger = Caller(None)
    stranger.headers["Cart-Token"] = "abc:1:def"

    assert stranger.get("cart/?platform=trave")[0] == 401
    assert stranger.get("orders/?platform=trave")[0] == 401
