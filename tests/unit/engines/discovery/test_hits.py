"""Coming hits: figures worked out by hand, a seeded world with a known cause of hits, and no look ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hansa.engines.discovery.hits import (
    Params,
    Problem,
    Stream,
    evaluate,
    fit,
    from_bytes,
    measure,
    naive_scores,
    time_split,
)
from hansa.engines.discovery.hits._timeline import Timeline
from hansa.kernel.errors import InvalidInput, Refused

QUICK = Params(ages=(10.0, 15.0), horizon=30, least_observed=10, hit_share=0.1, rounds=40, ensemble=1)


def a_world(seed: int = 0, goods: int = 600) -> Problem:
    """Goods listed over 300 days; every good sells at a steady rate, which a good attribute and seller raise."""
    random = np.random.default_rng(seed)
    listed = np.sort(random.uniform(0, 300, goods))
    seller, quality = random.integers(0, 20, goods), random.normal(size=goods)
    rate = 0.05 * np.exp(quality + 0.8 * (seller < 4))
    count = random.poisson(rate * (360 - listed))
    good = np.repeat(np.arange(goods), count)
    time = random.uniform(listed[good], 360)
    return Problem(
        goods=[f"good {place}" for place in range(goods)],
        good_seller=seller,
        good_category=np.zeros(goods, dtype=np.int64),
        listed_at=listed,
        attributes={"quality": quality, "price": np.full(goods, 5.0)},
        streams={"sale": Stream(good, time)},
        known_until=360.0,
    )


def test_a_timeline_never_counts_the_moment_itself() -> None:
    line = Timeline(np.array([0, 1, 0, 0]), np.array([1.0, 1.0, 2.0, 5.0]), np.array([10.0, 7.0, 20.0, 40.0]))
    groups = np.array([0, 0, 0, 1, 1])

    assert line.before(groups, np.array([1.0, 2.0, 9.0, 1.0, 1.5])).tolist() == [0, 10, 70, 0, 7]
    assert line.between(groups[:2], np.array([2.0, 0.0]), np.array([5.0, 5.0])).tolist() == [20, 30]
    assert line.since_last(groups[:3], np.array([1.0, 2.0, 9.0])).tolist()[1:] == [1.0, 4.0]
    assert np.isnan(line.since_last(groups[:1], np.array([1.0]))[0])
    assert line.since_first(groups[2:4], np.array([9.0, 3.0])).tolist() == [8.0, 2.0]


def test_average_precision_is_that_worked_out_by_hand() -> None:
    # Ranking a, b, c, d with hits a and c: (1/1 + 2/3) / 2; of four pairs of hit and other, three stand right.
    found = evaluate(np.array([4.0, 3.0, 2.0, 1.0]), np.array([9.0, 0.0, 5.0, 1.0]), 5.0)

    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert found.auc == pytest.approx(3 / 4)
    assert found.precision_of_top == 1.0
    assert found.share_of_top == pytest.approx(9 / 15)


def test_equal_scores_are_worth_no_more_than_chance() -> None:
    # All four tie: precision is 2/4 wherever one stops.
    found = evaluate(np.zeros(4), np.array([9.0, 0.0, 5.0, 1.0]), 5.0)

    assert found.average_precision == pytest.approx(0.5)
    assert found.auc == pytest.approx(0.5)
    assert found.precision_of_top == pytest.approx(0.5)
    assert found.share_of_top == pytest.approx(1 / 4)


def test_hits_are_found_better_than_by_sales_so_far() -> None:
    found = measure(a_world(), QUICK, cut=200.0)

    assert found.model.average_precision > 1.2 * found.naive.average_precision
    assert found.model.average_precision > 3 * found.base_rate


def test_on_the_day_of_listing_attributes_and_seller_speak() -> None:
    day_zero = replace(QUICK, ages=(0.0,), gap=10.0, chance_weight=1.0)

    found = measure(a_world(), day_zero, cut=200.0)

    assert found.model.average_precision > 3 * found.base_rate
    assert found.model.average_precision > 2 * found.naive.average_precision


def test_what_happens_later_changes_no_answer() -> None:
    world = a_world()
    known, judged = time_split(world, QUICK, cut=200.0)
    model = fit(known, QUICK)
    first = judged[:5]
    seen = float(world.listed[first].max()) + QUICK.age  # up to here the answer may look

    at_once = model.score(world.until(seen), first)
    later = model.score(world, first)

    assert at_once.score.tolist() == later.score.tolist()
    assert at_once.reasons == later.reasons


def test_goods_listed_before_the_log_begins_do_not_teach() -> None:
    world = replace(a_world(), judged_from=100.0)
    _, judged = time_split(world, QUICK, cut=50.0)

    assert world.listed[judged].min() >= 100.0


def test_half_observed_goods_teach_as_rates() -> None:
    # Every good sells once a day for ever. Most were seen for ten days only; the expectation is still 30 in 30 days.
    goods = 80
    listed = np.where(np.arange(goods) < 5, 0.0, 30.0)
    days = np.concatenate([np.arange(first + 0.5, 50.0) for first in listed])
    good = np.repeat(np.arange(goods), [len(np.arange(first + 0.5, 50.0)) for first in listed])
    world = Problem(
        [str(place) for place in range(goods)],
        np.arange(goods),
        np.zeros(goods, dtype=np.int64),
        listed,
        {"sale": Stream(good, days)},
        50.0,
    )

    answer = fit(world, replace(QUICK, ages=(10.0,))).score(world)

    assert answer.expected == pytest.approx(np.full(goods, 30.0), rel=0.05)
    assert answer.hit_from == 30.0


def test_a_saved_model_answers_as_before() -> None:
    world = a_world()
    model = fit(world.until(200.0), QUICK, seed=3)
    _, judged = time_split(world, QUICK, cut=200.0)

    again = from_bytes(model.to_bytes()).score(world, judged)
    answer = model.score(world, judged)

    assert again.score.tolist() == answer.score.tolist()
    assert again.chance.tolist() == answer.chance.tolist()
    assert again.provenance == answer.provenance
    assert ((answer.chance > 0) & (answer.chance < 1)).all()


def test_reasons_name_what_spoke_for_a_good() -> None:
    world = a_world()
    day_zero = replace(QUICK, ages=(0.0,), gap=10.0)

    answer = fit(world, day_zero).score(world)

    best = answer.best_first[0]
    assert "+ quality" in answer.reasons[best]


def test_the_naive_ranking_counts_sales_so_far() -> None:
    world = Problem(
        ["a", "b"],
        np.array([0, 0]),
        np.array([0, 0]),
        np.array([0.0, 5.0]),
        {"sale": Stream(np.array([0, 0, 1]), np.array([1.0, 12.0, 6.0]))},
        40.0,
    )

    assert naive_scores(world, QUICK).tolist() == [1.0, 1.0]
    # At day 5 the seller had listed one other good and sold one unit.
    assert naive_scores(world, replace(QUICK, ages=(0.0,))).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        ({"goods": ["a", "a"]}, "good 'a' appears twice"),
        ({"known_until": 9.0}, "sale 1 lies after day 9"),
        ({"listed_at": np.array([0.0, np.nan])}, "good 'b': listed_at is not a day"),
        ({"listed_at": np.array([0.0, 11.0])}, "good 'b' is listed after day 10"),
        ({"good_seller": np.array([0, -1])}, "good 'b' has seller -1"),
        ({"streams": {"sale": Stream(np.array([2]), np.array([1.0]))}}, "sale 0 is of no good"),
        (
            {"streams": {"sale": Stream(np.array([0]), np.array([1.0]), np.array([0.0]))}},
            "sale 0 has an amount",
        ),
        ({"target": "cart"}, "no stream 'cart'"),
    ],
)
def test_wrong_input_is_refused_by_name(change: dict[str, object], culprit: str) -> None:
    right = Problem(
        ["a", "b"],
        np.array([0, 1]),
        np.array([0, 0]),
        np.array([0.0, 1.0]),
        {"sale": Stream(np.array([0, 1]), np.array([1.0, 10.0]))},
        10.0,
    )

    with pytest.raises(InvalidInput, match=culprit):
        replace(right, **change)  # type: ignore[arg-type]  # one field at a time


def test_too_little_to_learn_from_is_refused() -> None:
    with pytest.raises(Refused, match="too little to learn from"):
        fit(a_world(goods=20), QUICK)


def test_a_good_too_young_is_refused_and_the_way_out_told() -> None:
    world = a_world()
    model = fit(world, QUICK)

    with pytest.raises(InvalidInput, match="is younger than 10 days; judge it by a model for day 0"):
        model.score(world.until(float(world.listed[-1])))


def test_a_model_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidInput, match="a saved hit model has format"):
        from_bytes(b"{}")
    with pytest.raises(InvalidInput, match="this is not a saved hit model"):
        from_bytes(b"\x80")
