"""Where the engines meet importing: made-up towns for addresses. The only module here that knows roads."""

from __future__ import annotations

import zlib
from functools import lru_cache

import polars as pl

from hansa.commerce.importing.platforms import PlatformSpec
from hansa.engines import roads

TOWN_BLOCKS = 30


def town_seed(platform_code: str) -> int:
    """The seed of a platform's made-up town: whoever plans routes there must lay out the same one."""
    return zlib.crc32(platform_code.encode()) % 100_000


@lru_cache(maxsize=8)
def town_graph(platform: PlatformSpec) -> roads.RoadGraph:
    """Lay out the streets of the platform's town."""
    text = roads.synthetic_town(
        seed=town_seed(platform.code),
        centre_lat=platform.latitude,
        centre_lon=platform.longitude,
        blocks=TOWN_BLOCKS,
    )
    return roads.read_osm(text.encode())


def addresses(platform: PlatformSpec, count: int, *, seed: int) -> pl.DataFrame:
    """Pick so many different doors of the platform's town. Columns: street, street_zh, latitude, longitude."""
    found = roads.synthetic_addresses(town_graph(platform), count, seed)
    rows = [(f"{door.street} {door.house_number}", door.street_zh, door.lat, door.lon) for door in found]
    schema = {"street": pl.String, "street_zh": pl.String, "latitude": pl.Float64, "longitude": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")
