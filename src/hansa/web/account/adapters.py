"""Where django-allauth asks Hansa: whose cart comes along, where one is sent, how secrets are kept."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import User
from hansa.kernel import ids
from hansa.web.account.arriving import carry_over, home_of
from hansa.web.doors import actor_of
from hansa.web.requested import is_here

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - a name for what is not known, nothing listens there


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped here
    """Accounts of Hansa: a name to show, a user name that says nothing, the visitor's cart kept."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The caller's address; behind a socket of the file system, where nobody has one, all share `NO_ADDRESS`."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return NO_ADDRESS

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.display_name = form.cleaned_data.get("display_name", "")
        return super().save_user(request, user, form, commit)  # type: ignore[no-any-return]

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """Make a user name that tells nothing of the address: it is shown where names are."""
        user.username = user.username or f"user-{ids.token(bytes_of_entropy=6).lower()}"

    def login(self, request: HttpRequest, user: User) -> None:
        before = actor_of(request)
        super().login(request, user)
        if not before.is_signed_in:  # another person's cart stays theirs
            carry_over(before, accounts.actor_of(user))

    def send_account_already_exists_mail(self, email: str) -> None:
        """Write to the owner, and hash a password as a new account would: the answer takes as long."""
        make_password(email)
        super().send_account_already_exists_mail(email)

    def can_delete_email(self, email_address: Any) -> bool:
        """Keep the last address: who has none gets neither letters nor a new password."""
        others = email_address.user.emailaddress_set.exclude(pk=email_address.pk)
        return others.exists() and bool(super().can_delete_email(email_address))

    def get_login_stages(self) -> list[str]:
        usual, own = (
            "allauth.account.stages.EmailVerificationStage",
            "hansa.web.account.stages.ConfirmAddress",
        )
        return [own if stage == usual else stage for stage in super().get_login_stages()]

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return home_of(request) if isinstance(request.user, User) else "/"

    def is_safe_url(self, url: str) -> bool:
        return is_here(self.request, url)


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth is untyped here
    """People who come by another's word."""

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, {**data, "username": ""})
        given = (data.get("name"), data.get("first_name"), data.get("last_name"))
        user.display_name = str(given[0] or " ".join(part for part in given[1:] if part))[:120]
        user.first_name = user.last_name = ""
        return user


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped here
    """Secrets of authenticators, encrypted under a key of their own that is derived from the secret key."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}


def _box() -> Fernet:
    key = hashlib.blake2b(settings.SECRET_KEY.encode(), digest_size=32, person=b"second factor").digest()
    return Fernet(base64.urlsafe_b64encode(key))
