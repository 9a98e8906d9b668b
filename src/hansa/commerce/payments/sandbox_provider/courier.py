"""Carries the sandbox provider's webhooks: in their due order, again with growing pauses until they are heard."""

from __future__ import annotations

import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from hansa.commerce.payments.domain.signatures import signed_headers
from hansa.commerce.payments.sandbox_provider.book import Row
from hansa.commerce.payments.sandbox_provider.database import Pool

LOOK_EVERY_S = 0.05
MOST_ATTEMPTS = 10
_LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True)
class Address:
    """Where the shop wants to hear, and the secret that proves us; an empty URL: it wants to hear nothing."""

    url: str
    secret: str


class Courier(threading.Thread):
    """Delivers what is due until it is told to stop."""

    def __init__(self, pool: Pool, address: Address, *, on_trouble: Callable[[str], None]) -> None:
        super().__init__(name="courier", daemon=True)
        self._pool = pool
        self._address = address
        self._on_trouble = on_trouble
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self._address.url or not self._deliver_one():
                    self._stopping.wait(LOOK_EVERY_S)
            except psycopg.Error as failure:
                self._on_trouble(f"the database does not answer: {failure}")
                self._stopping.wait(1)

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=10)

    def _deliver_one(self) -> bool:
        with self._pool.connection() as book:
            parcel = book.execute(
                "update parcel set attempts = attempts + 1, due_at = clock_timestamp() + make_interval(secs =>"
                " least(0.2 * 2 ^ attempts, %s)) where id = (select id from parcel where not is_done and attempts < %s"
                " and due_at <= clock_timestamp() order by due_at, id limit 1 for update skip locked) returning *",
                [_LONGEST_PAUSE_S, MOST_ATTEMPTS],
            ).fetchone()
        if parcel is None:
            return False
        if self._is_heard(parcel):
            with self._pool.connection() as book:
                book.execute("update parcel set is_done = true where id = %s", [parcel["id"]])
        return True

    def _is_heard(self, parcel: Row) -> bool:
        body = parcel["body"].encode()
        secret = "somebody else's secret" if parcel["is_signature_wrong"] else self._address.secret
        headers = signed_headers(secret=secret, event_id=parcel["event_id"], body=body, now=datetime.now(UTC))
        request = urllib.request.Request(  # noqa: S310 - the address that the operator configured
            self._address.url, body, {**headers, "content-type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                return bool(200 <= answer.status < 300)
        except (urllib.error.URLError, http.client.HTTPException, OSError):
            return False
