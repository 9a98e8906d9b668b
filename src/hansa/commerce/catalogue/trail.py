"""Who changed what in the catalogue: written beside the change, in its transaction, and never again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue.models import CatalogueChange

LONGEST_NAME = 150


def note(
    what: str,
    key: int,
    *,
    actor: Actor,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: datetime,
    platform_id: int | None = None,
) -> None:
    """Write down what became of something; fields that stayed as they were are left out, and nothing at all is no change."""
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    if changed:
        CatalogueChange.objects.create(
            what=what,
            key=key,
            platform_id=platform_id,
            actor=actor.name[:LONGEST_NAME],
            actor_id=actor.user_id,
            before={name: before[name] for name in sorted(changed) if name in before},
            after={name: after[name] for name in sorted(changed) if name in after},
            at=now,
        )
