"""Recommendation: accuracy on Amazon Beauty and Tmall beside popularity (and `implicit`, where installed), and latency.

Data: ../shared/data/recommend; without it a seeded world of camps of taste takes its place. Beauty is
asked whole by the strict leave-one-out protocol, Tmall for every fifth prefix; all items are ranked.
Latency is measured in a seeded shop of 68,000 items. About 60 CPU seconds on one thread.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has no type hints

from hansa.engines import recommend
from hansa.engines.recommend import Params, PopularityModel, Problem, Recommender, evaluate

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "recommend"
DEEPEST = 20
EVERY_NTH_PREFIX = 5
SHOP_USERS, SHOP_ITEMS, SHOP_EVENTS, ASKED = 1_000, 68_000, 300_000, 300

# Best figures published or re-run elsewhere for the same protocol; S3-Rec is the paper whose files these are.
PUBLISHED = {
    "beauty_leave_one_out": {
        "SASRec (S3-Rec paper)": {"NDCG@10": 0.0318, "HR@10": 0.0605},
        "best re-run known": {"NDCG@10": 0.0444, "HR@10": 0.0861},
    },
    "tmall_sessions": {"GCE-GNN": {"P@20": 0.3342, "MRR@20": 0.1542}},
}


@dataclass(frozen=True)
class Task:
    """Histories to learn from, and what to ask: histories with the item that came next."""

    learnt: dict[str, list[str]]
    asked: list[list[str]]
    targets: list[str]
    params: Params
    exclude_seen: bool


def run(*, seed: int) -> dict[str, Any]:
    """Measure accuracy and cost on every task, then latency; figures are plain numbers."""
    with threadpool_limits(1):  # threads that wait for each other would be counted as work
        return {
            "data": "public" if DATA.is_dir() else "seeded, own",
            "tasks": {
                name: _measured(task, seed, PUBLISHED.get(name)) for name, task in _tasks(seed).items()
            },
            "latency": _latency(seed),
        }


def _tasks(seed: int) -> dict[str, Task]:
    if not DATA.is_dir():
        return {"camps_leave_one_out": _camps(seed)}
    return {"beauty_leave_one_out": _leave_one_out(_beauty()), "tmall_sessions": _tmall()}


def _beauty() -> dict[str, list[str]]:
    lines = (DATA / "amazon" / "Beauty.txt").read_text(encoding="utf-8").splitlines()
    return {words[0]: words[1:] for words in map(str.split, lines)}


def _leave_one_out(histories: dict[str, list[str]]) -> Task:
    """Hold out the last item as target, and the one before it from the fit only."""
    return Task(
        learnt={user: items[:-2] for user, items in histories.items()},
        asked=[items[:-1] for items in histories.values()],
        targets=[items[-1] for items in histories.values()],
        params=Params(),
        exclude_seen=True,
    )


def _tmall() -> Task:
    folder = DATA / "tmall-session"
    with gzip.open(folder / "train_sessions.txt.gz", "rt", encoding="utf-8") as file:
        learnt = {str(number): line.split() for number, line in enumerate(file)}
    with gzip.open(folder / "test_prefix_target.txt.gz", "rt", encoding="utf-8") as file:
        asked = [line.split("\t") for line in file][::EVERY_NTH_PREFIX]
    return Task(
        learnt=learnt,
        asked=[prefix.split() for prefix, _ in asked],
        targets=[target.strip() for _, target in asked],
        params=Params.for_sessions(),
        exclude_seen=False,
    )


def _camps(seed: int) -> Task:
    """Users of twenty camps of taste, who take nine of ten items from the fifty of their camp."""
    random = np.random.default_rng(seed)
    histories = {}
    for user in range(2_000):
        camp, length = random.integers(20), random.integers(5, 15)
        own = random.random(length) < 0.9
        items = np.where(own, camp * 50 + random.integers(0, 50, length), random.integers(0, 1_000, length))
        histories[str(user)] = list(dict.fromkeys(map(str, items.tolist())))
    return _leave_one_out(histories)


def _measured(task: Task, seed: int, published: dict[str, Any] | None) -> dict[str, Any]:
    problem = Problem.from_histories(task.learnt)
    makers: dict[str, Callable[[], Recommender]] = {
        "hansa": lambda: recommend.fit(problem, task.params, seed=seed),
        "popularity baseline": lambda: PopularityModel(problem, task.params),
    }
    rows = {name: _row(make, task) for name, make in makers.items()}
    if importlib.util.find_spec("implicit") is not None:
        rows["implicit ALS"] = _implicit(problem, task, seed)
    size = {"users": len(problem.users), "items": len(problem.items), "queries": len(task.targets)}
    return {**size, "models": rows, "published": published or {}}


def _row(make: Callable[[], Recommender], task: Task) -> dict[str, float]:
    started = time.process_time()
    recommender = make()
    fitted = time.process_time()
    answers = recommender.rank(task.asked, DEEPEST, exclude_seen=task.exclude_seen)
    done = time.process_time()
    ranked = [[item for item, _ in answer] for answer in answers]
    return _figures(ranked, task.targets, fitted - started, done - fitted)


def _figures(
    ranked: Sequence[Sequence[Any]], targets: Sequence[str], fit_s: float, rank_s: float
) -> dict[str, float]:
    figures = {
        name: round(value, 5) for name, value in evaluate(ranked, [(target,) for target in targets]).items()
    }
    per_query = round(rank_s / max(1, len(targets)) * 1000, 3)
    return {**figures, "fit_cpu_s": round(fit_s, 2), "rank_cpu_ms_per_query": per_query}


def _implicit(problem: Problem, task: Task, seed: int) -> dict[str, float]:
    """Measure the peer's ALS with our factors, iterations and confidence, folding each history in."""
    sparse = importlib.import_module("scipy.sparse")
    als = importlib.import_module("implicit.als")
    knobs = Params().factors
    events = problem.events
    shape = (len(problem.users), len(problem.items))
    taken = sparse.csr_matrix((events.weight.astype(np.float32), (events.user, events.item)), shape=shape)
    started = time.process_time()
    model = als.AlternatingLeastSquares(
        factors=knobs.count,
        regularization=knobs.regularisation,
        alpha=knobs.alpha,
        iterations=knobs.iterations,
        random_state=seed,
        num_threads=1,
        use_gpu=False,
    )
    model.fit(taken, show_progress=False)
    fitted = time.process_time()
    place = {item: number for number, item in enumerate(problem.items)}
    known = [[place[item] for item in history if item in place] for history in task.asked]
    rows = np.repeat(np.arange(len(known)), list(map(len, known)))
    columns = np.concatenate([np.asarray(one, dtype=np.int64) for one in known])
    shape = (len(known), len(problem.items))
    asked = sparse.csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=shape)
    found, _ = model.recommend(
        np.arange(len(known)),
        asked,
        N=DEEPEST,
        filter_already_liked_items=task.exclude_seen,
        recalculate_user=True,
    )
    done = time.process_time()
    ranked = [[problem.items[item] for item in row] for row in found.tolist()]
    return _figures(ranked, task.targets, fitted - started, done - fitted)


def _latency(seed: int) -> dict[str, Any]:
    """Time single calls, explanations included, in a shop with all sources on."""
    started = time.process_time()
    model = recommend.fit(_shop(seed), seed=seed)
    fit_s = time.process_time() - started
    half = np.random.default_rng(seed).random(SHOP_ITEMS) < 0.5
    return {
        "users": SHOP_USERS,
        "items": SHOP_ITEMS,
        "events": SHOP_EVENTS,
        "fit_cpu_s": round(fit_s, 2),
        "recommend_ms": _timed(lambda user: model.recommend_for_user(user, DEEPEST)),
        "recommend_again_ms": _timed(
            lambda user: model.recommend_for_user(user, DEEPEST, exclude_seen=False)
        ),
        "recommend_half_allowed_ms": _timed(
            lambda user: model.recommend_for_user(user, DEEPEST, allowed=half)
        ),
        "observe_ms": _timed(lambda user: model.observe(user * 7, user=user)),
        "observe_new_item_ms": _timed(lambda user: model.observe(f"new {user}", user=user)),
    }


def _shop(seed: int) -> Problem:
    """Shoppers who mostly buy from their own 200 items, among items of very unequal popularity."""
    random = np.random.default_rng(seed)
    popularity = np.arange(1, SHOP_ITEMS + 1) ** -0.8
    popularity /= popularity.sum()
    user = np.sort(random.integers(0, SHOP_USERS, SHOP_EVENTS))
    own = random.choice(SHOP_ITEMS, (SHOP_USERS, 200), p=popularity)
    habit = own[user, random.integers(0, 200, SHOP_EVENTS)]
    whim = random.choice(SHOP_ITEMS, SHOP_EVENTS, p=popularity)
    item = np.where(random.random(SHOP_EVENTS) < 0.7, habit, whim)
    return Problem(users=range(SHOP_USERS), items=range(SHOP_ITEMS), event_user=user, event_item=item)


def _timed(call: Callable[[int], object]) -> dict[str, float]:
    """Milliseconds of one call, over many users: CPU of this thread, and wall, which a busy machine swells."""
    spent = []
    for user in range(ASKED):
        cpu, wall = time.thread_time(), time.perf_counter()
        call(user)
        spent.append((time.thread_time() - cpu, time.perf_counter() - wall))
    p50, p99 = np.percentile(np.asarray(spent) * 1000, [50, 99], axis=0).round(3).tolist()
    return {"p50_cpu": p50[0], "p99_cpu": p99[0], "p50_wall": p50[1], "p99_wall": p99[1]}
