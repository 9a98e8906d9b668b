"""Signing in by another house's word (OpenID Connect), against a provider in a process of its own."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.test import Client

from hansa.commerce.accounts.models import Membership, User
from tests.factories import a_merchant, a_platform
from tests.integration.accounts.people import an_account, is_signed_in

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    """A provider of OpenID Connect; answers its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            requests.get(f"{address}/.well-known/openid-configuration", timeout=2)
            break
        except requests.ConnectionError:
            time.sleep(0.1)
    yield address
    running.terminate()
    running.wait(timeout=10)


@pytest.fixture(autouse=True)
def _provider(house: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = {
        "provider_id": "house",
        "name": "The House",
        "client_id": "hansa",
        "secret": "a-secret-of-the-house",
        "settings": {"server_url": house},
    }
    monkeypatch.setattr(
        settings, "SOCIALACCOUNT_PROVIDERS", {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    )


def come_by(house: str, sub: str, **claims: object) -> Client:
    """Somebody whom the house knows by these claims signs in here by its word."""
    requests.put(f"{house}/users/{sub}", json={"sub": sub, **claims}, timeout=5).raise_for_status()
    browser = Client()
    asked = browser.post("/account/oidc/house/login/?process=login").headers["Location"]
    assert asked.startswith(house)
    answered = requests.post(asked, data={"sub": sub}, allow_redirects=False, timeout=5)
    back = urlsplit(answered.headers["Location"])
    browser.get(f"{back.path}?{back.query}")
    return browser


def test_somebody_new_comes_in_by_the_word_of_a_house(house: str) -> None:
    a_platform()

    browser = come_by(house, "s-1", email="alia@example.org", email_verified=True, name="Alia")

    user = User.objects.get(email="alia@example.org")
    assert is_signed_in(browser)
    assert (str(user), user.emailaddress_set.get().verified) == ("Alia", True)  # type: ignore[attr-defined]  # allauth's
    assert come_by(house, "s-1", email="alia@example.org", email_verified=True).session[
        "_auth_user_id"
    ] == str(user.pk)


def test_the_word_of_a_house_does_not_open_an_account_that_is_there(house: str) -> None:
    a_platform()
    an_account("alia")

    browser = come_by(house, "s-2", email="alia@example.org", email_verified=True)

    assert not is_signed_in(browser)
    assert User.objects.count() == 1


def test_an_address_that_the_house_has_not_proven_is_proven_here(house: str) -> None:
    a_platform()

    browser = come_by(house, "s-3", email="alia@example.org", email_verified=False)

    assert not is_signed_in(browser)
    assert browser.get("/account/confirm-email/").status_code == 200


def test_the_word_of_a_house_is_no_second_factor(house: str, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant, _ = a_merchant(a_platform())
    monkeypatch.setattr(settings, "SECOND_FACTOR_FOR", frozenset({"merchant"}))
    browser = come_by(house, "s-4", email="mette@example.org", email_verified=True)
    user = User.objects.get(email="mette@example.org")
    Membership.objects.create(user=user, role=Membership.Role.MERCHANT, merchant_id=merchant.pk)

    answer = browser.get(f"/desk/merchant/trave/{merchant.pk}/")

    assert answer.headers["Location"].startswith("/account/second-factor/")


def test_an_answer_that_nobody_asked_for_is_refused(house: str) -> None:
    a_platform()
    requests.put(f"{house}/users/s-5", json={"sub": "s-5", "email": "alia@example.org"}, timeout=5)
    asked = Client().post("/account/oidc/house/login/?process=login").headers["Location"]
    back = urlsplit(
        requests.post(asked, data={"sub": "s-5"}, allow_redirects=False, timeout=5).headers["Location"]
    )
    victim = Client()

    victim.get(f"{back.path}?{back.query}")

    assert not is_signed_in(victim)
    assert not User.objects.exists()


def test_the_page_of_signing_in_names_the_house(house: str) -> None:
    page = unescape(Client().get("/sign-in/").content.decode())

    assert re.search(r'action="/account/oidc/house/login/[^"]*"', page)
    assert "Sign in with The House" in page


def test_the_page_may_send_forms_to_the_house_and_nowhere_else(house: str) -> None:
    policy = Client().get("/sign-in/").headers["Content-Security-Policy"]

    assert f"form-action 'self' {house};" in policy
    assert "script-src 'self';" in policy
    assert "form-action 'self';" in Client().get("/").headers["Content-Security-Policy"]
