"""Who works here shows a second factor: what counts as one, every way around it, and the demo's exemption."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client, override_settings

from hansa.commerce.accounts import services
from hansa.commerce.accounts.models import Membership, User
from hansa.kernel.clock import system_clock
from tests.factories import a_merchant, a_platform
from tests.integration.accounts.people import (
    PASSWORD,
    Clock,
    add_authenticator,
    an_account,
    code_of,
    is_signed_in,
    reauthenticate,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _required(monkeypatch: pytest.MonkeyPatch) -> None:
    every = frozenset({"staff", "merchant", "operator", "dispatcher", "steward"})
    monkeypatch.setattr(settings, "SECOND_FACTOR_FOR", every)


def a_merchants_desk(name: str = "mette") -> tuple[User, str]:
    """Somebody who works for a merchant, and their desk."""
    merchant, _ = a_merchant(a_platform())
    user = an_account(name)
    Membership.objects.create(user=user, role=Membership.Role.MERCHANT, merchant_id=merchant.pk)
    return user, f"/desk/merchant/trave/{merchant.pk}/"


def ask_for_token(login: str, *, code: str = "") -> tuple[int, str]:
    answer = Client().post(
        "/api/v1/tokens/",
        {"username": login, "password": PASSWORD, "code": code},
        content_type="application/json",
    )
    return answer.status_code, answer.json().get("token", answer.json().get("code", ""))


def proposals_by(browser: Client, **headers: str) -> int:
    merchant_id = Membership.objects.get(role="merchant", user__username="mette").merchant_id
    path = f"/api/v1/merchants/{merchant_id}/proposals/?platform=trave"
    return browser.get(path, **headers).status_code  # type: ignore[arg-type]  # headers of WSGI


def test_a_password_alone_opens_no_desk_by_no_way() -> None:
    _, desk = a_merchants_desk()
    browser = sign_in("mette@example.org")

    assert is_signed_in(browser)
    for page in ("", "orders/", "team/", "money/"):
        assert browser.get(desk + page).headers["Location"].startswith("/account/second-factor/?next="), page
    assert browser.post(desk + "team/", {"person": "mette"}).status_code == 302
    assert browser.get("/trave/").status_code == 200  # as a shopper they are welcome
    assert desk not in browser.get("/trave/").content.decode()


def test_without_it_roles_do_not_count_behind_the_doors_either() -> None:
    """The middleware is only the courtesy: with it gone, the desk refuses."""
    _, desk = a_merchants_desk()
    browser = sign_in("mette@example.org")
    left = [each for each in settings.MIDDLEWARE if not each.endswith("SecondFactor")]

    with override_settings(MIDDLEWARE=left):
        direct = Client()
        direct.cookies = browser.cookies
        assert direct.get(desk).status_code == 403
    assert ask_for_token("mette@example.org") == (403, "second_factor_needed")


def test_the_console_of_the_framework_is_shut_without_it() -> None:
    a_platform()
    root = an_account("root")
    User.objects.filter(pk=root.pk).update(is_staff=True, is_superuser=True)
    browser = sign_in("root@example.org")

    assert browser.get("/admin/").headers["Location"].startswith("/account/second-factor/?next=")
    assert browser.get("/admin/accounts/user/").status_code == 302


def test_an_authenticator_opens_the_desk_and_is_asked_for_from_then_on(clock: Clock) -> None:
    user, desk = a_merchants_desk()
    browser = sign_in("mette@example.org")
    secret = add_authenticator(browser, clock)

    # It is set up, and this session has not shown it yet.
    shown = browser.get(desk).headers["Location"]
    assert shown.startswith("/account/2fa/reauthenticate/?next=")
    browser.post(shown, {"code": code_of(secret, clock)})
    assert browser.get(desk).status_code == 200

    later = sign_in("mette@example.org")
    assert not is_signed_in(later)
    assert later.get(desk).headers["Location"].startswith("/sign-in/")
    assert later.get("/account/").status_code == 302
    clock.next_code()
    later.post("/account/2fa/authenticate/", {"code": code_of(secret, clock)})
    assert later.get(desk).status_code == 200
    kept = Authenticator.objects.get(user=user, type="totp")
    assert secret not in str(kept.data)


def test_a_code_works_once_and_guessing_ends(clock: Clock) -> None:
    _, desk = a_merchants_desk()
    secret = add_authenticator(sign_in("mette@example.org"), clock)
    code = code_of(secret, clock)
    sign_in("mette@example.org").post("/account/2fa/authenticate/", {"code": code})

    again = sign_in("mette@example.org")
    again.post("/account/2fa/authenticate/", {"code": code})
    assert not is_signed_in(again)

    for _ in range(5):
        again.post("/account/2fa/authenticate/", {"code": "000000"})
    clock.next_code()
    again.post("/account/2fa/authenticate/", {"code": code_of(secret, clock)})
    assert not is_signed_in(again)
    assert again.get(desk).status_code == 302


def test_a_recovery_code_opens_once(clock: Clock) -> None:
    user, desk = a_merchants_desk()
    add_authenticator(sign_in("mette@example.org"), clock)
    code = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()[0]

    first, second = sign_in("mette@example.org"), sign_in("mette@example.org")
    first.post("/account/2fa/authenticate/", {"code": code})
    second.post("/account/2fa/authenticate/", {"code": code})

    assert first.get(desk).status_code == 200
    assert not is_signed_in(second)


def test_nobody_takes_the_factor_away_without_proving_who_they_are(clock: Clock) -> None:
    user, _ = a_merchants_desk()
    secret = add_authenticator(sign_in("mette@example.org"), clock)
    browser = sign_in("mette@example.org")
    browser.post("/account/2fa/authenticate/", {"code": code_of(secret, clock)})

    answer = browser.post("/account/2fa/totp/deactivate/")

    assert "reauthenticate" in answer.headers["Location"]
    assert Authenticator.objects.filter(user=user, type="totp").exists()


def test_a_token_needs_the_code_and_then_has_the_roles(clock: Clock) -> None:
    a_merchants_desk()
    secret = add_authenticator(sign_in("mette@example.org"), clock)

    assert ask_for_token("mette@example.org") == (403, "second_factor_needed")
    assert ask_for_token("mette@example.org", code="000000") == (403, "second_factor_needed")
    status, token = ask_for_token("mette@example.org", code=code_of(secret, clock))

    assert status == 201
    assert proposals_by(Client(), HTTP_AUTHORIZATION=f"Bearer {token}") == 200


def test_a_token_from_before_the_role_does_not_get_the_role() -> None:
    merchant, _ = a_merchant(a_platform())
    user = an_account("mette")
    status, token = ask_for_token("mette@example.org")
    assert status == 201

    Membership.objects.create(user=user, role=Membership.Role.MERCHANT, merchant_id=merchant.pk)

    assert proposals_by(Client(), HTTP_AUTHORIZATION=f"Bearer {token}") == 403


def test_a_session_at_the_api_without_the_factor_has_no_roles() -> None:
    a_merchants_desk()

    assert proposals_by(sign_in("mette@example.org")) == 403


def test_the_demos_people_need_none_only_while_it_is_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    user, desk = a_merchants_desk()
    User.objects.filter(pk=user.pk).update(is_demo=True)
    monkeypatch.setattr(settings, "DEMO_LOGINS", True)
    browser = Client()
    browser.post("/demo-sign-in/", {"username": "mette"})
    assert browser.get(desk).status_code == 200

    monkeypatch.setattr(settings, "DEMO_LOGINS", False)

    assert browser.get(desk).headers["Location"].startswith("/account/second-factor/")
    assert Client().post("/demo-sign-in/", {"username": "mette"}).status_code == 404


def test_who_has_the_factor_is_sent_on_with_the_whole_of_the_address_wanted(clock: Clock) -> None:
    a_merchants_desk()
    browser = sign_in("mette@example.org")
    add_authenticator(browser, clock)

    answer = browser.get("/account/second-factor/", {"next": "/trave/search/?q=tea&order=price"})
    elsewhere = browser.get("/account/second-factor/", {"next": "https://elsewhere.example/"})

    wanted = "%2Ftrave%2Fsearch%2F%3Fq%3Dtea%26order%3Dprice"
    assert answer.headers["Location"] == f"/account/2fa/reauthenticate/?next={wanted}"
    assert elsewhere.headers["Location"] == "/account/2fa/reauthenticate/?next=%2F"


def test_only_the_roles_named_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    _, desk = a_merchants_desk()
    monkeypatch.setattr(settings, "SECOND_FACTOR_FOR", frozenset({"staff"}))

    assert sign_in("mette@example.org").get(desk).status_code == 200


def test_every_page_of_the_second_factor_opens(clock: Clock) -> None:
    a_merchants_desk()
    browser = sign_in("mette@example.org")
    add_authenticator(browser, clock)
    reauthenticate(browser)

    for page in (
        "2fa/",
        "2fa/recovery-codes/",
        "2fa/recovery-codes/generate/",
        "2fa/webauthn/",
        "2fa/webauthn/add/",
        "2fa/totp/deactivate/",
        "sessions/",
        "email/",
        "password/change/",
    ):
        assert browser.get(f"/account/{page}").status_code == 200, page


def test_a_strong_key_made_by_code_keeps_its_roles() -> None:
    user, _ = a_merchants_desk()
    token = services.issue_token(user=user, name="job", now=system_clock(), has_second_factor=True)

    assert proposals_by(Client(), HTTP_AUTHORIZATION=f"Bearer {token}") == 200
