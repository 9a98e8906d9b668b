"""Coming in by e-mail and password: what is answered, to whom, how often, and what a thief gets out of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from hansa.commerce.accounts.models import User
from tests.factories import a_platform
from tests.integration.accounts.people import (
    PASSWORD,
    an_account,
    code_in_last_mail,
    is_signed_in,
    link_in_last_mail,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("database")


def sign_up(browser: Client, email: str, password: str = PASSWORD) -> HttpResponse:
    return browser.post("/account/signup/", {"display_name": "Alia", "email": email, "password1": password})


def confirm(browser: Client, code: str) -> None:
    browser.post("/account/confirm-email/", {"code": code})


def looks(answer: HttpResponse) -> tuple[Any, ...]:
    """An answer without what is new in each: tokens and the address itself."""
    text = re.sub(
        r'csrf\w*"[^>]*value="\w+"|data-csrf="\w+"|[\w.]+@example\.org|ghost|alia',
        "",
        answer.content.decode(),
    )
    return answer.status_code, answer.headers.get("Location"), text


def counted_hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Passwords as they are hashed, which is what takes long."""
    hashed: list[str] = []
    encode = PBKDF2PasswordHasher.encode

    def counting(*said: Any) -> Any:
        hashed.append(said[1])
        return encode(*said)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counting)
    return hashed


def test_signing_up_proves_the_address_before_it_lets_in() -> None:
    a_platform()
    browser = Client()

    assert sign_up(browser, "alia@example.org").headers["Location"] == "/account/confirm-email/"
    assert not is_signed_in(browser)
    confirm(browser, code_in_last_mail())

    user = User.objects.get(email="alia@example.org")
    assert is_signed_in(browser)
    assert (str(user), user.emailaddress_set.get().verified) == ("Alia", True)  # type: ignore[attr-defined]  # allauth's
    assert "alia" not in user.username


def test_a_wrong_code_proves_nothing() -> None:
    a_platform()
    browser = Client()
    sign_up(browser, "alia@example.org")

    for _ in range(4):
        confirm(browser, "ZZZ-ZZZ")
    confirm(browser, code_in_last_mail())  # three tries are all there are

    assert not is_signed_in(browser)


def test_signing_up_answers_the_same_for_an_address_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    a_platform()
    an_account("alia")
    strangers, known = Client(), Client()
    hashed = counted_hashes(monkeypatch)

    first = sign_up(strangers, "ghost@example.org")
    assert len(hashed) == 1
    second = sign_up(known, "alia@example.org")
    assert len(hashed) == 2

    assert looks(first) == looks(second)
    assert looks(strangers.get("/account/confirm-email/")) == looks(known.get("/account/confirm-email/"))
    assert [message.to for message in mail.outbox] == [["ghost@example.org"], ["alia@example.org"]]


def test_a_wrong_password_and_an_unknown_name_look_and_cost_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    a_platform()
    an_account("alia")
    hashed = counted_hashes(monkeypatch)

    answers, costs = [], []
    for login in ("alia@example.org", "ghost@example.org", "alia", "ghost"):
        hashed.clear()
        answers.append(looks(Client().post("/sign-in/", {"login": login, "password": "wrong-wrong"})))
        costs.append(len(hashed))

    assert answers[0] == answers[1]
    assert answers[2] == answers[3]
    assert costs == [1, 1, 1, 1]


def test_asking_for_a_new_password_answers_the_same_for_all() -> None:
    a_platform()
    an_account("alia")

    answers = [
        looks(Client().post("/account/password/reset/", {"email": f"{name}@example.org"}))
        for name in ("alia", "ghost")
    ]

    assert answers[0] == answers[1]
    assert len(mail.outbox) == 2


def test_who_registers_anothers_address_first_gains_nothing_by_it() -> None:
    """Incident 24: the owner of the address comes later and must not land in the attacker's account."""
    a_platform()
    attacker, owner = Client(), Client()
    sign_up(attacker, "alia@example.org", "the-attackers-own-1")
    attackers_code = code_in_last_mail()

    # The code in the owner's mail is worth nothing in the owner's browser, and signing up answers as ever.
    confirm(owner, attackers_code)
    assert not is_signed_in(owner)
    cache.clear()  # three minutes later: one address is written to no more often
    sign_up(owner, "alia@example.org", PASSWORD)
    assert not is_signed_in(owner)

    # The mail says that there is an account: the owner takes it by the way for forgotten passwords.
    owner.post("/account/password/reset/", {"email": "alia@example.org"})
    assert renew(link_in_last_mail(), PASSWORD) == 302
    cache.clear()
    home = sign_in("alia@example.org", PASSWORD)
    confirm(home, code_in_last_mail())
    assert is_signed_in(home)

    assert not is_signed_in(sign_in("alia@example.org", "the-attackers-own-1"))
    # The attacker's browser still waits where the code is asked for: the address is proven now, but not by it.
    for path in ("/account/confirm-email/", "/sign-in/", "/account/", "/account/signup/"):
        attacker.get(path)
    attacker.post("/account/confirm-email/", {"action": "resend"})
    assert not is_signed_in(attacker)
    token = Client().post(
        "/api/v1/tokens/",
        {"username": "alia@example.org", "password": "the-attackers-own-1"},
        content_type="application/json",
    )
    assert token.status_code == 403


def test_an_unconfirmed_account_gets_no_key_to_the_api() -> None:
    a_platform()
    sign_up(Client(), "alia@example.org")

    answer = Client().post(
        "/api/v1/tokens/",
        {"username": "alia@example.org", "password": PASSWORD},
        content_type="application/json",
    )

    assert answer.status_code == 403


def test_guessing_ends_after_five_tries_even_with_the_right_password() -> None:
    a_platform()
    an_account("alia")
    for _ in range(5):
        sign_in("alia@example.org", "wrong-wrong")

    assert not is_signed_in(sign_in("alia@example.org"))


def test_guessing_by_the_api_is_counted_too() -> None:
    a_platform()
    an_account("alia")
    body = {"username": "alia@example.org", "password": "wrong-wrong"}
    answers = [
        Client().post("/api/v1/tokens/", body, content_type="application/json").status_code for _ in range(6)
    ]

    assert answers == [403, 403, 403, 403, 403, 409]
    assert not is_signed_in(sign_in("alia@example.org"))


def test_one_address_guessing_at_many_names_is_stopped() -> None:
    a_platform()
    an_account("alia")
    for number in range(10):
        sign_in(f"ghost-{number}@example.org", "wrong-wrong")

    assert not is_signed_in(sign_in("alia@example.org"))


def test_who_has_no_address_signs_in_by_name() -> None:
    a_platform()
    User.objects.create_user("orla", password=PASSWORD)

    assert is_signed_in(sign_in("orla"))


def test_a_planted_session_does_not_become_anybodys() -> None:
    a_platform()
    an_account("alia")
    browser = Client()
    browser.get("/trave/")
    planted = browser.session.session_key

    sign_in("alia@example.org", client=browser)

    assert is_signed_in(browser)
    assert browser.session.session_key != planted
    thief = Client()
    thief.cookies["sessionid"] = str(planted)
    assert not is_signed_in(thief)


def test_one_signs_out_everywhere_else() -> None:
    a_platform()
    an_account("alia")
    phone, desk = sign_in("alia@example.org"), sign_in("alia@example.org")

    page = desk.get("/account/sessions/")
    desk.post("/account/sessions/")

    assert page.context["session_count"] == 2
    assert desk.get("/account/").status_code == 200
    assert phone.get("/account/").status_code == 302


def test_a_new_password_ends_all_other_sessions() -> None:
    a_platform()
    an_account("alia")
    phone, desk = sign_in("alia@example.org"), sign_in("alia@example.org")

    desk.post(
        "/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "a-boat-on-the-trave", "password2": "a-boat-on-the-trave"},
    )

    assert phone.get("/account/").status_code == 302
    assert not is_signed_in(sign_in("alia@example.org"))
    assert is_signed_in(sign_in("alia@example.org", "a-boat-on-the-trave"))


def follow(link: str) -> tuple[Client, str]:
    """Open a reset link; answers the browser and the form's address, empty where the link is refused."""
    browser = Client()
    answer = browser.get(link)
    return browser, answer.headers.get("Location", "")


def renew(link: str, password: str) -> int:
    browser, form = follow(link)
    return browser.post(form, {"password1": password, "password2": password}).status_code if form else 0


def test_a_reset_link_works_once_and_lets_nobody_in() -> None:
    a_platform()
    an_account("alia")
    Client().post("/account/password/reset/", {"email": "alia@example.org"})
    link = link_in_last_mail()

    assert renew(link, "a-boat-on-the-trave") == 302
    assert renew(link, "another-password-1") == 0

    assert is_signed_in(sign_in("alia@example.org", "a-boat-on-the-trave"))


def test_a_reset_link_runs_out_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    a_platform()
    an_account("alia")
    Client().post("/account/password/reset/", {"email": "alia@example.org"})
    link = link_in_last_mail()
    later = timezone.make_naive(timezone.now()) + timedelta(minutes=61)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda _: later)

    assert renew(link, "a-boat-on-the-trave") == 0

    assert is_signed_in(sign_in("alia@example.org"))


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "javascript:alert(1)",
        "http:///elsewhere.example",
        "\\\\elsewhere.example",
    ],
)
def test_signing_in_sends_nobody_elsewhere(wanted: str) -> None:
    a_platform()
    an_account("alia")

    answer = Client().post("/sign-in/", {"login": "alia@example.org", "password": PASSWORD, "next": wanted})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/")
    assert "elsewhere" not in answer.headers["Location"]


def test_signing_in_goes_on_to_where_one_wanted() -> None:
    a_platform()
    an_account("alia")

    answer = Client().post(
        "/sign-in/", {"login": "alia@example.org", "password": PASSWORD, "next": "/trave/cart/"}
    )

    assert answer.headers["Location"] == "/trave/cart/"


def test_the_old_doors_lead_to_the_one_door() -> None:
    assert Client().get("/admin/login/?next=/admin/").headers["Location"] == "/sign-in/?next=/admin/"
    assert Client().get("/account/login/?next=/x/").headers["Location"] == "/sign-in/?next=/x/"


def test_every_page_of_signing_in_opens() -> None:
    a_platform()
    for path in (
        "/sign-in/",
        "/account/signup/",
        "/account/password/reset/",
        "/account/password/reset/done/",
    ):
        assert Client().get(path).status_code == 200, path
