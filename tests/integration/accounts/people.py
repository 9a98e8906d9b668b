"""Words for tests of signing in: browsers, codes out of mails, authenticators."""

from __future__ import annotations

import re
from dataclasses import dataclass

from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.test import Client

from hansa.commerce.accounts.models import User

PASSWORD = "sail-to-gotland-7"


def an_account(name: str = "alia", email: str = "") -> User:
    """Somebody with a confirmed address and the password above."""
    user = User.objects.create_user(name, email=email or f"{name}@example.org", password=PASSWORD)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)  # type: ignore[attr-defined]  # allauth's
    return user


def sign_in(login: str, password: str = PASSWORD, *, client: Client | None = None, **said: str) -> Client:
    browser = client or Client()
    browser.post("/sign-in/", {"login": login, "password": password, **said})
    return browser


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def code_in_last_mail() -> str:
    found = re.search(r"^[A-Z0-9-]{6,9}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found.group()


def link_in_last_mail() -> str:
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found.group(1)


def reauthenticate(browser: Client) -> None:
    browser.post("/account/reauthenticate/", {"password": PASSWORD})


@dataclass
class Clock:
    """The time that authenticators go by; it stands until it is moved."""

    now: float = 1_790_000_010.0

    def time(self) -> float:
        return self.now

    def next_code(self) -> None:
        self.now += 30


def add_authenticator(browser: Client, clock: Clock) -> str:
    """Set up an authenticator app by the pages; answers its secret."""
    reauthenticate(browser)
    secret: str = browser.get("/account/2fa/totp/activate/").context["form"].secret
    done = browser.post("/account/2fa/totp/activate/", {"code": code_of(secret, clock)})
    assert done.status_code == 302, done.content.decode()
    clock.next_code()
    return secret


def code_of(secret: str, clock: Clock) -> str:
    """What the authenticator shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(clock.now) // 30))
