"""What a platform says of itself: its names, its colour, and what it keeps of a sale where no rule says otherwise."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction

from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.kernel.errors import InvalidInput

LONGEST_NAME = 80
WHOLE_BP = 10_000


def settings_of(platform_id: int) -> Platform:
    """What the platform says of itself at this moment; what is remembered elsewhere may be some seconds old."""
    return Platform.objects.get(pk=platform_id)


@transaction.atomic
def change_platform(
    *,
    actor: Actor,
    platform_id: int,
    name: str | None = None,
    name_zh: str | None = None,
    accent: str | None = None,
    commission_bp: int | None = None,
) -> Platform:
    """Change what a platform says of itself; what is None stays. Its code and currency never change.

    Refuses empty names, what is no colour like #9c2f2f, and a commission of more than the whole.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    names = {"name": name, "name_zh": name_zh}
    wanted: dict[str, Any] = {key: value.strip() for key, value in names.items() if value is not None}
    if not all(1 <= len(value) <= LONGEST_NAME for value in wanted.values()):
        raise InvalidInput(f"a platform's name has 1 to {LONGEST_NAME} letters")
    if accent is not None and not re.fullmatch(r"#[0-9a-f]{6}", accent.lower()):
        raise InvalidInput(f"{accent[:20]!r} is no colour like #9c2f2f")
    if commission_bp is not None and not 0 <= commission_bp <= WHOLE_BP:
        raise InvalidInput(f"a commission is 0 to {WHOLE_BP} basis points, not {commission_bp}")
    wanted |= {"accent": accent.lower()} if accent is not None else {}
    wanted |= {"commission_bp": commission_bp} if commission_bp is not None else {}
    platform = Platform.objects.select_for_update(no_key=True).get(pk=platform_id)
    for key, value in wanted.items():
        setattr(platform, key, value)
    platform.save(update_fields=list(wanted))
    return platform
