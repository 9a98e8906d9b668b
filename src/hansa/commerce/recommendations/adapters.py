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
PARAMS = engine.Params()


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
    """Fit on what happened before the cut and ask for the first new good each person took after it."""
    past = [act for act in acts if act.at < cut]
    if not past:
        return Measured({}, {}, 0)
    model = engine.fit(_problem(past), PARAMS, seed=seed)
    popular = engine.PopularityModel(_problem(past), PARAMS)
    known: dict[int, set[int]] = {}
    for act in past:
        known.setdefault(act.user_id, set()).add(act.offer_id)
    targets: dict[int, int] = {}
    for act in sorted((act for act in acts if act.at >= cut), key=lambda act: act.at):
        if act.user_id in known and act.offer_id not in known[act.user_id]:
            targets.setdefault(act.user_id, act.offer_id)
    people = sorted(targets)[:most_people]
    wanted = [targets[person] for person in people]
    ours = [model.recommend_for_user(person, 20).items for person in people]
    theirs = [popular.recommend([], 20, exclude=known[person]).items for person in people]
    return Measured(engine.evaluate(ours, wanted), engine.evaluate(theirs, wanted), len(people))


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
