"""The platforms that imports create: three Hanseatic towns for the demo's alliance, or one of a user's own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlatformSpec:
    """A platform to be, with the town it delivers in."""

    code: str
    name: str
    name_zh: str
    currency: str
    commission_bp: int
    accent: str
    city: str
    city_zh: str
    postal_code: str
    country: str
    latitude: float
    longitude: float


# The data is in US dollars, so all three trade in them.
HANSEATIC = (
    PlatformSpec(
        "trave", "Trave Market", "特拉沃集市", "USD", 1_000, "#9c2f2f",
        "Lübeck", "吕贝克", "23552", "DE", 53.8655, 10.6866,
    ),
    PlatformSpec(
        "gotland", "Gotland Bazaar", "哥特兰商行", "USD", 800, "#1f5f8b",
        "Visby", "维斯比", "62157", "SE", 57.6348, 18.2948,
    ),
    PlatformSpec(
        "bryggen", "Bryggen Goods", "布吕根百货", "USD", 1_200, "#3c6e47",
        "Bergen", "卑尔根", "50030", "NO", 60.3913, 5.3221,
    ),
)  # fmt: skip


def own_platform(code: str, *, currency: str) -> PlatformSpec:
    """Describe a platform that a file asks for and that does not exist yet: its name is its code, said nicely."""
    name = code.replace("-", " ").replace("_", " ").title()
    return PlatformSpec(
        code,
        name,
        name,
        currency,
        1_000,
        "#6b4e9b",
        "Stralsund",
        "施特拉尔松德",
        "18439",
        "DE",
        54.3091,
        13.0818,
    )
