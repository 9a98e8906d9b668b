"""Draws a merchant's arms: a shield parted in two tints with the initial of the name, as guild houses bore them."""

from __future__ import annotations

import random
from functools import lru_cache

from hansa.web.art.palette import INK, SAIL, TINTS

_SHIELD = "M8 6h48v27q0 18-24 27Q8 51 8 33z"
# The other half of the shield: parted down, across, both, aslant, by chevron, chief, base, pale, bend, gables, saltire
_PARTITIONS = (
    "M32 6h24v27q0 18-24 27z",
    "M8 33h48q0 18-24 27Q8 51 8 33z",
    "M32 6h24v27H32zM8 33h24v27Q8 51 8 33z",
    "M56 6v27q0 18-24 27-8-3-14-8L56 6z",
    "M32 26l24 20q-5 9-24 14-19-5-24-14z",
    "M8 6h48v15H8z",
    "M9 40h46q-3 13-23 20-20-7-23-20z",
    "M23 6h18v50q-4 2-9 4-5-2-9-4z",
    "M8 6h13l35 33q-2 7-8 12L8 15z",
    "M8 22V6h6v5h6V6h8v5h8V6h8v5h6V6h6v16z",
    "M8 6h9l39 38q-2 4-6 7L8 14zM56 6h-9L8 44q2 4 6 7l42-37z",
)
_FIELDS = ("brick", "sea", "moss", "plum", "sky", "slate", "rose", "amber")


@lru_cache(maxsize=2048)
def brand_art(name: str, seed: int) -> str:
    """Draw arms for a name as a standalone SVG, the same for the same name and seed."""
    chance = random.Random(f"{seed}:{name}")
    field, other = chance.sample(_FIELDS, 2)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" aria-hidden="true">'
        f'<path fill="{TINTS[field].middle}" d="{_SHIELD}"/>'
        f'<path fill="{TINTS[other].dark}" d="{chance.choice(_PARTITIONS)}"/>'
        f'<path fill="none" stroke="{SAIL}" stroke-width="2.5" d="{_SHIELD}"/>'
        f'<path fill="none" stroke="{INK}" stroke-width="1" d="M6.5 4.5h51V33q0 19-25.5 28.5Q6.5 52 6.5 33z"/>'
        f'<circle cx="32" cy="30" r="13" fill="{SAIL}"/>'
        f'<text x="32" y="36" text-anchor="middle" font-family="Georgia,serif" font-size="17" font-weight="700"'
        f' fill="{INK}">{_initial(name)}</text></svg>'
    )


def _initial(name: str) -> str:
    """Take the first letter or figure; those never need escaping, and a name without any gets an anchor's plainness."""
    return next((mark.upper()[0] for mark in name if mark.isalnum()), "·")
