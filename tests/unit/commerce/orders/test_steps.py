"""Which step the quantities of an order ask for."""

from __future__ import annotations

import pytest

from hansa.commerce.orders.domain import Quantities, Step, step_due


@pytest.mark.parametrize(
    ("status", "units", "step"),
    [
        ("paid", Quantities(5, 0, 0, 0), None),
        ("paid", Quantities(5, 0, 3, 0), None),
        ("paid", Quantities(5, 0, 3, 3), None),
        ("paid", Quantities(5, 2, 3, 0), Step.SHIP),
        ("paid", Quantities(5, 0, 5, 5), Step.SHIP),
        ("paid", Quantities(5, 5, 0, 0), Step.CANCEL),
        ("paid", Quantities(0, 0, 0, 0), None),
        ("shipped", Quantities(5, 2, 3, 2), None),
        ("shipped", Quantities(5, 2, 3, 3), Step.DELIVER),
        ("placed", Quantities(5, 5, 0, 0), None),
        ("delivered", Quantities(5, 0, 5, 5), None),
    ],
)
def test_quantities_ask_for_a_step(status: str, units: Quantities, step: Step | None) -> None:
    assert step_due(status, units) == step
