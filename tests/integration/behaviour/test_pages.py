"""The shopper's pages: the profile in words and bars, why something is recommended, and what one says to that."""

from __future__ import annotations

import pytest
from django.test import Client

from hansa.commerce.accounts import consents
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.factories import a_shopper
from tests.integration.behaviour.scene import broken, hear, lines, log_of, view
from tests.integration.storefront.visitors import a_tea_shop, as_actor, who_agrees

pytestmark = pytest.mark.usefixtures("database")


def page(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_the_profile_is_told_in_words_and_bars() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)
    assert "We know nothing yet" in page(browser, "/trave/tastes/")

    view(shop, alia, "tea", "tea", "salt", now=system_clock())
    hear()
    told = page(browser, "/trave/tastes/")

    assert "You like to buy from Bo." in told
    assert "You mostly look at goods from €5.00 to €10.00." in told
    assert 'aria-valuenow="67"' in told
    assert "You looked at Salt" in told
    assert Client().get("/trave/tastes/").headers["Location"].startswith("/sign-in/")


def test_a_merchant_is_muted_on_the_profile_and_taken_back_there() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)
    view(shop, alia, "tea", now=system_clock())
    hear()
    said = {"kind": "merchant", "key": shop.merchant.pk}

    answer = browser.post("/trave/tastes/muted/", said, follow=True).content.decode()
    assert "We will not recommend it any more." in answer
    assert "The merchant Bo" in answer
    back = browser.post("/trave/tastes/muted/", {**said, "do": "unmute"}, follow=True).content.decode()

    assert "The merchant Bo" not in back
    assert log_of(shop, alia) == ["view", "hide", "unhide"]


def test_hiding_a_good_leads_to_where_it_is_taken_back() -> None:
    shop = a_tea_shop()
    tea = shop.listings["tea"].pk
    guest = who_agrees()

    answer = guest.post(f"/trave/p/{tea}/hide/", follow=True)

    assert answer.redirect_chain == [(f"/trave/p/{tea}/why/", 302)]
    assert "Recommend again: This good: Tea" in answer.content.decode()
    undone = guest.post(
        "/trave/tastes/muted/", {"kind": "good", "key": tea, "listing": tea, "do": "unmute"}, follow=True
    ).content.decode()
    assert "Not interested in This good: Tea" in undone


def test_each_recommended_good_leads_to_its_reason() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)
    tea = shop.listings["tea"].pk
    assert f'href="/trave/p/{tea}/why/"' in page(browser, "/trave/")
    assert "Because people buy it here" in page(browser, f"/trave/p/{tea}/why/")

    view(shop, alia, "tea", now=system_clock())
    hear()

    told = page(browser, f"/trave/p/{tea}/why/?because=nonsense")
    assert "You looked at Tea" in told
    assert "Merchants: Bo" in told


def test_a_line_and_the_history_go_by_a_button() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    browser = as_actor(alia)
    view(shop, alia, "tea", now=system_clock())
    hear()

    browser.post("/trave/tastes/lines/", {"axis": "merchant", "key": shop.merchant.pk})
    assert lines(shop, alia, "merchant") == {}
    refused = browser.post("/trave/tastes/lines/", {"axis": "mood", "key": 1}, follow=True)
    assert "profile has lines of" in refused.content.decode()
    answer = browser.post("/trave/tastes/history/", {"period": "day"}, follow=True)

    assert "Deleted: 1 acts." in answer.content.decode()
    assert log_of(shop, alia) == []
    assert broken() == []


def test_sharing_is_noted_by_consent_only() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    consents.decide(
        user_id=cy.user_id or 0, purpose=consents.PERSONALISATION, agrees=False, now=system_clock()
    )
    path = f"/trave/p/{shop.listings['tea'].pk}/share/"

    assert as_actor(alia).post(path, headers={"hx-request": "true"}).status_code == 204
    told = as_actor(cy).post(path, follow=True).content.decode()

    assert "The link to share: http://testserver/trave/p/" in told
    assert (log_of(shop, alia), log_of(shop, cy)) == (["share"], [])


def test_what_a_guest_puts_into_the_cart_is_noted_by_consent_only() -> None:
    shop = a_tea_shop()
    tea = {"listing": shop.listings["tea"].pk, "quantity": 1}

    for browser in (Client(), who_agrees("no"), who_agrees()):
        assert browser.post("/trave/cart/add/", tea).status_code == 302

    with tenancy.as_platform(shop.platform.pk):
        assert BehaviourEvent.objects.filter(kind="cart").count() == 1
