"""`hansa recommend`: reads files of histories, asks the recommendation engine, writes and measures.

What is recommended, and how it is measured, is the engine's matter.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hansa.cli.hits import hits
from hansa.cli.output import AsJson, Seed, progress, show
from hansa.kernel.errors import InvalidInput, Refused

if TYPE_CHECKING:  # the engine brings NumPy, which must not be imported before the threads are counted
    from hansa.cli.histories import Query, Split
    from hansa.engines.recommend import Recommender

DEEPEST_MEASURE = 20  # MRR@20 and P@20 look this far down, whatever --k asks for
AT_ONCE = 256  # answers between two steps of the progress bar

app = typer.Typer(no_args_is_help=True, help="Recommend items from a file of histories, and measure it.")


Answer = list[tuple[str, float]]  # items with scores, best first


class Protocol(StrEnum):
    LEAVE_ONE_OUT = "leave-one-out"
    SESSIONS = "sessions"
    BASKETS = "baskets"


class ModelName(StrEnum):
    RANKED = "ranked"
    BLEND = "blend"
    POPULAR = "popular"


Train = Annotated[Path, typer.Option(help="Histories, one a line, oldest item first; .gz is read too.")]


@app.callback()
def recommend() -> None:
    """Recommend items from a file of histories, and measure it."""


app.command()(hits)


@app.command()
def evaluate(
    train: Train,
    protocol: Annotated[Protocol, typer.Option(help="How histories are written and what is held out.")],
    test: Annotated[
        Path | None, typer.Option(help="Lines `prefix<TAB>target`; else the last item of --train.")
    ] = None,
    targets: Annotated[
        Path | None, typer.Option(help="Targets, one a line, for a --test whose lines hold only prefixes.")
    ] = None,
    k: Annotated[int, typer.Option(min=1, max=10_000, help="Items written for each user.")] = 20,
    out: Annotated[Path | None, typer.Option(help="CSV to write: user,rank,item,score.")] = None,
    user_column: Annotated[
        bool,
        typer.Option(help="Whether a line of leave-one-out begins with the user; else its number is it."),
    ] = True,
    exclude_seen: Annotated[
        bool | None,
        typer.Option(
            "--exclude-seen/--keep-seen",
            help="Whether items of the history are left out; by default only in leave-one-out.",
        ),
    ] = None,
    model: Annotated[
        ModelName,
        typer.Option(
            help="The engine, the engine with its defaults and no learnt order, or the naive baseline."
        ),
    ] = ModelName.RANKED,
    cut: Annotated[
        str | None, typer.Option(help="The day or moment after which baskets are asked for.")
    ] = None,
    days: Annotated[
        int,
        typer.Option(min=1, max=3650, help="Days before --cut in which baskets are held out to choose by."),
    ] = 28,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Fit on --train, rank ALL items for each held-out item, write the best and print how good they are.

    leave-one-out: a line is `user item item …`. Without --test the strict protocol of S3-Rec and
    SASRec holds: the last item of a user is the target, the one before it is for choosing knobs and
    the order of candidates, and pairs, vectors and counts are fitted on neither; the history that is
    asked about holds all but the last item. With --test the last item of each line of --train is for
    choosing; then all of --train is fitted. The prefix of a test line is `user item …`; when it is
    only the user, the history is that of --train.

    sessions: a line is `item item …`. With --test every item of the last lines of --train but the
    first is for choosing; then all of --train is fitted. Without, the last two items are held out as
    above. Items may come again.

    baskets: --train is a CSV of `user,item,time` (a `weight` may follow); what a user took at one moment is a basket.
    The first basket after --cut is asked for, by what came before; those after --days before --cut, and twice and
    three times as long before it, are for choosing. With --exclude-seen only what is new to a user counts.

    P@20 is counted as in the session literature: the share of targets among the first 20.

    Example: hansa recommend evaluate --train Beauty.txt --protocol leave-one-out --out recs.csv
    """
    _one_thread()
    if targets is not None and test is None:
        raise typer.BadParameter("--targets goes with --test", param_hint="--targets")
    if (cut is None) is (protocol is Protocol.BASKETS):
        raise typer.BadParameter(
            "--cut goes with --protocol baskets, and baskets need it", param_hint="--cut"
        )
    if out is not None:
        _check_writable(out)
    masked = protocol is Protocol.LEAVE_ONE_OUT if exclude_seen is None else exclude_seen
    split = _split(protocol, train, test, targets, cut, days, user_column, masked)
    started = time.process_time()
    recommender = _fitted(model, split, protocol, masked, seed)
    fitted = time.process_time()
    measured: list[list[str]] = []
    with _written(out) as write:
        for query, answer in _answers(recommender, split.queries, max(k, DEEPEST_MEASURE), masked):
            write(query.user, answer[:k])
            measured.append([item for item, _ in answer[:DEEPEST_MEASURE]])
    done = time.process_time()
    show(
        {
            **_figures(measured, split.queries),
            "queries": len(split.queries),
            "skipped": split.skipped,
            "CPU seconds": round(time.process_time(), 2),
            "of these, fit": round(fitted - started, 2),
            "of these, rank": round(done - fitted, 2),
            "model": model.value,
            "protocol": protocol.value,
            "seed": seed,
            "out": None if out is None else str(out),
        },
        as_json=as_json,
    )


@app.command()
def similar(
    train: Train,
    item: Annotated[str, typer.Option(help="The item to start from.")],
    k: Annotated[int, typer.Option(min=1, max=10_000, help="Items to name.")] = 10,
    user_column: Annotated[bool, typer.Option(help="Whether a line begins with the user.")] = True,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Name the items nearest to one, each with its score and reason.

    Example: hansa recommend similar --train Beauty.txt --item 4 --k 5
    """
    _one_thread()
    from hansa.cli import histories
    from hansa.engines import recommend as engine

    fitted = engine.fit(
        engine.Problem.from_histories(histories.read_histories(train, user_column)), seed=seed
    )
    answer = fitted.similar(item, k)
    found = [
        {"item": one, "score": round(score, 6), "reason": reason}
        for one, score, reason in zip(answer.items, answer.scores, answer.sources, strict=True)
    ]
    notes = [note.message for note in answer.notes]
    if as_json:
        show({"similar": found, "notes": notes}, as_json=True)
        return
    show({str(one["item"]): f"{one['score']:<10} {one['reason']}" for one in found}, as_json=False)
    show(dict.fromkeys(notes, ""), as_json=False)


def _one_thread() -> None:
    """Keep linear algebra on one thread: small systems gain nothing, and CPU seconds would triple.

    Must run before numpy is first imported; an environment that asks for more is obeyed.
    """
    for library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(library, "1")


def _split(
    protocol: Protocol,
    train: Path,
    test: Path | None,
    targets: Path | None,
    cut: str | None,
    days: int,
    user_column: bool,
    only_new: bool,
) -> Split:
    from hansa.cli import histories

    if cut is not None:
        return histories.split_baskets(train, cut, days, only_new=only_new)
    has_user = user_column and protocol is Protocol.LEAVE_ONE_OUT
    return histories.split_histories(
        histories.read_histories(train, has_user),
        test,
        targets,
        has_user=has_user,
        sessions=protocol is Protocol.SESSIONS,
    )


def _fitted(name: ModelName, split: Split, protocol: Protocol, exclude_seen: bool, seed: int) -> Recommender:
    from hansa.engines import recommend as engine

    if name is ModelName.POPULAR:
        return engine.PopularityModel(split.learnt, engine.Params())
    if name is ModelName.BLEND:
        params = engine.Params.for_sessions() if protocol is Protocol.SESSIONS else engine.Params()
        return engine.fit(split.learnt, params, seed=seed)
    with progress() as bar:
        task = bar.add_task("Choosing", total=engine.STEPS_OF_CHOICE + len(split.stages))
        fitted = []
        for problem, held_out in split.stages:
            fitted.append((engine.fit(problem, engine.Params.for_choosing(), seed=seed), held_out))
            bar.advance(task)
        (newest, held_out), *earlier = fitted
        chosen = engine.choose(
            newest, held_out, exclude_seen=exclude_seen, progress=lambda: bar.advance(task), earlier=earlier
        )
    if split.stages[0][0] is split.learnt:
        return chosen
    return engine.fit(split.learnt, chosen.params, seed=seed, ranker=chosen.ranker)


def _answers(
    recommender: Recommender, queries: Sequence[Query], k: int, exclude_seen: bool
) -> Iterator[tuple[Query, Answer]]:
    """Rank all items for each query, telling how far it is."""
    with progress() as bar:
        task = bar.add_task("Ranking", total=len(queries))
        for start in range(0, len(queries), AT_ONCE):
            block = queries[start : start + AT_ONCE]
            ranked = recommender.rank([query.asked for query in block], k, exclude_seen=exclude_seen)
            for query, answer in zip(block, ranked, strict=True):
                yield query, [(str(item), score) for item, score in answer]
            bar.advance(task, len(block))


def _figures(ranked: Sequence[Sequence[str]], queries: Sequence[Query]) -> dict[str, float]:
    from hansa.engines.recommend import evaluate as measured

    figures = measured(ranked, [query.wanted for query in queries])
    return {name: round(value, 4) for name, value in figures.items()}


# what is written


def _check_writable(path: Path) -> None:
    """Refuse early where the answer could not be written in the end."""
    if path.is_dir():
        raise InvalidInput(f"{path}: is a folder; --out names the CSV file to write")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise InvalidInput(f"{path}: its folder does not exist or may not be written to")


@contextmanager
def _written(path: Path | None) -> Iterator[Callable[[str, Answer], None]]:
    """Give a function that writes a user's items; the file appears whole or not at all."""
    if path is None:
        yield lambda _user, _answer: None
        return
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["user", "rank", "item", "score"])
            yield lambda user, answer: rows.writerows(
                [user, rank, item, f"{score:.6f}"] for rank, (item, score) in enumerate(answer, 1)
            )
        unfinished.replace(path)
    except OSError as failed:
        raise Refused(f"{path}: cannot be written: {failed.strerror}") from failed
    finally:
        if unfinished.is_file():
            unfinished.unlink()
