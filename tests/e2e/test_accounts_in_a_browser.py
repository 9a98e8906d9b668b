"""The pages of signing in and of one's own account in Chromium: as good on a phone and for a reader as all others."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.e2e.browsers import a_visit, sign_in
from tests.e2e.stack import Stack
from tests.e2e.test_pages_in_a_browser import PHONES, _faults_of
from tests.e2e.world import World

pytestmark = pytest.mark.slow
BEFORE = ("sign-in/", "account/signup/", "account/password/reset/")
OWN = (
    "",
    "addresses/",
    "consents/",
    "privacy/",
    "privacy/erase/",
    "second-factor/",
    "2fa/",
    "2fa/totp/activate/",
    "2fa/webauthn/add/",
    "sessions/",
    "email/",
    "password/set/",
)


def test_the_pages_of_accounts_fit_a_phone_and_a_screen_reader(
    world: World, stack: Stack, browser: Browser
) -> None:
    with a_visit(browser, stack.url, width=PHONES[-1], height=844) as visit:
        faults = [fault for path in BEFORE for fault in _faults_of(visit, f"/{path}")]
        visit.go("")
        sign_in(visit, "Alia")
        faults += [fault for path in OWN for fault in _faults_of(visit, f"/account/{path}")]

    assert not faults, "\n".join(faults)
