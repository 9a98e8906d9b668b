"""Warehouse: shortest picking tours in a one-block warehouse, and first-come batches of orders.

    tour = solve(Problem(layout, picks))
    tour.picks, tour.path, tour.walking_m, tour.baseline_m

Not modelled yet: middle cross aisles, better batches than first come, first served, slotting.
"""

from hansa.engines.warehouse._batching import Batch, BatchPlan, first_come_batches, plan_batches
from hansa.engines.warehouse._henn import read_henn
from hansa.engines.warehouse._json import read_json
from hansa.engines.warehouse._problem import BatchProblem, Layout, Order, Pick, Place, Problem
from hansa.engines.warehouse._tour import Method, Params, Provenance, Result, solve

__all__ = [
    "Batch",
    "BatchPlan",
    "BatchProblem",
    "Layout",
    "Method",
    "Order",
    "Params",
    "Pick",
    "Place",
    "Problem",
    "Provenance",
    "Result",
    "first_come_batches",
    "plan_batches",
    "read_henn",
    "read_json",
    "solve",
]
