"""Cursors, sparse fields, entity tags, limits and problems: what every list and answer of the API keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.test import Client

from hansa.commerce.accounts import services as accounts
from hansa.commerce.accounts.models import User
from hansa.commerce.pricing import lists
from hansa.commerce.pricing.models import ListPrice
from hansa.foundation import paging, rate_limits, tenancy
from tests.factories import a_shopper, an_operator, user_of
from tests.integration.api.test_api import Caller, buy, the_shop

pytestmark = pytest.mark.usefixtures("database")


def test_a_cursor_of_another_list_is_refused() -> None:
    shop = the_shop()
    caller = Caller(a_shopper())
    buy(caller, shop, 1, "k1")
    buy(caller, shop, 1, "k2")
    of_orders = caller.get("orders/?platform=trave&limit=1")[1]["next_cursor"]
    of_goods = caller.get("products/?platform=trave&limit=1")[1]["next_cursor"]

    assert caller.get(f"orders/?platform=trave&limit=1&cursor={of_orders}")[0] == 200
    assert caller.get(f"orders/?platform=trave&cursor={of_goods}")[0] == 422
    assert caller.get(f"products/?platform=trave&cursor={of_orders}")[0] == 422
    assert caller.get(f"products/?platform=trave&q=tea&cursor={of_goods}")[0] == 422
    assert caller.get("orders/?platform=trave&cursor=17")[0] == 422
    assert caller.get(f"orders/?platform=trave&cursor={of_orders[:-2]}xx")[0] == 422


def test_rows_that_come_in_between_move_nothing() -> None:
    for name in ("ann", "bea", "cid", "dot"):
        User.objects.create(username=name, display_name="Same")
    people = User.objects.all()
    sorts = {"name": "display_name", "-name": "-display_name"}

    first = paging.sorted_page(people, sorts=sorts, sort="name", cursor="", limit=2)
    User.objects.create(username="ada", display_name="Aaa")
    second = paging.sorted_page(people, sorts=sorts, sort="name", cursor=first.next_cursor, limit=2)
    falling = paging.sorted_page(people, sorts=sorts, sort="-name", cursor="", limit=5)

    assert [each.username for each in first.rows + second.rows] == ["ann", "bea", "cid", "dot"]
    assert second.next_cursor == ""
    assert [each.username for each in falling.rows] == ["dot", "cid", "bea", "ann", "ada"]


def test_an_answer_has_only_the_fields_that_were_asked_for() -> None:
    shop = the_shop()
    caller = Caller(a_shopper())
    good = shop.listings["tea"].pk

    assert caller.get(f"products/{good}?platform=trave&fields=id,price.amount") == (
        200,
        {"id": good, "price": {"amount": 500}},
    )
    page = caller.get("products/?platform=trave&q=tea&fields=title")[1]
    assert (page["items"], page["total"]) == ([{"title": "Tea"}], 1)
    status, refused = caller.get(f"products/{good}?platform=trave&fields=cost")
    assert (status, refused["code"]) == (422, "invalid_input")


def test_what_is_known_already_is_not_sent_again() -> None:
    shop = the_shop()
    caller = Caller(a_shopper())
    address = f"/api/v1/products/{shop.listings['tea'].pk}?platform=trave"
    first = caller.client.get(address, headers=caller.headers)

    again = caller.client.get(address, headers=caller.headers | {"If-None-Match": first["ETag"]})
    Caller(shop.owner).send(
        "PATCH", address.removeprefix("/api/v1/"), {"price": {"amount": 700, "currency": "EUR"}}
    )
    changed = caller.client.get(address, headers=caller.headers | {"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert (changed.status_code, changed.json()["price"]["amount"]) == (200, 700)
    assert changed["ETag"] != first["ETag"]


def test_a_refusal_is_a_problem_document() -> None:
    the_shop()
    caller = Caller(a_shopper())

    answer = caller.client.get("/api/v1/products/999?platform=trave", headers=caller.headers)

    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": answer.json()["detail"],
        "details": {},
    }


def time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bucket fills up again meanwhile, however slow the machine is."""
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(monotonic=lambda: 0.0))


def test_who_calls_too_often_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    time_stands_still(monkeypatch)
    the_shop()
    caller = Caller(a_shopper())
    one = caller.client.get("/api/v1/users/me", headers=caller.headers)
    rate_limits.API.take("key 1", cost=rate_limits.API.burst - 1)

    refused = [caller.client.get("/api/v1/users/me", headers=caller.headers) for _ in range(3)][-1]

    assert one["RateLimit"] == '"calls";r=299;t=1'
    assert one["RateLimit-Policy"] == '"calls";q=300;w=15'
    assert (refused.status_code, refused["Retry-After"], refused.json()["code"]) == (
        429,
        "1",
        "too_many_calls",
    )


def test_guessing_passwords_and_keys_is_stopped_early(monkeypatch: pytest.MonkeyPatch) -> None:
    time_stands_still(monkeypatch)
    the_shop()
    alia = a_shopper()
    good = accounts.issue_token(user=user_of(alia), name="good", now=datetime.now(UTC))
    client = Client()

    guesses = [
        client.post("/api/v1/tokens/", {"username": "x", "password": "y"}, "application/json").status_code
        for _ in range(11)
    ]
    strangers = [
        client.get("/api/v1/users/me", headers={"Authorization": f"Bearer hansa_{number}"}).status_code
        for number in range(31)
    ]

    assert (guesses[-1], 429 in guesses[:5]) == (429, False)
    assert (strangers[29], strangers[30]) == (401, 429)
    assert client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {good}"}).status_code == 429


def test_the_description_of_one_audience_has_only_its_operations() -> None:
    client = Client()

    store = client.get("/api/v1/openapi.json?audience=store").json()
    admin = client.get("/api/v1/openapi.json?audience=admin").json()

    assert "/api/v1/cart/" in store["paths"]
    assert "/api/v1/users/" not in store["paths"]
    assert "/api/v1/users/" in admin["paths"]
    assert "/api/v1/cart/" not in admin["paths"]
    assert client.get("/api/v1/openapi.json?audience=everybody").status_code == 422


def test_a_long_price_list_is_read_page_by_page() -> None:
    shop = the_shop()
    operator = an_operator(shop)
    now = datetime.now(UTC)
    with tenancy.as_platform(shop.platform.pk):
        price_list = lists.make_price_list(
            actor=operator,
            platform=shop.platform,
            name="Spring",
            priority=1,
            starts_at=None,
            ends_at=None,
            now=now,
        )
        ListPrice.objects.bulk_create(
            ListPrice(
                platform=shop.platform,
                price_list=price_list,
                listing=shop.listings["tea"],
                min_quantity=number,
                price=1_000 - number,
            )
            for number in range(1, 251)
        )
    caller, cursor = Caller(operator), ""
    seen: list[int] = []

    while True:
        path = f"price-lists/{price_list.pk}/prices/?platform=trave&limit=100&cursor={cursor}"
        _, page = caller.get(path)
        seen += [each["min_quantity"] for each in page["items"]]
        if not (cursor := page["next_cursor"]):
            break

    assert seen == list(range(1, 251))
