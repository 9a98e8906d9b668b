"""What every test of accounts begins with: an empty letter box, and the time that authenticators go by."""

from __future__ import annotations

import pytest
from django.core import mail

from tests.integration.accounts.people import Clock


@pytest.fixture(autouse=True)
def _letter_box(database_url: str) -> None:
    mail.outbox.clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stands = Clock()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", stands)
    return stands
