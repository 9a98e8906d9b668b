"""Who a name and a password belong to, at the same cost whether anybody is found or not."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.http import HttpRequest

from hansa.commerce.accounts.models import User


class OnePasswordCheck(AuthenticationBackend):  # type: ignore[misc]  # allauth is untyped here
    """Looks a person up by e-mail or by name, and hashes the password once.

    The library's own way tries an e-mail twice, as itself and as a user name, which takes measurably longer
    where the address is known: whoever has a watch could ask who has an account.
    """

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        login = str(credentials.get("email") or credentials.get("username") or "").replace("\x00", "")
        password = str(credentials.get("password") or "")
        for person in dict.fromkeys(_people_called(login)):
            if self._check_password(person, password):
                return person
        return None


def _people_called(login: str) -> list[User]:
    found: list[User] = (
        filter_users_by_email(login, prefer_verified=True, for_login=True) if "@" in login else []
    )
    by_name = None if found or not login else get_user_by_username(login)
    return [by_name] if by_name else found
