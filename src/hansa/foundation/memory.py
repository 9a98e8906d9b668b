"""What a process keeps: answers for a while, for rows that hardly ever change, and its code and settings for good."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
MOST_KEPT = 1_000
_every: list[dict[Any, tuple[float, Any]]] = []


def remembered(seconds: float) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep what a function of hashable arguments answers for so long; refusals are not kept."""

    def keep(ask: Callable[P, T]) -> Callable[P, T]:
        kept: dict[Any, tuple[float, T]] = {}
        _every.append(kept)

        @wraps(ask)
        def answer(*args: P.args, **kwargs: P.kwargs) -> T:
            key = (args, tuple(sorted(kwargs.items())))
            found = kept.get(key)
            if found is not None and found[0] > time.monotonic():
                return found[1]
            fresh = ask(*args, **kwargs)
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[key] = (time.monotonic() + seconds, fresh)
            return fresh

        return answer

    return keep


def settle() -> None:
    """Say that what the process holds by now stays: collections of garbage look through it no more.

    For a process that has just come up, before it serves. Looking through all modules of Hansa takes so long that
    the request in which it happens is felt to hang.
    """
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Forget everything; for tests that empty the database."""
    for kept in _every:
        kept.clear()
