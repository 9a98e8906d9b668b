"""Orders for stock: how much of each item to order now, why, and what it changes."""

from hansa.engines.inventory._params import Params
from hansa.engines.inventory._policy import expected_costs, order_to_cover, plan
from hansa.engines.inventory._problem import Problem
from hansa.engines.inventory._result import Provenance, ReorderPolicy, Result
from hansa.engines.inventory._simulation import Outcome, Stock, next_period, paths_from_quantiles

__all__ = [
    "Outcome",
    "Params",
    "Problem",
    "Provenance",
    "ReorderPolicy",
    "Result",
    "Stock",
    "expected_costs",
    "next_period",
    "order_to_cover",
    "paths_from_quantiles",
    "plan",
]
