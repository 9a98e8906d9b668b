"""Draws a product: its category's motif in one of the motif's tints, on a quiet patterned ground."""

from __future__ import annotations

import random
from functools import lru_cache

from hansa.web.art.motifs import MOTIFS, Motif
from hansa.web.art.palette import INK, SAIL, TINTS
from hansa.web.art.words import motif_for

_GROUNDS = ("sea", "amber", "sky", "sand", "rose", "moss", "slate", "plum", "brick")
# Quiet shapes behind the motif, in sail white at little strength: disc, arch, hill, waves, bricks, rays, none
_BACKDROPS = (
    '<circle cx="48" cy="50" r="33"/>',
    '<path d="M17 96V49a31 31 0 0 1 62 0v47z"/>',
    '<path d="M0 70q24-14 48-4t48-6v36H0z"/>',
    '<path d="M0 72q8-6 16 0t16 0 16 0 16 0 16 0 16 0v24H0z"/>',
    '<path d="M0 68h30v8H0zM33 68h30v8H33zM66 68h30v8H66zM0 79h14v8H0zM17 79h30v8H17zM50 79h30v8H50zM83 79h13v8H83z"/>',
    '<path d="M48 50L20 0h14zM48 50L62 0h14zM48 50l48-34v14zM48 50L0 16v14zM48 50L0 64v14zM48 50l48 14v14z"/>',
    '<path d="M14 14h68v68H14z" transform="rotate(45 48 48)"/>',
)


@lru_cache(maxsize=2048)
def product_art(category: str, seed: int) -> str:
    """Draw goods of a category as a standalone SVG of at most two kilobytes, the same for the same seed."""
    name = motif_for(category)
    motif, chance = MOTIFS[name], random.Random(f"{seed}:{name}")
    tint = chance.choice(motif.tints)
    ground = chance.choice([one for one in _GROUNDS if one not in (tint, motif.second)])
    turn = chance.choice((-7, -4, 0, 0, 4, 7))
    size = chance.choice((1.04, 1.1, 1.16))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" aria-hidden="true">'
        f'<path class="art-ground-{ground}" fill="{TINTS[ground].ground}" d="M0 0h96v96H0z"/>'
        f'<g class="art-veil" fill="{SAIL}" opacity=".42">{chance.choice(_BACKDROPS)}</g>'
        f'<ellipse cx="48" cy="83" rx="{23 * size:g}" ry="3.5" fill="{INK}" opacity=".13"/>'
        f'<g transform="translate(48 49) rotate({turn}) scale({size:g}) translate(-32 -33)">{_paths(motif, tint)}</g>'
        "</svg>"
    )


def _paths(motif: Motif, tint: str) -> str:
    return "".join(_path(mark, path, tint, motif.second) for mark, path in motif.paths)


def _path(mark: str, path: str, tint: str, second: str) -> str:
    colour, width = _colour(mark[0], tint, second), mark[1:]
    if not width:
        return f'<path fill="{colour}" d="{path}"/>'
    return f'<path fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round" d="{path}"/>'


def _colour(mark: str, tint: str, second: str) -> str:
    depth = {"l": "light", "m": "middle", "d": "dark"}.get(mark.lower())
    if depth is None:
        return SAIL if mark == "w" else INK
    return str(getattr(TINTS[tint if mark.islower() else second], depth))
