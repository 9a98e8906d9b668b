"""Acts, profiles and mutes over the API: for oneself only, and nothing of whom did not agree."""

from __future__ import annotations

import pytest
from django.test import Client

from hansa.commerce.accounts import consents
from hansa.commerce.accounts.policy import Actor
from hansa.kernel.clock import system_clock
from tests.factories import Shop, a_shopper
from tests.integration.behaviour.scene import broken, hear, lines, log_of
from tests.integration.storefront.visitors import a_tea_shop, as_actor

pytestmark = pytest.mark.usefixtures("database")
API = "/api/v1"


def tell(browser: Client, *acts: dict[str, object]) -> tuple[int, dict[str, object]]:
    answer = browser.post(f"{API}/acts/", {"acts": list(acts)}, content_type="application/json")
    return answer.status_code, answer.json()


def looks(shop: Shop, *names: str) -> list[dict[str, object]]:
    return [{"kind": "view", "product_id": shop.listings[name].pk} for name in names]


def someone(shop: Shop) -> tuple[Actor, Client]:
    alia = a_shopper()
    return alia, as_actor(alia)


def test_a_batch_of_acts_becomes_the_profile_that_is_read() -> None:
    shop = a_tea_shop()
    _, browser = someone(shop)
    seen = {"kind": "impression", "product_id": shop.listings["rare"].pk, "request_id": "r1"}

    told = tell(browser, *looks(shop, "tea", "salt"), seen, {"kind": "search", "words": "tea", "found": 1})
    again = tell(browser, seen)
    hear()

    assert (told, again) == ((200, {"counted": 4}), (200, {"counted": 0}))
    profile = browser.get(f"{API}/profile/").json()
    by_axis = {(line["axis"], line["name"]): line["share"] for line in profile["lines"]}
    assert by_axis[("merchant", "Bo")] == 1.0
    prices = [line for line in profile["lines"] if line["axis"] == "price"]
    assert {(line["price_from"], line["price_to"], line["share"]) for line in prices} == {
        (500, 1000, 0.5),
        (100, 200, 0.5),
    }
    acts = browser.get(f"{API}/profile/acts/").json()["items"]
    assert [(act["kind"], act["product_id"], act["words"]) for act in acts] == [
        ("search", None, "tea"),
        ("view", shop.listings["salt"].pk, ""),
        ("view", shop.listings["tea"].pk, ""),
    ]
    assert broken() == []


@pytest.mark.parametrize(
    "act",
    [
        {"kind": "purchase", "product_id": 1},
        {"kind": "view"},
        {"kind": "view", "product_id": 10**12},
        {"kind": "view", "product_id": -1},
        {"kind": "search"},
        {"kind": "search", "words": "a\x00b"},
        {"kind": "search", "words": "tea", "found": -1},
        {"kind": "search", "words": "tea", "product_id": 1},
    ],
)
def test_one_odd_act_refuses_the_batch(act: dict[str, object]) -> None:
    shop = a_tea_shop()
    alia, browser = someone(shop)

    status, said = tell(browser, *looks(shop, "tea"), act)

    assert (status, said["code"]) == (422, "invalid_input")
    assert log_of(shop, alia) == []


def test_nothing_is_kept_of_whom_did_not_agree() -> None:
    shop = a_tea_shop()
    alia, browser = someone(shop)
    consents.decide(
        user_id=alia.user_id or 0, purpose=consents.PERSONALISATION, agrees=False, now=system_clock()
    )

    assert tell(browser, *looks(shop, "tea")) == (200, {"counted": 0})

    assert browser.get(f"{API}/profile/").json() == {
        "consents": False,
        "since": None,
        "half_life_days": 60,
        "lines": [],
    }
    assert log_of(shop, alia) == []
    assert Client().get(f"{API}/profile/").status_code == 401


def test_mutes_lines_and_history_are_changed_over_the_api() -> None:
    shop = a_tea_shop()
    alia, browser = someone(shop)
    tell(browser, *looks(shop, "tea"))
    hear()
    tea = shop.listings["tea"].pk

    assert browser.put(f"{API}/mutes/good/{tea}").status_code == 204
    assert [(mute["kind"], mute["key"], mute["name"]) for mute in browser.get(f"{API}/mutes/").json()] == [
        ("good", tea, "Tea")
    ]
    assert browser.put(f"{API}/mutes/mood/1").status_code == 422
    assert browser.delete(f"{API}/mutes/good/{tea}").status_code == 204
    assert browser.get(f"{API}/mutes/").json() == []
    why = browser.get(f"{API}/products/{tea}/why").json()
    assert ([deed["kind"] for deed in why["deeds"]], why["sold"]) == (["view"], 0)
    assert browser.delete(f"{API}/profile/lines/merchant/{shop.merchant.pk}").status_code == 204
    assert browser.delete(f"{API}/profile/lines/merchant/{shop.merchant.pk}").status_code == 404
    assert lines(shop, alia, "merchant") == {}
    assert browser.delete(f"{API}/profile/acts/").json() == {
        "deleted": 3
    }  # the look, the hide, the taking back
    assert log_of(shop, alia) == []
    hear()
    assert broken() == []
