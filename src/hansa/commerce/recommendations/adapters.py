"""Between tables and the recommendation engine: acts become weighted events, answers become listings' ids."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hansa.engines import recommend as engine

# What an act says about taste, in units of "looked at". Exposure without a click says nothing here.
WEIGHTS = {"view": 1.0, "cart": 3.0, "purchase": 5.0, "rating": 4.0}
# Chosen on weeks 5 to 8 before the end of The Complete Journey (every third household), never on the last two
# weeks that `measure` reports: long memories and plain counts, since baskets come weekly and hold staples.
PARAMS = engine.Params(
    half_life=120 * 86_400,
    covisitation=engine.CovisitationParams(window=20, backward=1.0, popularity_power=0.0, history_decay=0.99),
    factors=engine.FactorParams(count=64, alpha=1.0, regularisation=50.0, history_decay=0.995),
    blend=engine.BlendParams(cosine=0.5, popularity=0.5),
)


@dataclass(frozen=True)
class Act:
    """One act of one person with one offer, at a time in seconds."""

    user_id: int
    offer_id: int
    weight: float
    at: float


@dataclass(frozen=True)
class Measured:
    """Held-out accuracy of the model and of recommending what is popular."""

    metrics: dict[str, float]
    popular: dict[str, float]
    people: int


def fit(acts: Sequence[Act], *, seed: int, as_of: float | None = None) -> engine.Model:
    """Fit a model on acts, or on those that had happened at ``as_of``."""
    return engine.fit(_problem(acts), PARAMS, seed=seed, as_of=as_of)


def measure(acts: Sequence[Act], *, seed: int, cut: float, most_people: int = 400) -> Measured:
    """Fit on what happened before the cut; ask for the new goods each person took to after it.

    Goods that nobody had touched before the cut, and people who had done nothing, are left out for both.
    """
    past = [act for act in acts if act.at < cut]
    if not past:
        return Measured({}, {}, 0)
    known: dict[int, set[int]] = {}
    for act in past:
        known.setdefault(act.user_id, set()).add(act.offer_id)
    sold = {act.offer_id for act in past}
    wanted: dict[int, set[int]] = {}
    for act in acts:
        is_new = act.at >= cut and act.user_id in known and act.offer_id not in known[act.user_id]
        if is_new and act.offer_id in sold:
            wanted.setdefault(act.user_id, set()).add(act.offer_id)
    people = sorted(wanted)[:most_people]
    model = engine.fit(_problem(past), PARAMS, seed=seed)
    popular = engine.PopularityModel(_problem(past), PARAMS)
    ours = [model.recommend_for_user(person, 10).items for person in people]
    theirs = [popular.recommend([], 10, exclude=known[person]).items for person in people]
    targets = [wanted[person] for person in people]
    return Measured(_accuracy(ours, targets), _accuracy(theirs, targets), len(people))


def _accuracy(rankings: Sequence[Sequence[object]], targets: Sequence[set[int]]) -> dict[str, float]:
    pairs = list(zip(rankings, targets, strict=True))
    count = max(1, len(pairs))
    return {
        "NDCG@10": round(sum(engine.ndcg_at(10, ranked, target) for ranked, target in pairs) / count, 4),
        "HR@10": round(sum(engine.hit_at(10, ranked, target) for ranked, target in pairs) / count, 4),
    }


def save(model: engine.Model) -> tuple[bytes, dict[str, Any]]:
    """The model as bytes of a NumPy archive and a JSON object."""
    arrays, meta = engine.to_arrays(model)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue(), meta


def load(arrays: bytes, meta: dict[str, Any]) -> engine.Model:
    """A saved model; nothing in it is ever executed."""
    with np.load(io.BytesIO(arrays), allow_pickle=False) as archive:
        return engine.from_arrays({name: archive[name] for name in archive.files}, meta)


def _problem(acts: Sequence[Act]) -> engine.Problem:
    users = sorted({act.user_id for act in acts})
    items = sorted({act.offer_id for act in acts})
    user_at = {user: place for place, user in enumerate(users)}
    item_at = {item: place for place, item in enumerate(items)}
    return engine.Problem(
        users=users,
        items=items,
        event_user=np.fromiter((user_at[act.user_id] for act in acts), dtype=np.int64, count=len(acts)),
        event_item=np.fromiter((item_at[act.offer_id] for act in acts), dtype=np.int64, count=len(acts)),
        event_weight=np.fromiter((act.weight for act in acts), dtype=np.float64, count=len(acts)),
        event_time=np.fromiter((act.at for act in acts), dtype=np.float64, count=len(acts)),
    )
