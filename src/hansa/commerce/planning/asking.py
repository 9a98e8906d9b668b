"""Asking the worker for a fresh plan, of a merchant's goods or of a whole platform."""

from __future__ import annotations

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.foundation import jobs


def ask_for_plan(*, actor: Actor, platform_id: int, merchant_id: int | None) -> bool:
    """Ask for a fresh forecast and proposals; False when one is already on its way.

    Refuses who does not run the merchant, or without a merchant the platform.
    """
    whose = {"platform_id": platform_id}
    if merchant_id is None:
        actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
        name = "planning.plan_platform"
    else:
        actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
        name, whose = "planning.plan_merchant", whose | {"merchant_id": merchant_id}
    lock = "-".join(["plan", *map(str, whose.values())])
    return jobs.ask(name, lock=lock, **whose)
