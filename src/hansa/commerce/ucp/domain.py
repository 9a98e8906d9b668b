"""The protocol's own words: its version, what we offer under it, and what both sides understand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

VERSION = "2026-04-08"
SPEC = f"https://ucp.dev/{VERSION}"
SERVICE = "dev.ucp.shopping"
CHECKOUT, CART, ORDER = (f"{SERVICE}.{name}" for name in ("checkout", "cart", "order"))
SEARCH, LOOKUP = (f"{SERVICE}.catalog.{name}" for name in ("search", "lookup"))
DISCOUNT, FULFILLMENT = (f"{SERVICE}.{name}" for name in ("discount", "fulfillment"))
HANDLER = "hansa.payment.token"  # no such top-level domain: nobody else's name
HANDLER_ID = "hansa_token"


@dataclass(frozen=True)
class Capability:
    """Something we offer; an extension names what it extends, and ``page`` is its page in the specification."""

    name: str
    page: str
    extends: tuple[str, ...] = ()

    def declared(self) -> dict[str, Any]:
        """How the profile says it."""
        words: dict[str, Any] = {
            "version": VERSION,
            "spec": f"{SPEC}/specification/{self.page}",
            "schema": f"{SPEC}/schemas/shopping/{self.page.replace('-', '_').replace('catalog/', 'catalog_')}.json",
        }
        if self.extends:
            words["extends"] = list(self.extends) if len(self.extends) > 1 else self.extends[0]
        return words


OFFERED: Mapping[str, Capability] = {
    each.name: each
    for each in (
        Capability(CHECKOUT, "checkout"),
        Capability(CART, "cart"),
        Capability(ORDER, "order"),
        Capability(SEARCH, "catalog/search"),
        Capability(LOOKUP, "catalog/lookup"),
        Capability(DISCOUNT, "discount", (CHECKOUT, CART)),
        Capability(FULFILLMENT, "fulfillment", (CHECKOUT,)),
    )
}


def in_common(theirs: Mapping[str, Any]) -> frozenset[str]:
    """What both sides offer in our version; an extension none of whose parents is among it is left out."""
    named = {name for name in OFFERED if _in_our_version(theirs.get(name))}
    return frozenset(
        name
        for name in named
        if not OFFERED[name].extends or any(parent in named for parent in OFFERED[name].extends)
    )


def relevant(to: str, common: frozenset[str]) -> list[str]:
    """Of what both sides offer, what an answer about a capability speaks of: itself and its extensions."""
    return sorted(name for name in common if name == to or to in OFFERED[name].extends)


def _in_our_version(entries: Any) -> bool:
    return isinstance(entries, list) and any(
        isinstance(entry, dict) and entry.get("version") == VERSION for entry in entries
    )


MOST_TRIES = 12
AT_ONCE_AGAIN = timedelta(seconds=2)  # most of what fails once is a hiccup


def pause_after(tries: int) -> timedelta | None:
    """How long to wait before an agent is told again; None to stop.

    Two seconds the first time, then a minute, doubled each time, 4 hours at most.
    """
    if tries == 1:
        return AT_ONCE_AGAIN
    return min(timedelta(seconds=15) * 2**tries, timedelta(hours=4)) if tries < MOST_TRIES else None
