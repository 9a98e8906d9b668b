"""A step of signing in that is Hansa's own."""

from __future__ import annotations

from typing import Any

from allauth.account.stages import EmailVerificationStage


class ConfirmAddress(EmailVerificationStage):  # type: ignore[misc]  # allauth is untyped here
    """Asks for proof of an address where there is one: people made by a command have none, and sign in by name."""

    def handle(self) -> Any:
        user = self.login.user
        # Nobody at all stands here when the sign-up of a known address is answered like any other.
        if user and not user.email and not self.login.email and not user.emailaddress_set.exists():
            return None, True
        return super().handle()
