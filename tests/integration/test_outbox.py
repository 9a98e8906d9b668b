"""The outbox: told once committed, delivered at least once, acted on once; a poisoned event stops nobody."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections, transaction
from django.utils import timezone

from hansa.foundation import outbox
from hansa.foundation.models import Effect, OutboxEvent
from hansa.foundation.outbox import Delivered, DomainEvent, Subscription

pytestmark = pytest.mark.usefixtures("database")
SOURCE = Path(outbox.__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class BellRung(DomainEvent):
    number: int


def ring(*numbers: int) -> None:
    with transaction.atomic():
        outbox.record_all([BellRung(platform_id=1, number=number) for number in numbers])


def number_of(delivered: Delivered) -> int:
    assert isinstance(delivered.event, BellRung)
    return delivered.event.number


def make_due() -> None:
    OutboxEvent.objects.update(not_before=timezone.now() - timedelta(seconds=1))


def test_what_is_rolled_back_was_never_told() -> None:
    heard: list[Delivered] = []
    with transaction.atomic():
        outbox.record(BellRung(platform_id=1, number=1))
        transaction.set_rollback(True)

    outbox.drain([Subscription("ear", heard.append)])

    assert heard == []


def test_events_are_recorded_inside_a_transaction_only() -> None:
    with pytest.raises(AssertionError):
        outbox.record(BellRung(platform_id=1, number=1))


def test_each_consumer_hears_once_even_when_told_twice() -> None:
    heard: list[str] = []
    ears = [
        Subscription("left", lambda delivered: heard.append(f"left {number_of(delivered)}")),
        Subscription("right", lambda delivered: heard.append(f"right {number_of(delivered)}")),
    ]
    ring(1)

    outbox.drain(ears)
    OutboxEvent.objects.update(done_at=None)
    make_due()
    outbox.drain(ears)

    assert heard == ["left 1", "right 1"]
    assert Effect.objects.count() == 2


def test_a_failed_effect_is_rolled_back_and_tried_again() -> None:
    tries: list[int] = []

    def clumsy(delivered: Delivered) -> None:
        tries.append(number_of(delivered))
        if len(tries) == 1:
            raise ValueError("dropped it")

    ring(1)
    outbox.drain([Subscription("clumsy", clumsy)])
    assert Effect.objects.count() == 0
    make_due()
    outbox.drain([Subscription("clumsy", clumsy)])

    assert tries == [1, 1]
    assert OutboxEvent.objects.get().done_at is not None


def test_an_event_of_another_version_is_parked_and_the_rest_goes_on() -> None:
    heard: list[int] = []
    ring(1, 2)
    OutboxEvent.objects.filter(payload__number=1).update(payload={"platform_id": 1, "colour": "red"})

    outbox.drain([Subscription("ear", lambda delivered: heard.append(number_of(delivered)))])

    assert heard == [2]
    parked = OutboxEvent.objects.get(done_at=None)
    assert parked.parked_reason.startswith("the fields do not fit: ")


def test_a_worker_knows_every_kind_of_event_even_those_nobody_listens_to() -> None:
    script = "import django; django.setup(); from hansa.foundation.outbox import DomainEvent; print(*DomainEvent.registry)"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    written = {
        name
        for path in SOURCE.rglob("events.py")
        for name in re.findall(r"class (\w+)\(DomainEvent\)", path.read_text())
    }
    assert written <= set(done.stdout.split())
    assert "ReviewWritten" in written


def test_a_poisoned_event_is_parked_with_its_reason_and_the_rest_goes_on() -> None:
    heard: list[int] = []

    def picky(delivered: Delivered) -> None:
        if number_of(delivered) == 1:
            raise AttributeError("bad taste")
        heard.append(number_of(delivered))

    ring(1, 2)
    for _ in range(outbox.MOST_ATTEMPTS):
        outbox.deliver_waiting([Subscription("picky", picky)])
        make_due()

    parked = OutboxEvent.objects.get(payload__number=1)
    assert parked.parked_reason == "picky: AttributeError: bad taste"
    assert heard == [2]
    assert outbox.waiting() == 0


def test_two_workers_share_the_work_without_doing_it_twice() -> None:
    heard: list[int] = []
    ring(*range(200))
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        outbox.drain([Subscription("ear", lambda delivered: heard.append(number_of(delivered)))])
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(heard) == list(range(200))
