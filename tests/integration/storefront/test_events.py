"""What the pages' script tells: counted once, by consent, and refused as a whole when it is odd."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.foundation import tenancy
from tests.factories import Shop, a_shopper
from tests.integration.storefront.visitors import a_tea_shop, as_actor, who_agrees

pytestmark = pytest.mark.usefixtures("database")


def tell(browser: Client, body: Any, **headers: str) -> HttpResponse:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return browser.post("/trave/events/", sent, content_type="application/json", headers=headers)


def an_event(listing: object, kind: str = "impression", **other: Any) -> dict[str, Any]:
    """As static/hansa/js/events.js sends it: the listing is text, the position a number."""
    return {
        "kind": kind,
        "listing": str(listing),
        "placement": "home",
        "position": 3,
        "request": "r1",
        **other,
    }


def noted(shop: Shop) -> list[tuple[str, int | None, str, int | None, str]]:
    with tenancy.as_platform(shop.platform.pk):
        fields = ("kind", "listing_id", "placement", "position", "request_id")
        return list(BehaviourEvent.objects.order_by("pk").values_list(*fields))


def test_what_was_shown_and_clicked_is_noted() -> None:
    shop = a_tea_shop()
    tea = shop.listings["tea"].pk

    answer = tell(who_agrees(), {"events": [an_event(tea), an_event(tea, "click")]})

    assert answer.json() == {"counted": 2}
    assert noted(shop) == [("impression", tea, "home", 3, "r1"), ("click", tea, "home", 3, "r1")]


def test_the_same_batch_again_is_not_noted_twice() -> None:
    shop, browser = a_tea_shop(), who_agrees()
    batch = {"events": [an_event(shop.listings["tea"].pk)]}

    for _ in range(2):
        tell(browser, batch)

    assert len(noted(shop)) == 1


def test_who_says_no_is_not_noted() -> None:
    shop = a_tea_shop()
    batch = {"events": [an_event(shop.listings["tea"].pk)]}

    answers = [
        tell(Client(), batch),
        tell(who_agrees("no"), batch),
        tell(who_agrees(), batch, **{"sec-gpc": "1"}),
        tell(who_agrees(), batch, dnt="1"),
    ]

    assert [answer.json() for answer in answers] == [{"counted": 0}] * 4
    assert noted(shop) == []


def test_another_platforms_good_is_refused_with_the_whole_batch() -> None:
    here, there = a_tea_shop(), a_tea_shop("gotland", "cy")

    answer = tell(
        as_actor(a_shopper()),
        {"events": [an_event(here.listings["tea"].pk), an_event(there.listings["tea"].pk)]},
    )

    assert answer.status_code == 422
    assert noted(here) == noted(there) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 30_000,
        b'{"events": [' + b" " * 70_000 + b"]}",
        {"events": None},
        {"events": 3},
        {"events": ["impression"]},
        {"events": [{"kind": "impression"}]},
        {"events": [an_event(1, "purchase")]},
        {"events": [an_event("one")]},
        {"events": [an_event(10**30)]},
        {"events": [an_event(-1)]},
        {"events": [an_event(1, position="first")]},
        b'{"events": [{"kind": "click", "listing": Infinity}]}',
        {"events": [an_event(1, request="a\x00b")]},
        {"events": [an_event(1)] * 201},
    ],
)
def test_odd_batches_are_refused_in_json_and_note_nothing(body: Any) -> None:
    shop = a_tea_shop()

    answer = tell(who_agrees(), body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"
    assert noted(shop) == []


def test_an_odd_placement_is_noted_without_it() -> None:
    shop = a_tea_shop()
    tea = shop.listings["tea"].pk

    tell(who_agrees(), {"events": [an_event(tea, placement="<script>", position=10**6)]})

    assert noted(shop) == [("impression", tea, "", 32_000, "r1")]


def test_a_batch_without_its_token_is_refused() -> None:
    shop = a_tea_shop()

    answer = tell(Client(enforce_csrf_checks=True), {"events": [an_event(shop.listings["tea"].pk)]})

    assert answer.status_code == 403
    assert noted(shop) == []
