"""The simulated shop and demand drawn from quantiles."""

from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.inventory import Stock, next_period, paths_from_quantiles
from hansa.kernel.errors import InvalidInput


def test_a_period_delivers_sells_loses_and_moves_the_pipeline_on() -> None:
    stock = Stock(np.array([3.0, 0.0]), np.array([[2.0, 7.0], [0.0, 1.0]]))

    outcome = next_period(stock, order=[4, 6], lead_time=2, demand=[9, 0])

    assert outcome.sold.tolist() == [5, 0]
    assert outcome.lost.tolist() == [4, 0]
    assert outcome.stock.on_hand.tolist() == [0, 0]
    assert outcome.stock.on_order.tolist() == [[7, 4], [1, 6]]


def test_an_order_without_lead_time_can_be_sold_at_once() -> None:
    outcome = next_period(Stock(np.zeros(1), np.zeros((1, 0))), order=[5], lead_time=0, demand=[3])

    assert outcome.sold.tolist() == [3]
    assert outcome.stock.on_hand.tolist() == [2]


def test_units_are_neither_made_nor_lost() -> None:
    random = np.random.default_rng(1)
    stock = Stock(random.integers(0, 9, 20).astype(float), random.integers(0, 9, (20, 2)).astype(float))
    bought = stock.on_hand.sum() + stock.on_order.sum()
    sold = 0.0

    for _ in range(30):
        order = random.integers(0, 5, 20)
        bought += order.sum()
        outcome = next_period(stock, order=order, lead_time=2, demand=random.integers(0, 9, 20))
        stock, sold = outcome.stock, sold + outcome.sold.sum()

    assert bought == sold + stock.on_hand.sum() + stock.on_order.sum()


def test_paths_from_quantiles_follow_them() -> None:
    quantiles = np.array([[[0.0, 10.0, 20.0], [5.0, 5.0, 5.0]]])

    paths = paths_from_quantiles(("a",), [0.01, 0.5, 0.99], quantiles, paths=20_000, seed=1)

    assert paths.shape == (1, 20_000, 2)
    assert np.median(paths[0, :, 0]) == pytest.approx(10, abs=0.2)
    assert (paths[0, :, 1] == 5).all()
    np.testing.assert_array_equal(
        paths, paths_from_quantiles(("a",), [0.01, 0.5, 0.99], quantiles, paths=20_000, seed=1)
    )


def test_quantiles_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(InvalidInput, match="they must be items x periods x 2 levels"):
        paths_from_quantiles(("a",), [0.1, 0.9], np.ones((1, 3, 3)), paths=5, seed=1)
    with pytest.raises(InvalidInput, match="paths is 0"):
        paths_from_quantiles(("a",), [0.1, 0.9], np.ones((1, 3, 2)), paths=0, seed=1)
