"""Files of histories and of baskets, and what of them is learnt from, held out to choose by, and asked.

What is learnt, and how answers are measured, is the engine's matter.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hansa.engines.recommend import Asked, HeldOut, Problem
from hansa.kernel.errors import InvalidInput, Refused

SHARE_OF_SESSIONS_HELD_OUT = 0.06
EARLIER_CUTS = 3  # so often, one span before the other, baskets are held out

Histories = Mapping[str, list[str]]


@dataclass(frozen=True)
class Query:
    """One answer to be measured: who asks, after what, and what was truly taken next."""

    user: str
    asked: Asked
    wanted: frozenset[str]


@dataclass(frozen=True)
class Split:
    """What is learnt from; what of it is held out to choose by, and the rest, newest first; what is asked; and how many
    were too short to ask.
    """

    learnt: Problem
    stages: list[tuple[Problem, HeldOut]]
    queries: list[Query]
    skipped: int


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


def read_histories(path: Path, has_user: bool) -> dict[str, list[str]]:
    """Read the histories of a file by user (or line number), refusing a user that comes twice."""
    histories: dict[str, list[str]] = {}
    for number, line in _lines(path):
        user, items = _user_and_items(path, number, line, has_user)
        if user in histories:
            raise InvalidInput(f"{path}, line {number}: user {user} had a line before; a user has one line")
        histories[user] = items
    return histories


def split_histories(
    train: Histories, test: Path | None, targets: Path | None, *, has_user: bool, sessions: bool
) -> Split:
    """Hold out the last two items of each history; with a ``test``, the last items or whole sessions of ``train``."""
    if test is None:
        asked = {user: items for user, items in train.items() if len(items) > 1}
        queries = [Query(user, Asked(items[:-1]), frozenset(items[-1:])) for user, items in asked.items()]
        held_out = [(items[:-2], items[-2]) for items in train.values() if len(items) > 2]
        learnt = Problem.from_histories({user: items[:-2] for user, items in train.items()})
        split = Split(learnt, [(learnt, _held_out(held_out))], queries, len(train) - len(queries))
    else:
        queries = list(_prefixes(test, train, has_user, targets))
        rest, held_out = _last_lines(train) if sessions else _last_items(train)
        stage = (Problem.from_histories(rest), _held_out(held_out))
        split = Split(Problem.from_histories(train), [stage], queries, 0)
    if not split.queries:
        raise Refused("nothing to evaluate: no history holds two items; give longer ones or a --test")
    return split


def _held_out(pairs: Iterable[tuple[list[str], str]]) -> HeldOut:
    listed = list(pairs)
    return HeldOut([history for history, _ in listed], [(item,) for _, item in listed])


def _last_items(train: Histories) -> tuple[Histories, list[tuple[list[str], str]]]:
    """Hold out the last item of each history that keeps one."""
    longer = [items for items in train.values() if len(items) > 1]
    rest = {user: items[:-1] if len(items) > 1 else items for user, items in train.items()}
    return rest, [(items[:-1], items[-1]) for items in longer]


def _last_lines(train: Histories) -> tuple[Histories, list[tuple[list[str], str]]]:
    """Hold out the newest sessions whole: each of their items but the first is asked after those before it."""
    names = list(train)
    kept = len(names) - math.ceil(len(names) * SHARE_OF_SESSIONS_HELD_OUT)
    newest = [train[name] for name in names[kept:]]
    asked = [(items[:place], items[place]) for items in newest for place in range(1, len(items))]
    return {name: train[name] for name in names[:kept]}, asked


def _prefixes(test: Path, train: Histories, has_user: bool, targets: Path | None) -> Iterator[Query]:
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
        yield Query(user, Asked(items or train.get(user, [])), frozenset(target))


# baskets


def split_baskets(path: Path, cut: str, days: int, *, only_new: bool) -> Split:
    """Ask for the basket that follows ``cut``, and hold out those that follow ``days`` before it, and again before that.

    ``only_new``: only what a user never took before is asked for.
    """
    events = _events(path)
    moment = _moment(cut)
    stages = []
    for spans in range(1, EARLIER_CUTS + 1):
        at = moment - spans * days
        until = events[events.day < (at + days)]
        asked = _next_baskets(until, at, only_new)
        stages.append((_learnt(until, at), HeldOut([q.asked for q in asked], [q.wanted for q in asked])))
    queries = _next_baskets(events, moment, only_new)
    if not queries:
        raise Refused(f"nothing to evaluate: no user of {path} has events before and after --cut {cut}")
    return Split(_learnt(events, moment), stages, queries, events.user.nunique() - len(queries))


def _events(path: Path) -> pd.DataFrame:
    """Read user, item, time (days) and weight of a CSV's lines, in order of time."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as missing:
        raise InvalidInput(f"{path}: there is no such file") from missing
    except (OSError, EOFError, ValueError, zlib.error) as unreadable:
        raise InvalidInput(f"{path}: cannot be read: {unreadable}") from unreadable
    lacking = [name for name in ("user", "item", "time") if name not in table]
    if lacking:
        raise InvalidInput(
            f"{path}: has no column {lacking[0]!r}; its first line is `user,item,time` or with `weight`"
        )
    time = pd.to_datetime(table["time"], errors="coerce", format="ISO8601", utc=True)
    weight = pd.to_numeric(table.get("weight", "1"), errors="coerce")
    events = pd.DataFrame(
        {"user": table["user"], "item": table["item"], "day": _days(time), "weight": weight}
    )
    wrong = np.flatnonzero(events.isna().any(axis=1) | (events[["user", "item"]] == "").any(axis=1))
    if len(wrong):
        raise InvalidInput(
            f"{path}, line {wrong[0] + 2}: `user,item,time` or with a weight, the time as 2026-11-23T10:00"
        )
    return events.sort_values("day", kind="stable")


def _moment(text: str) -> float:
    time = pd.to_datetime(pd.Series([text]), errors="coerce", format="ISO8601", utc=True)
    if time.isna().any():
        raise InvalidInput(f"--cut {text}: is no day or moment, such as 2026-11-23")
    return float(_days(time).iloc[0])


def _days(time: pd.Series[pd.Timestamp]) -> pd.Series[float]:
    """Days since 1970."""
    return (time - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)


def _learnt(events: pd.DataFrame, cut: float) -> Problem:
    past = events[events.day < cut]
    users, user = np.unique(past.user.to_numpy(str), return_inverse=True)
    items, item = np.unique(past.item.to_numpy(str), return_inverse=True)
    return Problem(users.tolist(), items.tolist(), user, item, past.weight.to_numpy(), past.day.to_numpy())


def _next_baskets(events: pd.DataFrame, cut: float, only_new: bool) -> list[Query]:
    """Ask for each user's first basket after the cut, by what they took before it."""
    later = events[events.day >= cut]
    first = later[later.day == later.groupby("user").day.transform("min")]
    past = dict(iter(events[events.day < cut].groupby("user")))
    queries = []
    for user, basket in first.groupby("user"):
        if user not in past:
            continue
        before = past[user]
        wanted = frozenset(basket.item) - (frozenset(before.item) if only_new else frozenset())
        if wanted:
            asked = Asked(before.item.tolist(), before.weight.tolist(), before.day.tolist(), cut)
            queries.append(Query(str(user), asked, wanted))
    return queries
