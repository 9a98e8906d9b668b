"""The clock's jobs: each book of each platform is compared by a job of its own."""

from __future__ import annotations

import pytest
from django.db import connections

from hansa.commerce.payments import gateways, reconciliation, tasks
from hansa.commerce.payments.models import Payment
from hansa.foundation import tenancy
from hansa.foundation.database_roles import OWNER
from tests.factories import NOON, a_platform

pytestmark = pytest.mark.usefixtures("database")


def jobs() -> list[tuple[int, str]]:
    """The books that wait to be compared, taken off the queue."""
    with connections[OWNER].cursor() as cursor:
        cursor.execute(
            "delete from procrastinate_jobs where task_name = 'payments.reconcile_one'"
            " returning (args ->> 'platform_id')::int, args ->> 'provider_name'"
        )
        return sorted(cursor.fetchall())


def test_every_book_is_compared_by_a_job_of_its_own_that_waits_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "set_up", lambda: ["stripe", "alipay"])
    compared = []
    monkeypatch.setattr(reconciliation, "reconcile", lambda **asked: compared.append(asked))
    trave, elbe = a_platform("trave"), a_platform("elbe")
    for platform, provider in ((trave, "stripe"), (trave, "sandbox"), (elbe, "stripe"), (elbe, "alipay")):
        with tenancy.as_platform(platform.pk):
            Payment.objects.create(
                platform=platform,
                reference=f"{platform.code}-{provider}",
                provider=provider,
                currency="EUR",
                amount=1,
                created_at=NOON,
            )

    tasks.reconcile(0)
    tasks.reconcile(600)

    waiting = jobs()
    assert waiting == [(trave.pk, "stripe"), (elbe.pk, "alipay"), (elbe.pk, "stripe")]
    assert compared == []
    tasks.reconcile_one(*waiting[0])
    assert [(each["platform_id"], each["provider_name"]) for each in compared] == [(trave.pk, "stripe")]
