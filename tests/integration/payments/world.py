"""The sandbox provider as a process, and a shop whose purchases are paid there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.commerce.payments import gateways, reconciliation
from hansa.commerce.payments.gateways.sandbox_service import SandboxService
from hansa.commerce.payments.models import BookDifference, Comparison, EventVerdict, HeardEvent, Payment
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from tests.factories import Shop

NAME = "sandbox-service"
KEY = "key-of-the-shop"
SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSB0ZXN0cw=="


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def a_provider(
    database_url: str, *, webhooks: str = "", moods: dict[str, float] | None = None
) -> Iterator[SandboxService]:
    """Run the sandbox provider until the block ends; what it said is shown when it does not start."""
    port = a_free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "HANSA_SANDBOX_PORT": str(port),
        "HANSA_SANDBOX_KEY": KEY,
        "HANSA_SANDBOX_WEBHOOK_SECRET": SECRET,
        "HANSA_SANDBOX_WEBHOOK_URL": webhooks,
        "HANSA_SANDBOX_MOODS": json.dumps(moods or {}),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "hansa.commerce.payments.sandbox_provider.server"],
        env=environment,
        stderr=subprocess.PIPE,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, process)
        yield SandboxService(url, KEY, SECRET)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/v1/health", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None:
                assert process.stderr is not None
                pytest.fail(f"the provider did not start: {process.stderr.read().decode()[-2000:]}")
            time.sleep(0.05)
    pytest.fail("the provider did not answer")


def pay_at(monkeypatch: pytest.MonkeyPatch, service: SandboxService) -> None:
    """Let the checkout open its payments at the provider process."""
    monkeypatch.setenv("HANSA_SANDBOX_URL", service.url)
    monkeypatch.setenv("HANSA_SANDBOX_KEY", service.api_key)
    monkeypatch.setenv("HANSA_SANDBOX_WEBHOOK_SECRET", service.webhook_secret)
    monkeypatch.setenv("HANSA_PAYMENT_PROVIDER", NAME)
    gateways.forget()


def work(shop: Shop, *, now: datetime) -> None:
    """Let the worker deliver everything that is due."""
    outbox.drain(SUBSCRIPTIONS)


def reconcile(shop: Shop, *, now: datetime) -> Comparison:
    return reconciliation.reconcile(
        platform_id=shop.platform.pk,
        provider_name=NAME,
        since=now - timedelta(days=1),
        until=now + timedelta(days=1),
        now=now + timedelta(minutes=2),
    )


def now() -> datetime:
    return datetime.now(UTC)


def verdicts(shop: Shop) -> list[tuple[str, str]]:
    with tenancy.as_platform(shop.platform.pk):
        return [
            (each.event.name, each.verdict)
            for each in EventVerdict.objects.select_related("event").order_by("pk")
        ]


def heard(shop: Shop) -> int:
    with tenancy.as_platform(shop.platform.pk):
        return HeardEvent.objects.count()


def differences(shop: Shop, *, are_open: bool = True) -> list[tuple[str, int | None, int | None]]:
    with tenancy.as_platform(shop.platform.pk):
        rows = BookDifference.objects.filter(closed_at__isnull=are_open).order_by("pk")
        return list(rows.values_list("kind", "ours", "theirs"))


def books_of(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        return {each.kind: each.amount for each in ledger.balances_of_platform(shop.platform.pk)}


def state_of(shop: Shop) -> dict[str, object]:
    """Everything that an event could change."""
    with tenancy.as_platform(shop.platform.pk):
        return {
            "payments": list(Payment.objects.order_by("pk").values()),
            "orders": list(Order.objects.order_by("pk").values("pk", "status")),
            "groups": OrderGroup.objects.count(),
            "books": books_of(shop),
        }
