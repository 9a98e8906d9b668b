"""A passkey in Chromium, with an authenticator that the browser itself plays: set up, then signing in with it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hansa.commerce.accounts.models import Membership
from hansa.commerce.merchants.models import Merchant
from tests.e2e.browsers import a_visit
from tests.e2e.stack import Stack
from tests.e2e.world import World, a_market
from tests.integration.accounts.people import PASSWORD, an_account
from tests.integration.conftest import hang_up

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(state: Path) -> Iterator[World]:
    made = a_market(state)
    person = an_account("tilde", "tilde@example.org")
    Membership.objects.create(user=person, role="merchant", merchant_id=Merchant.objects.earliest("pk").pk)
    hang_up()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANSA_SECOND_FACTOR_FOR", "merchant")  # for the stack, which starts after this
        yield made


def test_a_merchant_sets_up_a_passkey_and_signs_in_with_it_alone(
    world: World, stack: Stack, browser: Browser
) -> None:
    # A passkey belongs to a name, never to a number: the browser refuses 127.0.0.1.
    with a_visit(browser, stack.url.replace("127.0.0.1", "localhost"), width=390, height=844) as visit:
        page = visit.go("sign-in/")
        _plug_in_an_authenticator(page)
        page.get_by_label("E-mail or user name").fill("tilde@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(re.compile("/account/second-factor/"))

        page.get_by_role("link", name="Use a passkey or security key").click()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        page.get_by_label("Passwordless").check()
        page.get_by_role("button", name="Add", exact=True).click()
        page.wait_for_url(lambda url: "/account/2fa/" in url and "/add/" not in url)

        page.context.clear_cookies()
        page = visit.go("sign-in/")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(re.compile("/desk/merchant/"))
        expect(page.locator("h1")).to_be_visible()


def _plug_in_an_authenticator(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
