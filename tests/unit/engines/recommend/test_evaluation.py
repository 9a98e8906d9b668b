"""The measures, worked out by hand."""

from __future__ import annotations

import pytest

from hansa.engines.recommend import evaluate, hit_at, ndcg_at, precision_at, reciprocal_rank_at

RANKED = ["a", "b", "c", "d"]


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    assert ndcg_at(10, RANKED, {"a"}) == 1.0
    assert ndcg_at(10, RANKED, {"b"}) == pytest.approx(0.6309297535714575)  # 1 / log2 3
    assert ndcg_at(10, RANKED, {"c"}) == pytest.approx(0.5)  # 1 / log2 4
    assert ndcg_at(2, RANKED, {"c"}) == 0.0
    # b and c of three relevant: (0.63093 + 0.5) / (1 + 0.63093 + 0.5)
    assert ndcg_at(10, RANKED, {"b", "c", "z"}) == pytest.approx(1.1309297535714575 / 2.1309297535714578)


def test_hits_ranks_and_precision() -> None:
    assert [hit_at(k, RANKED, {"c"}) for k in (2, 3)] == [0.0, 1.0]
    assert [reciprocal_rank_at(k, RANKED, {"c", "d"}) for k in (2, 3)] == [0.0, 1 / 3]
    assert precision_at(3, RANKED, {"a", "c", "d", "z"}) == pytest.approx(2 / 3)
    assert precision_at(3, RANKED, {"c"}) == 1.0


def test_nothing_relevant_scores_nothing() -> None:
    assert (ndcg_at(5, RANKED, []), hit_at(5, RANKED, []), precision_at(5, RANKED, [])) == (0.0, 0.0, 0.0)


def test_the_average_over_answers() -> None:
    long = [str(number) for number in range(20)]

    figures = evaluate([RANKED, RANKED, long, []], [("a",), ("z",), ("14",), ("a",)])

    # first: rank 1; second: a miss; third: rank 15, outside 10 but inside 20; fourth: no answer
    assert figures == {
        "NDCG@10": 0.25,
        "HR@10": 0.25,
        "MRR@20": pytest.approx((1 + 1 / 15) / 4),
        "P@20": 0.5,
    }


def test_no_answers_at_all_are_no_division_by_zero() -> None:
    assert evaluate([], []) == {"NDCG@10": 0.0, "HR@10": 0.0, "MRR@20": 0.0, "P@20": 0.0}
