import numpy as np
import polars as pl

from hansa.commerce.importing import chance


def test_a_draw_hangs_on_key_seed_and_question_alone() -> None:
    keys = pl.Series([5, 6, 7])

    drawn = chance.uniform(keys, seed=1, about="weather")

    assert drawn.tolist() == chance.uniform(keys.reverse(), seed=1, about="weather")[::-1].tolist()
    assert drawn.tolist() != chance.uniform(keys, seed=2, about="weather").tolist()
    assert drawn.tolist() != chance.uniform(keys, seed=1, about="luck").tolist()


def test_draws_are_spread_evenly() -> None:
    drawn = chance.uniform(pl.Series(range(100_000)), seed=3, about="spread")

    counts = np.histogram(drawn, bins=10, range=(0, 1))[0]

    assert counts.min() > 9_600
    assert counts.max() < 10_400


def test_picks_stay_below_their_count_for_negative_and_huge_keys() -> None:
    keys = pl.Series([-1, 0, 2**62, -(2**62)])

    picked = chance.pick(keys, 3, seed=1, about="pick")

    assert set(picked.tolist()) <= {0, 1, 2}
