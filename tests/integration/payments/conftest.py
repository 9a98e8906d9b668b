from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections

from hansa.commerce.payments import gateways
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.foundation.database_roles import OWNER
from tests.integration.payments.world import a_provider, pay_at


@pytest.fixture(scope="session")
def provider_process(database_url: str) -> Iterator[SandboxService]:
    """One provider for every test that hands the webhooks over itself."""
    with a_provider(database_url) as service:
        yield service


@pytest.fixture
def provider(
    provider_process: SandboxService, database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SandboxService]:
    """The provider with an empty book, and a checkout that pays there."""
    empty_its_book()
    pay_at(monkeypatch, provider_process)
    yield provider_process
    gateways.forget()


def empty_its_book() -> None:
    with connections[OWNER].cursor() as cursor:
        tables = ["payment", "line", "dispute", "evidence", "parcel"]
        cursor.execute("truncate " + ", ".join(f"sandbox_provider.{table}" for table in tables))
