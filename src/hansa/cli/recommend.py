"""`hansa recommend`: reads files of histories, asks the recommendation engine, writes and measures.

What is recommended, and how it is measured, is the engine's matter.
"""

from __future__ import annotations

import csv
import gzip
import math
import os
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hansa.cli.hits import hits
from hansa.cli.output import AsJson, Seed, progress, show
from hansa.kernel.errors import InvalidInput, Refused

if TYPE_CHECKING:
    from hansa.engines.recommend import Recommender

DEEPEST_MEASURE = 20  # MRR@20 and P@20 look this far down, whatever --k asks for
SHARE_OF_SESSIONS_HELD_OUT = 0.06
AT_ONCE = 256  # answers between two steps of the progress bar

app = typer.Typer(no_args_is_help=True, help="Recommend items from a file of histories, and measure it.")


Answer = list[tuple[str, float]]  # items with scores, best first


class Protocol(StrEnum):
    LEAVE_ONE_OUT = "leave-one-out"
    SESSIONS = "sessions"


class ModelName(StrEnum):
    RANKED = "ranked"
    BLEND = "blend"
    POPULAR = "popular"


@dataclass(frozen=True)
class Query:
    """One answer to be measured: who asks, after which items, and what was truly taken next."""

    user: str
    history: list[str]
    target: str


@dataclass(frozen=True)
class Split:
    """What may be learnt from, what of it is held out to choose by, what is asked, and how many were too short to ask."""

    learnt: dict[str, list[str]]
    held_out: list[tuple[list[str], str]]
    rest: dict[str, list[str]]  # of what is learnt from, what is not held out
    queries: list[Query]
    skipped: int


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

    P@20 is counted as in the session literature: the share of targets among the first 20.

    Example: hansa recommend evaluate --train Beauty.txt --protocol leave-one-out --out recs.csv
    """
    _one_thread()
    if targets is not None and test is None:
        raise typer.BadParameter("--targets goes with --test", param_hint="--targets")
    has_user = user_column and protocol is Protocol.LEAVE_ONE_OUT
    split = _split(_histories(train, has_user), test, targets, has_user, protocol)
    if out is not None:
        _check_writable(out)
    started = time.process_time()
    masked = protocol is Protocol.LEAVE_ONE_OUT if exclude_seen is None else exclude_seen
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
    from hansa.engines import recommend as engine

    fitted = engine.fit(engine.Problem.from_histories(_histories(train, user_column)), seed=seed)
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


def _fitted(name: ModelName, split: Split, protocol: Protocol, exclude_seen: bool, seed: int) -> Recommender:
    from hansa.engines import recommend as engine

    problem = engine.Problem.from_histories(split.learnt)
    if name is ModelName.POPULAR:
        return engine.PopularityModel(problem, engine.Params())
    if name is ModelName.BLEND:
        params = engine.Params.for_sessions() if protocol is Protocol.SESSIONS else engine.Params()
        return engine.fit(problem, params, seed=seed)
    rest = engine.fit(engine.Problem.from_histories(split.rest), engine.Params.for_choosing(), seed=seed)
    histories, taken = [history for history, _ in split.held_out], [item for _, item in split.held_out]
    with progress() as bar:
        task = bar.add_task("Choosing", total=engine.STEPS_OF_CHOICE)
        chosen = engine.choose(
            rest,
            engine.HeldOut(histories, taken),
            exclude_seen=exclude_seen,
            progress=lambda: bar.advance(task),
        )
    if split.rest is split.learnt:
        return chosen
    return engine.fit(problem, chosen.params, seed=seed, ranker=chosen.ranker)


def _answers(
    recommender: Recommender, queries: Sequence[Query], k: int, exclude_seen: bool
) -> Iterator[tuple[Query, Answer]]:
    """Rank all items for each query, telling how far it is."""
    with progress() as bar:
        task = bar.add_task("Ranking", total=len(queries))
        for start in range(0, len(queries), AT_ONCE):
            block = queries[start : start + AT_ONCE]
            ranked = recommender.rank([query.history for query in block], k, exclude_seen=exclude_seen)
            for query, answer in zip(block, ranked, strict=True):
                yield query, [(str(item), score) for item, score in answer]
            bar.advance(task, len(block))


def _figures(ranked: Sequence[Sequence[str]], queries: Sequence[Query]) -> dict[str, float]:
    from hansa.engines.recommend import evaluate as measured

    figures = measured(ranked, [query.target for query in queries])
    return {name: round(value, 4) for name, value in figures.items()}


# files


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield numbered lines of UTF-8 text, plain or gzipped.

    Refuses files that cannot be read, lines that are no text, and empty lines, naming them.
    """
    empty = True
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                empty = False
                line = _text(path, number, raw)
                if not line.strip():
                    raise InvalidInput(f"{path}, line {number}: is empty")
                yield number, line
    except FileNotFoundError as missing:
        raise InvalidInput(f"{path}: there is no such file") from missing
    except (OSError, EOFError, zlib.error) as unreadable:
        raise InvalidInput(f"{path}: cannot be read: {unreadable}") from unreadable
    if empty:
        raise InvalidInput(f"{path}: the file is empty")


def _text(path: Path, number: int, raw: bytes) -> str:
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as binary:
        raise InvalidInput(f"{path}, line {number}: is not UTF-8 text") from binary
    if "\0" in text:
        raise InvalidInput(f"{path}, line {number}: holds a NUL character; is this a text file?")
    return text.rstrip("\r\n")


def _user_and_items(
    path: Path, number: int, text: str, has_user: bool, at_least: int = 1
) -> tuple[str, list[str]]:
    words = text.split()
    user, items = (words[0], words[1:]) if has_user and words else (str(number), words)
    if len(items) < at_least:
        wanted = "`user item item …`" if has_user else "`item item …`"
        raise InvalidInput(
            f"{path}, line {number}: no item found; a line is {wanted}, separated by spaces or tabs"
        )
    return user, items


def _histories(path: Path, has_user: bool) -> dict[str, list[str]]:
    """Read the histories of a file by user (or line number), refusing a user that comes twice."""
    histories: dict[str, list[str]] = {}
    for number, line in _lines(path):
        user, items = _user_and_items(path, number, line, has_user)
        if user in histories:
            raise InvalidInput(f"{path}, line {number}: user {user} had a line before; a user has one line")
        histories[user] = items
    return histories


def _split(
    histories: dict[str, list[str]],
    test: Path | None,
    targets: Path | None,
    has_user: bool,
    protocol: Protocol,
) -> Split:
    if test is None:
        queries = [Query(user, items[:-1], items[-1]) for user, items in histories.items() if len(items) > 1]
        learnt = {user: items[:-2] for user, items in histories.items()}
        held_out = [(items[:-2], items[-2]) for items in histories.values() if len(items) > 2]
        split = Split(learnt, held_out, learnt, queries, len(histories) - len(queries))
    else:
        asked = list(_prefixes(test, histories, has_user, targets))
        held = _last_items if protocol is Protocol.LEAVE_ONE_OUT else _last_lines
        rest, held_out = held(histories)
        split = Split(histories, held_out, rest, asked, 0)
    if not split.queries:
        raise Refused("nothing to evaluate: no history holds two items; give longer ones or a --test")
    return split


def _last_items(histories: dict[str, list[str]]) -> tuple[dict[str, list[str]], list[tuple[list[str], str]]]:
    """Hold out the last item of each history that keeps one."""
    longer = [items for items in histories.values() if len(items) > 1]
    rest = {user: items[:-1] if len(items) > 1 else items for user, items in histories.items()}
    return rest, [(items[:-1], items[-1]) for items in longer]


def _last_lines(histories: dict[str, list[str]]) -> tuple[dict[str, list[str]], list[tuple[list[str], str]]]:
    """Hold out the newest sessions whole: each of their items but the first is asked after those before it."""
    names = list(histories)
    kept = len(names) - math.ceil(len(names) * SHARE_OF_SESSIONS_HELD_OUT)
    newest = [histories[name] for name in names[kept:]]
    asked = [(items[:place], items[place]) for items in newest for place in range(1, len(items))]
    return {name: histories[name] for name in names[:kept]}, asked


def _prefixes(
    test: Path, histories: dict[str, list[str]], has_user: bool, targets: Path | None
) -> Iterator[Query]:
    """Read the questions of a test file, with targets after a tab or line by line in a file of their own."""
    lines = list(_lines(test))
    answers = None if targets is None else [(number, line.split()) for number, line in _lines(targets)]
    if answers is not None and len(answers) != len(lines):
        raise InvalidInput(f"{targets} has {len(answers)} targets, but {test} has {len(lines)} prefixes")
    for place, (number, line) in enumerate(lines):
        if answers is None:
            prefix, tab, rest = line.rpartition("\t")
            where, target = f"{test}, line {number}", rest.split()
            if not tab:
                raise InvalidInput(f"{test}, line {number}: no tab; a line is `prefix<TAB>target`")
        else:
            prefix, (at, target) = line, answers[place]
            where = f"{targets}, line {at}"
        if len(target) != 1:
            raise InvalidInput(f"{where}: one target expected, {len(target)} found")
        user, items = _user_and_items(test, number, prefix, has_user, at_least=0 if has_user else 1)
        if has_user and not prefix.split():
            raise InvalidInput(f"{test}, line {number}: no user before the tab")
        yield Query(user, items or histories.get(user, []), target[0])


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
