"""Changing what we know of people."""

from __future__ import annotations

from django.db import transaction

from hansa.commerce.accounts.models import User


@transaction.atomic
def set_consent(*, user_id: int, agrees: bool) -> None:
    """Remember whether a person's acts may shape what they are shown."""
    User.objects.filter(pk=user_id).update(consents_to_personalisation=agrees)
