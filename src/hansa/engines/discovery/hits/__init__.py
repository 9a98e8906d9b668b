"""Which new goods will sell well: boosted trees on early signals, or at day 0 on attributes and seller alone."""

from hansa.engines.discovery.hits._measure import (
    Comparison,
    Measured,
    evaluate,
    measure,
    naive_scores,
    time_split,
)
from hansa.engines.discovery.hits._model import Model, fit, from_bytes
from hansa.engines.discovery.hits._params import Params
from hansa.engines.discovery.hits._problem import Problem, Stream
from hansa.engines.discovery.hits._result import Provenance, Result

__all__ = [
    "Comparison",
    "Measured",
    "Model",
    "Params",
    "Problem",
    "Provenance",
    "Result",
    "Stream",
    "evaluate",
    "fit",
    "from_bytes",
    "measure",
    "naive_scores",
    "time_split",
]
