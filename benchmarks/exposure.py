"""What the exposure contract costs: NDCG@10 on Amazon Beauty with and without it, and how many promises are met.

Data: ../shared/data/recommend; without it nothing is measured. All users ask once, in seeded order, by the strict
leave-one-out protocol. New goods are the rarest hundredth of the catalogue; merchants are drawn (300, Zipf), each
with a floor of half its goods' share of the catalogue. About 60 CPU seconds.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from hansa.engines import recommend
from hansa.engines.discovery import exposure
from hansa.kernel.errors import Refused

BEAUTY = Path(__file__).resolve().parents[2] / "shared" / "data" / "recommend" / "amazon" / "Beauty.txt"
MERCHANTS, NEW_SHARE, FLOOR = 300, 0.01, 0.5
DEPTH = 10


def run(*, seed: int) -> dict[str, Any]:
    """Serve every user once with the plain ranking and once under the contract."""
    if not BEAUTY.is_file():
        raise Refused(f"{BEAUTY.name} of Amazon is not there: nothing to measure the contract's cost on")
    lines = BEAUTY.read_text(encoding="utf-8").splitlines()
    histories = {words[0]: words[1:] for words in map(str.split, lines)}
    started = time.process_time()
    model = recommend.fit(
        recommend.Problem.from_histories({user: items[:-2] for user, items in histories.items()}), seed=seed
    )
    people = [histories[user] for user in np.random.default_rng(seed).permutation(sorted(histories))]
    rankings = [
        [str(item) for item, _ in ranked]
        for ranked in model.rank([items[:-1] for items in people], DEPTH, exclude_seen=True)
    ]
    ranked_by = time.process_time()
    targets = [items[-1] for items in people]
    contract = _contract(histories, model, people, rankings, seed)
    plain, kept = (_ndcg(lists, targets) for lists in (rankings, contract["lists"]))
    return {
        "requests": len(people),
        "NDCG@10": round(plain, 5),
        "NDCG@10 under the contract": round(kept, 5),
        "cost": round(1 - kept / plain, 5),
        **contract["figures"],
        "CPU seconds, model": round(ranked_by - started, 1),
        "CPU seconds, contract": round(time.process_time() - ranked_by, 1),
    }


def _contract(
    histories: dict[str, list[str]],
    model: recommend.Model,
    people: list[list[str]],
    rankings: list[list[str]],
    seed: int,
) -> dict[str, Any]:
    sold = Counter(item for items in histories.values() for item in items[:-2])
    goods = [str(item) for item in sorted(model.items, key=lambda item: (sold[str(item)], str(item)))]
    new = len(goods) * NEW_SHARE
    weights = 1 / np.arange(1, MERCHANTS + 1)
    merchant = np.random.default_rng([seed, 1]).choice(MERCHANTS, len(goods), p=weights / weights.sum())
    share = FLOOR * np.bincount(merchant, minlength=MERCHANTS) / len(goods)
    problem = exposure.Problem(
        goods=goods,
        merchant=merchant,
        shown=np.zeros(len(goods)),
        requests_left=np.where(np.arange(len(goods)) < new, len(people), 0),
        merchants=[f"merchant {place}" for place in range(MERCHANTS)],
        merchant_shown=np.zeros(MERCHANTS),
        merchant_share=share,
    )
    place = {good: row for row, good in enumerate(goods)}
    allocator = exposure.Allocator(problem, seed=seed)
    vectors = np.stack([model.item_vector(good) for good in goods])
    lists, lowest = [], 1.0
    for items, ranking in zip(people, rankings, strict=True):
        suits = np.maximum(vectors @ model.user_vector(items[:-1]), 0.0)
        suits[[place[good] for good in items[:-1] if good in place]] = 0.0
        placed = allocator.place(ranking, relevance=suits)
        lists.append(list(placed.items))
        lowest = min(lowest, *placed.propensities)
    result = allocator.result()
    before = np.bincount(
        [merchant[place[good]] for ranking in rankings for good in ranking if good in place],
        minlength=MERCHANTS,
    )
    figures = {
        "new goods": int(np.ceil(new)),
        "promises to goods met": round(result.goods_met, 4),
        "floors of merchants met": round(result.merchants_met, 4),
        "floors of merchants met without": round(
            float((before >= np.floor(share * len(people) * DEPTH)).mean()), 4
        ),
        "share of places given away": round(result.share_given_away, 4),
        "lowest propensity": round(lowest, 5),
        "Gini of merchants": round(result.gini, 4),
        "Gini of merchants without": round(exposure.gini(before), 4),
    }
    return {"lists": lists, "figures": figures}


def _ndcg(lists: list[list[str]], targets: list[str]) -> float:
    return sum(
        recommend.ndcg_at(DEPTH, ranked, {target}) for ranked, target in zip(lists, targets, strict=True)
    ) / len(targets)
