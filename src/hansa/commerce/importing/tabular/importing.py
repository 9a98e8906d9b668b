"""The three kinds of files, each from first row to last chunk: check all, then store what is good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import polars as pl

from hansa.commerce.importing.errors import RowsRejected
from hansa.commerce.importing.history import foundations
from hansa.commerce.importing.history.world import Catalogue
from hansa.commerce.importing.loading.chunks import Progress, Tell
from hansa.commerce.importing.loading.tasks import Outcome, Run, Task
from hansa.commerce.importing.platforms import PlatformSpec
from hansa.commerce.importing.tabular import (
    catalogues,
    olist,
    online_retail,
    own_orders,
    own_products,
    storing,
)
from hansa.commerce.importing.tabular.problems import Problems
from hansa.commerce.importing.tabular.reading import MOST_MB, Budget
from hansa.commerce.importing.tabular.refunds import store_refunds
from hansa.commerce.importing.tabular.spool import SPOOLED_LINE, spooling
from hansa.commerce.importing.tabular.storing import Target, store_weeks


@dataclass(frozen=True)
class FileImport:
    """A file, where it goes and how strictly it is taken."""

    path: Path
    platform: PlatformSpec
    only_merchant: str | None = None
    is_strict: bool = False
    most_mb: int = MOST_MB

    @property
    def budget(self) -> Budget:
        return Budget(self.most_mb)


_Read = TypeVar("_Read")
Importer = Callable[[FileImport, Run, Problems], Outcome]


def import_online_retail(asked: FileImport, run: Run, problems: Problems) -> Outcome:
    """Import the receipts of UCI Online Retail."""
    now = datetime.now(UTC)
    with spooling(SPOOLED_LINE) as spool:
        read = _told(run.tell, partial(
            online_retail.read_invoices, asked.path, spool, problems, prefix=asked.platform.code, budget=asked.budget, now=now
        ))  # fmt: skip
        _refuse_if_strict(asked, problems)
        lines = online_retail.sales(spool, read)
        refunds = online_retail.matched_cancellations(lines, read, problems)
        stored = _store_shop(
            run, asked.platform, lines, catalogues.of_online_retail(read, lines, asked.platform)
        )
        return stored + run.in_order([Task("refunds", lambda db: store_refunds(db, refunds))])


def import_olist(asked: FileImport, run: Run, problems: Problems) -> Outcome:
    """Import Olist's tables."""
    now, budget = datetime.now(UTC), asked.budget
    with spooling(olist.SPOOLED_ITEM) as spool:
        run.tell(Progress("reading", 0, 1))
        tables = olist.read_tables(asked.path, problems, budget=budget, now=now)
        olist.read_items(
            asked.path, tables, spool, problems, prefix=asked.platform.code, budget=budget, now=now
        )
        _refuse_if_strict(asked, problems)
        lines = olist.sales(spool)
        return _store_shop(run, asked.platform, lines, catalogues.of_olist(tables, lines, asked.platform))


def import_own_orders(asked: FileImport, run: Run, problems: Problems) -> Outcome:
    """Import purchases in our own CSV."""
    by_sku, offers = own_orders.shelf_of(run.db, asked.platform.code)
    known = frozenset(
        run.db.read("select number from orders_ordergroup where source = 'import'", {"number": pl.String})[
            "number"
        ]
    )
    with spooling(SPOOLED_LINE) as spool:
        lines = _told(run.tell, partial(
            own_orders.read_orders, asked.path, spool, problems, platform=asked.platform,
            shelf=own_orders.Shelf(by_sku, asked.only_merchant), known=known, budget=asked.budget, now=datetime.now(UTC),
        ))  # fmt: skip
        _refuse_if_strict(asked, problems)
        stood = run.in_order([Task("platform", lambda db: storing.store_ground(db, asked.platform))])
        return stood + _store_purchases(run, lines, Target(asked.platform, run.source, offers))


def import_own_products(asked: FileImport, run: Run, problems: Problems) -> Outcome:
    """Import products, prices and counts in our own CSV."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with spooling(own_products.SPOOLED_GOOD) as spool:
        _told(run.tell, partial(
            own_products.read_products, asked.path, spool, problems, platform=asked.platform,
            only_merchant=asked.only_merchant, budget=asked.budget,
        ))  # fmt: skip
        _refuse_if_strict(asked, problems)
        store = partial(own_products.store_part, platform=asked.platform, problems=problems, now=now)
        parts = [
            Task(f"goods-{number}", partial(store, part=part)) for number, part in enumerate(spool.parts())
        ]
        return run.in_order([Task("platform", lambda db: storing.store_ground(db, asked.platform)), *parts])


def _told(tell: Tell, read: Callable[[], _Read]) -> _Read:
    tell(Progress("reading", 0, 1))
    return read()


def _refuse_if_strict(asked: FileImport, problems: Problems) -> None:
    if asked.is_strict and problems.rejected:
        raise RowsRejected(
            f"{problems.rejected} rows were rejected and nothing was imported; the first: {problems.first[0]}",
            details={"rejected": problems.rejected},
        )


def _store_shop(run: Run, platform: PlatformSpec, lines: pl.LazyFrame, catalogue: Catalogue) -> Outcome:
    stood = run.in_order([
        Task("platform", lambda db: storing.store_ground(db, platform)),
        Task("catalogue", lambda db: foundations.store_catalogue(db, catalogue)),
    ])  # fmt: skip
    return stood + _store_purchases(run, lines, Target(platform, run.source))


def _store_purchases(run: Run, lines: pl.LazyFrame, target: Target) -> Outcome:
    buyers = storing.buyers_of(lines, prefix=f"{target.platform.code}-")
    people = Task("people", lambda db: storing.store_buyers(db, target.platform, buyers))
    return run.in_order([people]) + store_weeks(run, lines, target)
