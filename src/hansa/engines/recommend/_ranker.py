"""The learned order of candidates: LambdaMART over their signals.

C. Burges: From RankNet to LambdaRank to LambdaMART, Microsoft Research 2010. Trees by XGBoost, on one thread, so that
the same lessons and seed give the same ranker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from hansa.engines.recommend._params import Objective, RankerParams
from hansa.engines.recommend._problem import Floats
from hansa.engines.recommend._signals import NAMES
from hansa.kernel.errors import InvalidInput, Unavailable

Matrix = NDArray[np.float32]  # axes: candidates, signals


@dataclass(frozen=True, eq=False)
class Lesson:
    """The candidates of one history, and how much each was wanted."""

    signals: Matrix
    wanted: NDArray[np.integer]  # axis: candidates; 0 not at all


class Ranker:
    """Orders candidates by what lessons taught."""

    def __init__(self, trees: str) -> None:
        xgboost = _xgboost()
        self._trees = xgboost.Booster({"nthread": 1})
        try:
            self._trees.load_model(bytearray(trees, "utf-8"))
        except xgboost.core.XGBoostError as broken:
            raise InvalidInput("this is no saved ranker") from broken
        if self._trees.num_features() != len(NAMES):
            raise InvalidInput("the saved ranker knows other signals than this version gathers: fit it anew")

    @classmethod
    def learn(cls, lessons: Sequence[Lesson], params: RankerParams, seed: int) -> Ranker | None:
        """Learn from lessons; None when they are too few to tell luck from rule.

        Refuses with Unavailable where XGBoost does not load.
        """
        if len(lessons) < params.fewest_lessons:
            return None
        xgboost = _xgboost()
        data = xgboost.QuantileDMatrix(
            np.concatenate([lesson.signals for lesson in lessons]),
            label=np.concatenate([lesson.wanted for lesson in lessons]),
            group=[len(lesson.wanted) for lesson in lessons] if params.objective is Objective.ORDER else None,
            nthread=1,
        )
        trees = xgboost.train(_knobs(params, seed), data, num_boost_round=params.trees)
        return cls(trees.save_raw("json").decode())

    @property
    def trees(self) -> str:
        """The trees as JSON, from which an equal ranker is made."""
        return str(self._trees.save_raw("json").decode())

    def scores(self, signals: Matrix) -> Floats:
        """Score candidates (axis: candidates); only the order within one history means something."""
        if not len(signals):
            return np.zeros(0)
        return np.asarray(self._trees.inplace_predict(signals), dtype=np.float64)


def _xgboost() -> ModuleType:
    """XGBoost, imported where it is first used: it takes a second."""
    try:
        import xgboost
    except (
        ImportError,
        OSError,
        ValueError,
    ) as broken:  # its own error of a library that does not load is a ValueError
        raise Unavailable(
            "the learned order needs XGBoost, which does not load here (on macOS: brew install libomp): "
            + str(broken).strip().partition("\n")[0]
        ) from broken
    return xgboost


def _knobs(params: RankerParams, seed: int) -> dict[str, object]:
    wanted: dict[Objective, dict[str, object]] = {
        Objective.ORDER: {
            "objective": "rank:ndcg",
            "lambdarank_pair_method": "topk",
            "lambdarank_num_pair_per_sample": params.depth,
        },
        Objective.PROBABILITY: {"objective": "binary:logistic"},
    }
    return {
        **wanted[params.objective],
        "tree_method": "hist",
        "grow_policy": "lossguide",
        "max_leaves": params.leaves,
        "max_depth": 0,
        "eta": params.step,
        "min_child_weight": params.fewest_in_leaf,
        "subsample": 0.7,
        "colsample_bytree": 0.7,
        "lambda": 5.0,
        "seed": seed,
        "nthread": 1,
        "verbosity": 0,
    }
