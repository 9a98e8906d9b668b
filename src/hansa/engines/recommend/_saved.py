"""A fitted model as plain arrays and one JSON object, and back; the caller keeps them where it likes.

No pickles: ids are whole numbers, strings or UUIDs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from hansa.engines.recommend._axis import Axis
from hansa.engines.recommend._catalogue import Catalogue
from hansa.engines.recommend._covisitation import Covisitation
from hansa.engines.recommend._factors import Evidence, Factors
from hansa.engines.recommend._model import Model
from hansa.engines.recommend._params import Params
from hansa.engines.recommend._problem import Events, Id
from hansa.engines.recommend._ragged import Ragged
from hansa.engines.recommend._ranker import Ranker
from hansa.engines.recommend._state import Past, State, sessions_of
from hansa.kernel.errors import InvalidInput

FORMAT = "hansa.recommend/2"

Arrays = dict[str, NDArray[Any]]


def to_arrays(model: Model) -> tuple[Arrays, dict[str, Any]]:
    """Give everything the model knows, as arrays for ``np.savez`` and a JSON object.

    Refuses ids other than whole numbers, strings and UUIDs, of one kind an axis.
    """
    state = model.state
    users, user_kind = _ids_out("user", state.users.ids)
    items, item_kind = _ids_out("item", state.items.ids)
    pointers, past_items = state.past.items.flat()
    pair_pointers, pairs = state.covisitation.near.flat()
    arrays: Arrays = {
        "users": users,
        "items": items,
        "past_pointers": pointers,
        "past_items": past_items,
        "past_weights": state.past.weights.flat()[1],
        "past_times": state.past.times.flat()[1],
        "popularity": state.popularity,
        "trend": state.trend,
        "taken": state.taken,
        "takers": state.takers,
        "trending": state.trending,
        "pair_pointers": pair_pointers,
        "pairs": pairs,
        "pair_flow": state.covisitation.flow,
    }
    if state.factors is not None:
        arrays |= _factors_out(state.factors)
    meta = {
        "format": FORMAT,
        "params": state.params.as_dict(),
        "seed": state.seed,
        "as_of": state.as_of,
        "input_hash": state.input_hash,
        "timed": state.past.timed,
        "pace": state.pace,
        "user_kind": user_kind,
        "item_kind": item_kind,
        "events_since_fit": state.events_since_fit,
        "last_time": state.last_time,
        "ranker": None if model.ranker is None else model.ranker.trees,
    }
    return arrays, meta


def from_arrays(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Model:
    """Bring back a model that answers as the saved one did.

    Refuses another format and missing parts, naming them.
    """
    if meta.get("format") != FORMAT:
        raise InvalidInput(f"a saved recommender has format {FORMAT!r}, this one {meta.get('format')!r}")
    try:
        return _read(arrays, meta)
    except KeyError as missing:
        raise InvalidInput(f"the saved recommender lacks {missing}") from missing


def _read(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, Any]) -> Model:
    params = Params.from_dict(meta["params"])
    users, items = (
        _ids_in(arrays["users"], meta["user_kind"]),
        _ids_in(arrays["items"], meta["item_kind"]),
    )
    pointers, pair_pointers = arrays["past_pointers"], arrays["pair_pointers"]
    past = Past(
        Ragged(pointers, arrays["past_items"]),
        Ragged(pointers, arrays["past_weights"]),
        Ragged(pointers, arrays["past_times"]),
        meta["timed"],
    )
    events = Events(
        user=np.repeat(np.arange(len(users)), np.diff(pointers)),
        item=arrays["past_items"],
        weight=arrays["past_weights"],
        time=arrays["past_times"],
    )
    return Model(
        State(
            params=params,
            seed=meta["seed"],
            as_of=meta["as_of"],
            input_hash=meta["input_hash"],
            users=Axis(users),
            items=Catalogue(items),
            past=past,
            popularity=arrays["popularity"].copy(),
            trend=arrays["trend"].copy(),
            taken=arrays["taken"].copy(),
            takers=arrays["takers"].copy(),
            trending=arrays["trending"],
            pace=meta["pace"],
            covisitation=Covisitation(
                params.covisitation,
                Ragged(pair_pointers, arrays["pairs"]),
                arrays["pair_flow"].copy(),
                arrays["popularity"],
            ),
            factors=_factors_in(arrays, params) if params.factors.count else None,
            sessions=sessions_of(params, events, len(users), len(items)),
            events_since_fit=meta["events_since_fit"],
            last_time=meta["last_time"],
        ),
        None if meta["ranker"] is None else Ranker(meta["ranker"]),
    )


def _factors_out(factors: Factors) -> Arrays:
    new = sorted(factors.evidence)
    count = factors.params.count
    return {
        "item_vectors": factors.items,
        "item_gram": factors.item_gram,
        "user_gram": factors.user_gram,
        "new_items": np.asarray(new, dtype=np.int64),
        "new_matrices": np.asarray([factors.evidence[item].matrix for item in new]).reshape(-1, count, count),
        "new_targets": np.asarray([factors.evidence[item].target for item in new]).reshape(-1, count),
    }


def _factors_in(arrays: Mapping[str, NDArray[Any]], params: Params) -> Factors:
    new = zip(arrays["new_items"].tolist(), arrays["new_matrices"], arrays["new_targets"], strict=True)
    return Factors(
        params=params.factors,
        items=arrays["item_vectors"].copy(),
        item_gram=arrays["item_gram"],
        user_gram=arrays["user_gram"],
        evidence={item: Evidence(matrix.copy(), target.copy()) for item, matrix, target in new},
    )


def _ids_out(axis: str, ids: Sequence[Id]) -> tuple[NDArray[Any], str]:
    """Give ids as an array and the name of their kind."""
    kinds: dict[type, str] = {int: "int", str: "str", UUID: "uuid"}
    kind = kinds.get(type(ids[0]), "") if ids else "str"
    for one in ids:
        if kinds.get(type(one)) != kind:
            raise InvalidInput(
                f"{axis} {one!r} cannot be saved: ids of an axis are all whole numbers, strings or UUIDs"
            )
    if kind != "int":
        texts = [str(one) for one in ids]
        array = np.asarray(texts, dtype=np.str_)
        if array.tolist() != texts:
            raise InvalidInput(f"an id of the {axis} axis ends in a NUL character, which cannot be saved")
        return array, kind
    if any(not -(2**63) <= one < 2**63 for one in ids if isinstance(one, int)):
        raise InvalidInput(f"an id of the {axis} axis does not fit 64 bits: use strings")
    return np.asarray(ids, dtype=np.int64), kind


def _ids_in(array: NDArray[Any], kind: str) -> list[Id]:
    listed: list[Any] = array.tolist()
    return [UUID(one) for one in listed] if kind == "uuid" else listed
