"""How often somebody may call: token buckets in the memory of the process.

Several processes of the web count apart, so each lets through as much as it says here.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from hansa.kernel.errors import Unavailable

MOST_CALLERS = 50_000


class TooManyCalls(Unavailable):
    """The bucket is empty; `Retry-After` says when a call fits again."""

    code = "too_many_calls"


@dataclass(frozen=True)
class Taken:
    """How a bucket stands after a call, or why it was refused."""

    limit: Limit
    left: int
    wait_seconds: float

    @property
    def is_refused(self) -> bool:
        return self.wait_seconds > 0


@dataclass(frozen=True)
class Limit:
    """So many calls at once, refilled at so many a minute; each caller has a bucket of their own."""

    name: str
    burst: int
    per_minute: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(
        default_factory=OrderedDict, compare=False, repr=False
    )
    _lock: Lock = field(default_factory=Lock, compare=False, repr=False)

    def take(self, caller: str, *, now: float | None = None, cost: int = 1) -> Taken:
        """Take a call out of the caller's bucket, or say how long to wait; ``cost=0`` only looks."""
        moment = time.monotonic() if now is None else now
        rate = self.per_minute / 60
        with self._lock:
            full, at = self._buckets.pop(caller, (float(self.burst), moment))
            level = min(self.burst, full + max(0.0, moment - at) * rate)
            fits = level >= max(cost, 1)
            level -= cost if fits else 0
            self._buckets[caller] = (level, moment)
            if len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)  # who has been silent the longest
        return Taken(self, int(level), 0.0 if fits else (max(cost, 1) - level) / rate)

    def charge(self, request: HttpRequest, caller: str, *, cost: int = 1) -> None:
        """Take a call and keep how the bucket stands for the answer; refuses with TooManyCalls."""
        if not settings.API_LIMITS:
            return
        taken = self.take(caller, cost=cost)
        request.taken = taken  # type: ignore[attr-defined]  # ours, read by `tell`
        if taken.is_refused:
            raise TooManyCalls(
                f"too many calls: {self.per_minute} a minute, {self.burst} at once; wait and go on"
            )

    def forget(self) -> None:
        with self._lock:
            self._buckets.clear()


API = Limit("calls", burst=300, per_minute=1_200)
OPEN = Limit("address", burst=1_000, per_minute=6_000)  # a house full of shoppers may share an address
SIGN_IN = Limit("sign-in", burst=10, per_minute=10)
STRANGERS = Limit("strangers", burst=30, per_minute=30)  # calls whose key nobody knows


def tell(request: HttpRequest, response: HttpResponseBase) -> None:
    """Say in the answer's headers how the caller's bucket stands."""
    taken: Taken | None = getattr(request, "taken", None)
    if taken is None:
        return
    limit = taken.limit
    refill = math.ceil((limit.burst - taken.left) * 60 / limit.per_minute)
    response["RateLimit-Policy"] = (
        f'"{limit.name}";q={limit.burst};w={math.ceil(limit.burst * 60 / limit.per_minute)}'
    )
    response["RateLimit"] = f'"{limit.name}";r={taken.left};t={refill}'
    if taken.is_refused:
        response["Retry-After"] = str(math.ceil(taken.wait_seconds))


def forget() -> None:
    """Fill every bucket; for tests."""
    for limit in (API, OPEN, SIGN_IN, STRANGERS):
        limit.forget()
