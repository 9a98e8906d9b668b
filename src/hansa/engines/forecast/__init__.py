"""Forecasts of demand: means, calibrated quantiles and joint sample paths for many series at once."""

from hansa.engines.forecast._engine import forecast, forecast_partition, learn_pool
from hansa.engines.forecast._lessons import Pool
from hansa.engines.forecast._params import LEVELS, QUICK, THOROUGH, Params
from hansa.engines.forecast._problem import Frequency, Problem
from hansa.engines.forecast._result import Forecaster, Provenance, Result, joined

__all__ = [
    "LEVELS",
    "QUICK",
    "THOROUGH",
    "Forecaster",
    "Frequency",
    "Params",
    "Pool",
    "Problem",
    "Provenance",
    "Result",
    "forecast",
    "forecast_partition",
    "joined",
    "learn_pool",
]
