"""`hansa recommend hits`: reads goods and their sales, finds the coming hits, measures how well.

What makes a hit, and how it is found, is the engine's matter.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import polars as pl
import typer

from hansa.cli.demand_files import check_writable, require, write_table
from hansa.cli.output import AsJson, Seed, show
from hansa.kernel.errors import InvalidInput

if TYPE_CHECKING:
    from hansa.engines.discovery import hits as engine

DAY = 86_400_000_000  # microseconds
ONE_DAY = timedelta(days=1)


def hits(
    sales: Annotated[Path, typer.Option(help="One sale a line: good, seller, time, price, more numbers.")],
    goods: Annotated[
        Path | None, typer.Option(help="One good a line: id, category, and numbers that describe it.")
    ] = None,
    age: Annotated[float, typer.Option(min=0, max=365, help="Days after listing at which to judge.")] = 14,
    cut: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Measure: learn from what was known then, judge what came after."
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Goods listed earlier neither teach nor are judged."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Sales after this day are left out.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="CSV to write: good,score,expected,chance,reason.")] = None,
    good_column: str = "product_id",
    seller_column: str = "seller_id",
    time_column: str = "shipping_limit_date",
    category_column: str = "product_category_name",
    order_column: str = "order_id",
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Find new goods that will be among the best sellers of the next 90 days, from their first days on sale.

    A good counts as listed on the day of its first sale. At --age 0 only its attributes, its seller and its
    category speak. With --cut the model is fitted on what was known then, and measured, beside the naive
    ranking by sales so far, on the goods listed later whose 90 days are over: no day of a label was known.
    Without, all that is known teaches, and the goods whose days are still to come are written.

    Example: hansa recommend hits --sales items.csv --goods products.csv --cut 2018-01-25 --out hits.csv
    """
    if out is not None:
        check_writable(out, sales, goods)
    started = time.process_time()
    from hansa.engines.discovery import hits as engine

    columns = _Columns(good_column, seller_column, time_column, category_column, order_column)
    problem = _problem(sales, goods, columns, until)
    if since is not None:
        problem = replace(problem, judged_from=_day(since))
    params = engine.Params.for_day_zero() if age == 0 else engine.Params.at_age(age)
    figures: dict[str, object] = {}
    if cut is None:
        model = engine.fit(problem, params, seed=seed)
        young = problem.listed + params.last_day > problem.known_until
        which = np.flatnonzero(young & (problem.listed + params.age <= problem.known_until))
    else:
        found = engine.measure(problem, params, cut=_day(cut), seed=seed)
        model, which = found.fitted, found.places
        figures |= found.as_dict()
    answer = model.score(problem, which)
    if out is not None:
        write_table(_table(answer), out)
    show(
        {
            **figures,
            "goods judged": len(which),
            "hit from": model.hit_from,
            "age": params.age,
            "seed": seed,
            "CPU seconds": round(time.process_time() - started, 2),
            "out": None if out is None else str(out),
        },
        as_json=as_json,
    )


class _Columns(NamedTuple):
    """Names of the columns."""

    good: str
    seller: str
    time: str
    category: str
    order: str


def _problem(sales: Path, goods: Path | None, columns: _Columns, until: datetime | None) -> engine.Problem:
    """Make goods of the first sale of each, and acts of the sales."""
    from hansa.engines.discovery import hits as engine

    good, seller, when, category, order = columns
    sold = _read(sales)
    require(sold, (good, seller, when), sales)
    sold = sold.with_columns(_moment(sold, when, sales).alias(when))
    if until is not None:
        sold = sold.filter(pl.col(when) < until + ONE_DAY)
    if not sold.height:
        raise InvalidInput(f"{sales}: no sale up to {until:%Y-%m-%d}" if until else f"{sales}: no sale")
    if order in sold.columns:
        sold = sold.with_columns(pl.len().over(order).cast(pl.Float64).alias("items of the order"))
    sold = sold.sort(when, good, maintain_order=True)
    first = sold.group_by(good, maintain_order=True).first()
    if goods is not None:
        described = _read(goods)
        require(described, (good,), goods)
        if described[good].n_unique() < described.height:
            raise InvalidInput(f"{goods}: a {good} comes twice")
        first = first.join(described, on=good, how="left", suffix=" of the good")
    place = {one: row for row, one in enumerate(first[good].to_list())}
    kinds = first[category].fill_null("") if category in first.columns else pl.Series([""] * first.height)
    numbers = [name for name, kind in zip(sold.columns, sold.dtypes, strict=True) if kind.is_numeric()]
    told = set(first.columns) - set(sold.columns)
    attributes = [name for name in first.columns if first[name].dtype.is_numeric() and name in told]
    attributes += [name for name in ("price",) if name in numbers]
    moments = sold[when].cast(pl.Datetime("us")).to_physical().to_numpy() / DAY
    return engine.Problem(
        goods=first[good].cast(pl.String).to_list(),
        good_seller=_codes(first[seller]),
        good_category=_codes(kinds),
        listed_at=first[when].cast(pl.Datetime("us")).to_physical().to_numpy() / DAY,
        attributes={name: _floats(first[name]) for name in attributes},
        streams={
            "sale": engine.Stream(
                good=np.asarray([place[one] for one in sold[good].to_list()], dtype=np.int64),
                time=moments,
                values={name: _floats(sold[name]) for name in numbers},
            )
        },
        known_until=float(moments.max()) if until is None else _day(until) + 1,
    )


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema_length=None)
    except FileNotFoundError as missing:
        raise InvalidInput(f"{path}: there is no such file") from missing
    except (pl.exceptions.PolarsError, OSError) as broken:
        raise InvalidInput(f"{path}: cannot be read: {str(broken).splitlines()[0]}") from broken


def _moment(table: pl.DataFrame, column: str, path: Path) -> pl.Series:
    """Read a column of times; refuses the first that is none."""
    text = table[column].cast(pl.String)
    moment = text.str.slice(0, 19).str.replace("T", " ", literal=True)
    found = moment.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us").fill_null(
        moment.str.to_datetime("%Y-%m-%d", strict=False, time_unit="us")
    )
    if found.null_count():
        line = int(found.is_null().arg_true()[0])
        raise InvalidInput(
            f"{path}, line {line + 2}: {column} {text[line]!r} is not a time like 2018-01-31 13:00:00"
        )
    return found


def _codes(names: pl.Series) -> np.ndarray:
    return np.asarray(names.cast(pl.String).fill_null("").rank("dense").to_numpy(), dtype=np.int64) - 1


def _floats(column: pl.Series) -> np.ndarray:
    return np.asarray(column.cast(pl.Float64).fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _day(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp() / 86_400


def _table(answer: engine.Result) -> pl.DataFrame:
    order = answer.best_first
    return pl.DataFrame(
        {
            "good": [answer.goods[int(place)] for place in order],
            "score": answer.score[order],
            "expected": answer.expected[order],
            "chance": answer.chance[order],
            "reason": [answer.reasons[int(place)] for place in order],
        }
    )
