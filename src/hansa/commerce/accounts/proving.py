"""Proving who one is outside the pages: a name or e-mail, the password, and a code where one is needed.

Attempts are counted as on the sign-in page, in the same places; the answer never tells which part was wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from hansa.commerce.accounts import second_factor, selectors
from hansa.commerce.accounts.errors import CodeNeeded, TooManyAttempts
from hansa.commerce.accounts.models import User
from hansa.kernel.errors import Forbidden


@dataclass(frozen=True)
class Proven:
    """A person who has shown who they are, and whether by a second factor too."""

    user: User
    has_second_factor: bool


def person_with(request: HttpRequest, *, login: str, password: str, code: str = "") -> Proven:
    """Find the person who knows this password, and the code where they have a second factor or must have one.

    Refuses what does not match, with CodeNeeded a missing second factor, with TooManyAttempts who guesses on.
    """
    user = _knows_password(request, login, password)
    if second_factor.has_one(user):
        _check_code(user, code)
        return Proven(user, has_second_factor=True)
    if second_factor.is_required(user, selectors.actor_of(user)):
        raise CodeNeeded("who works here needs a second factor: set one up at /account/2fa/ first")
    return Proven(user, has_second_factor=False)


def _knows_password(request: HttpRequest, login: str, password: str) -> User:
    key = "email" if "@" in login else "username"
    try:
        user = get_adapter(request).authenticate(
            request, **{key: login.replace("\x00", ""), "password": password}
        )
    except ValidationError as limit:
        raise TooManyAttempts("too many attempts; wait five minutes") from limit
    # A primary address not yet confirmed may be somebody else's: pages do not let its account in either.
    if not isinstance(user, User) or not user.is_active or _has_unconfirmed_address(user):
        raise Forbidden("the name and the password do not match")
    return user


def _has_unconfirmed_address(user: User) -> bool:
    addresses = user.emailaddress_set.all()  # type: ignore[attr-defined]  # allauth's
    return bool(addresses) and not any(address.verified for address in addresses)


def _check_code(user: User, code: str) -> None:
    form = AuthenticateForm({"code": code}, user=user)
    if not code:
        raise CodeNeeded("give a code of the second factor as `code` too")
    if not form.is_valid():
        raise CodeNeeded("the code of the second factor does not fit, or there were too many")
