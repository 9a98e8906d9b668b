"""The colours of our artwork: nine tints, each light, middle and dark, and the ground they stand on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tint:
    """One hue in three depths, and a wash for the ground behind it."""

    light: str
    middle: str
    dark: str
    ground: str


TINTS: dict[str, Tint] = {
    "brick": Tint("#efb29c", "#c4553c", "#85301f", "#f4ded3"),
    "sea": Tint("#a5d0d5", "#2f8193", "#144f5e", "#d9e9ea"),
    "amber": Tint("#f9dd98", "#e2a63a", "#96620f", "#f9ebcb"),
    "moss": Tint("#bddbb0", "#679f5c", "#315f3d", "#e0ecd8"),
    "plum": Tint("#dcc4e6", "#8f60a9", "#573370", "#eee2f2"),
    "sky": Tint("#c2dff2", "#5ba3cf", "#276493", "#dfebf6"),
    "sand": Tint("#f0e1c5", "#d2b186", "#86653d", "#f2e9d8"),
    "slate": Tint("#d6dee3", "#7d8f9c", "#414f5b", "#e6eaec"),
    "rose": Tint("#f7cdd1", "#da7282", "#99394f", "#f8e2e3"),
}
SAIL = "#fffaf0"
INK = "#22313d"
