"""Recommend items to users: decayed co-visitation, cosines over factors, nearest sessions, popularity.

The public door of the engine. Pure: no files, clock or tables; the caller keeps the saved arrays and
runs linear algebra on one thread (OPENBLAS_NUM_THREADS=1), as more only wait for each other here.
"""

from hansa.engines.recommend._catalogue import Asked
from hansa.engines.recommend._evaluation import evaluate, hit_at, ndcg_at, precision_at, reciprocal_rank_at
from hansa.engines.recommend._model import Model, fit
from hansa.engines.recommend._params import (
    BlendParams,
    CovisitationParams,
    FactorParams,
    Objective,
    Params,
    RankerParams,
    SessionParams,
)
from hansa.engines.recommend._popularity import PopularityModel, Recommender
from hansa.engines.recommend._problem import Problem
from hansa.engines.recommend._result import Note, NoteCode, Provenance, Reason, Result, Source
from hansa.engines.recommend._saved import from_arrays, to_arrays
from hansa.engines.recommend._selection import STEPS_OF_CHOICE, HeldOut, choose

__all__ = [
    "STEPS_OF_CHOICE",
    "Asked",
    "BlendParams",
    "CovisitationParams",
    "FactorParams",
    "HeldOut",
    "Model",
    "Note",
    "NoteCode",
    "Objective",
    "Params",
    "PopularityModel",
    "Problem",
    "Provenance",
    "RankerParams",
    "Reason",
    "Recommender",
    "Result",
    "SessionParams",
    "Source",
    "choose",
    "evaluate",
    "fit",
    "from_arrays",
    "hit_at",
    "ndcg_at",
    "precision_at",
    "reciprocal_rank_at",
    "to_arrays",
]
