"""Drives a server at a fixed rate, as buyers come: nobody waits for the one before.

Latency counts from when a buyer meant to begin, so a server that falls behind cannot hide it.
"""

from __future__ import annotations

import http.client
import json
import random
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.meter import percentile


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    body: bytes
    location: str = ""

    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """One visitor on a kept-alive connection, with cookies; refuses what is not the status expected."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self.requests = 0

    def forget(self) -> None:
        """Become another visitor, who comes by a connection of their own."""
        self._cookies.clear()
        self._connection.close()

    def remember(self, name: str, value: str) -> None:
        self._cookies[name] = value

    def call(self, method: str, path: str, body: Any = None, *, expect: int = 200, **headers: str) -> Answer:
        """Send JSON, or nothing."""
        raw = None if body is None else json.dumps(body).encode()
        return self._send(method, path, raw, "application/json", expect, headers)

    def post_form(self, path: str, form: dict[str, Any], **headers: str) -> Answer:
        """Send a form as a page does, and follow where it leads."""
        kind = "application/x-www-form-urlencoded"
        answer = self._send("POST", path, urlencode(form).encode(), kind, 302, headers)
        while answer.location:
            place = urlsplit(answer.location)
            answer = self._send("GET", place.path, None, "", 0, headers)
        return answer

    def _send(
        self, method: str, path: str, body: bytes | None, kind: str, expect: int, headers: dict[str, str]
    ) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent["Content-Type"] = kind
        if self._cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self.requests += 1
        try:
            self._connection.request(method, path, body, sent)
            response = self._connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        for line in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        if (expect and response.status != expect) or response.status >= 400:
            raise RuntimeError(f"{method} {path} answered {response.status}: {data[:300]!r}")
        return Answer(response.status, data, response.headers.get("Location", ""))


@dataclass
class Drive:
    """What came of a drive; seconds."""

    offered: int
    wall: float
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: int = 0

    def figures(self) -> dict[str, Any]:
        """Rates a second and latencies in milliseconds."""
        done = self.latencies or [0.0]
        return {
            "orders": len(self.latencies),
            "errors": len(self.errors),
            "first_error": self.errors[0] if self.errors else None,
            "orders_per_second": round(len(self.latencies) / self.wall, 1),
            "requests_per_order": round(self.requests / max(1, len(self.latencies)), 1),
            "p50_ms": round(1000 * statistics.median(done), 1),
            "p99_ms": round(1000 * percentile(done, 99), 1),
        }


Journey = Callable[[Browser, int], None]


def drive(journey: Journey, *, port: int, rate: float, seconds: float, clients: int, seed: int) -> Drive:
    """Let buyers come at ``rate`` a second (Poisson, by the seed) for so many seconds."""
    chance = random.Random(seed)
    due, at = [], 0.0
    while (at := at + chance.expovariate(rate)) < seconds:
        due.append(at)
    result = Drive(len(due), seconds)
    turns = iter(range(len(due)))
    lock = threading.Lock()
    began = time.perf_counter()

    def buyer() -> None:
        browser = Browser(port)
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                break
            time.sleep(max(0.0, began + due[turn] - time.perf_counter()))
            browser.forget()
            try:
                journey(browser, turn)
            except (OSError, http.client.HTTPException, RuntimeError) as failure:
                result.errors.append(f"{type(failure).__name__}: {failure}")
            else:
                result.latencies.append(time.perf_counter() - began - due[turn])
        with lock:
            result.requests += browser.requests

    together(buyer, clients)
    result.wall = max(seconds, time.perf_counter() - began)
    return result


def saturate(journey: Journey, *, port: int, seconds: float, clients: int) -> Drive:
    """Let as many buyers come as are served: each begins when the one before has done."""
    result = Drive(0, seconds)
    began = time.perf_counter()
    numbers = iter(range(10**9))

    def buyer() -> None:
        browser = Browser(port)
        while (start := time.perf_counter()) < began + seconds:
            browser.forget()
            try:
                journey(browser, next(numbers))
            except (OSError, http.client.HTTPException, RuntimeError) as failure:
                result.errors.append(f"{type(failure).__name__}: {failure}")
            else:
                result.latencies.append(time.perf_counter() - start)
        result.requests += browser.requests

    together(buyer, clients)
    result.wall = time.perf_counter() - began
    return result


def together(work: Callable[[], None], clients: int) -> None:
    """Run the work in so many threads at once and wait for all."""
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
