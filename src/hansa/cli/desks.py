"""Who acts at a desk from the command line: whoever reaches the database may do there what its people may."""

from __future__ import annotations

from hansa.commerce.accounts.policy import Actor, Held, Role

NAME = "command line"


def who_runs(merchant_id: int) -> Actor:
    """The command line in the place of a merchant's people."""
    return Actor(name=NAME, visitor=NAME, roles=frozenset({Held(Role.MERCHANT, None, merchant_id)}))
