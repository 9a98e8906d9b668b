"""A throwaway PostgreSQL cluster with fsync on, and a stocked shop of two merchants in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INK = "ink"  # the other merchant's good


@dataclass(frozen=True)
class StockedShop:
    """The shop of a benchmark: listings by name, and the names of the plain goods."""

    platform_id: int
    code: str
    listings: dict[str, int]
    plain: list[str]


@contextmanager
def cluster(prefix: str) -> Iterator[str]:
    """Start a cluster, name it in DATABASE_URL, and throw it away afterwards."""
    from hansa.foundation import postgres

    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    url = str(postgres.start(folder))
    os.environ["DATABASE_URL"] = url
    try:
        yield url
    finally:
        postgres.stop(folder)


def stocked_shop(*, goods: int, stock: int, rarities: Mapping[str, int] | None = None) -> StockedShop:
    """Make the tables and a shop: so many goods at 7.00, the other merchant's ink at 3.00, and scarcer goods."""
    from hansa.cli import runtime

    runtime.with_django()
    runtime.migrate()
    from django.db import connections

    from tests.factories import a_listing, a_merchant, a_shop

    plain = [f"good{number}" for number in range(goods)]
    units = dict.fromkeys(plain, stock) | dict(rarities or {})
    shop = a_shop(stock=units, prices=dict.fromkeys(units, 700))
    other, _ = a_merchant(shop.platform, "cy")
    shop.listings[INK] = a_listing(shop.platform, other, shop.centre, INK, price=300, stock=stock)
    with connections["owner"].cursor() as cursor:
        cursor.execute("analyze")
    let_go()
    listings = {name: listing.pk for name, listing in shop.listings.items()}
    return StockedShop(shop.platform.pk, shop.platform.code, listings, plain)


def let_go() -> None:
    """Close every connection that this process holds."""
    from django.db import connections

    for each in connections.all(initialized_only=True):
        each.close()
        each.close_pool()
