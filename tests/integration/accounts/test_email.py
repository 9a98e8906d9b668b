"""Changing one's e-mail address: the new one is proven first, the old one is told and opens nothing afterwards."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from hansa.commerce.accounts.models import User
from tests.factories import a_platform
from tests.integration.accounts.people import (
    PASSWORD,
    an_account,
    code_in_last_mail,
    is_signed_in,
    reauthenticate,
    sign_in,
)

pytestmark = pytest.mark.usefixtures("database")
OLD, NEW = "alia@example.org", "alia@new.example"


def alia_at_home() -> Client:
    a_platform()
    an_account("alia", OLD)
    browser = sign_in(OLD)
    reauthenticate(browser)
    return browser


def ask_for(browser: Client, email: str) -> None:
    browser.post("/account/email/", {"action_add": "", "email": email})


def addresses() -> list[tuple[str, bool, bool]]:
    user = User.objects.get(username="alia")
    rows = user.emailaddress_set.order_by("email")  # type: ignore[attr-defined]  # allauth's
    return list(rows.values_list("email", "verified", "primary"))


def test_an_address_is_changed_once_the_new_one_is_proven() -> None:
    browser = alia_at_home()
    ask_for(browser, NEW)
    assert addresses() == [(OLD, True, True)]
    assert mail.outbox[-1].to == [NEW]

    browser.post("/account/confirm-email/", {"code": code_in_last_mail()})
    assert addresses() == [(OLD, True, True), (NEW, True, False)]
    reauthenticate(browser)
    browser.post("/account/email/", {"action_primary": "", "email": NEW})
    browser.post("/account/email/", {"action_remove": "", "email": OLD})

    assert addresses() == [(NEW, True, True)]
    assert User.objects.get(username="alia").email == NEW
    assert [OLD] in [letter.to for letter in mail.outbox]
    assert not is_signed_in(sign_in(OLD))
    assert is_signed_in(sign_in(NEW))


def test_an_address_that_is_not_proven_changes_nothing() -> None:
    browser = alia_at_home()
    ask_for(browser, NEW)

    for _ in range(3):
        browser.post("/account/confirm-email/", {"code": "ZZZ-ZZZ"})
    browser.post("/account/email/", {"action_primary": "", "email": NEW})

    assert addresses() == [(OLD, True, True)]
    assert not is_signed_in(sign_in(NEW))


def test_anothers_address_is_not_given_away_and_not_taken() -> None:
    browser = alia_at_home()
    an_account("bea", "bea@example.org")

    ask_for(browser, "bea@example.org")

    letter = mail.outbox[-1]
    browser.post("/account/confirm-email/", {"code": code_in_last_mail()})

    assert letter.to == ["bea@example.org"]  # only she could have read the code
    assert addresses() == [(OLD, True, True)]
    assert is_signed_in(sign_in("bea@example.org", PASSWORD))


def test_the_last_address_stays_and_strangers_change_none() -> None:
    browser = alia_at_home()

    browser.post("/account/email/", {"action_remove": "", "email": OLD})
    answer = Client().post("/account/email/", {"action_add": "", "email": NEW})

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")
    assert addresses() == [(OLD, True, True)]
