"""Which offer stands first, rule by rule."""

from __future__ import annotations

from itertools import permutations

from hansa.commerce.catalogue.featured import Candidate, ranked


def first(*offers: Candidate) -> int:
    return ranked(offers)[0].listing_id


def test_what_can_be_bought_comes_before_what_is_cheaper() -> None:
    assert first(Candidate(1, 100, 0, is_available=False), Candidate(2, 900, 0, is_available=True)) == 2


def test_the_lower_price_wins() -> None:
    assert first(Candidate(1, 1_000, 0, is_available=True), Candidate(2, 900, 0, is_available=True)) == 2


def test_days_cost_a_hundredth_of_the_price_each() -> None:
    # 1000 today; 950 in ten days costs 950 x 1.10 = 1045, more than 1000 x 1.02 = 1020.
    assert first(Candidate(1, 1_000, 0, is_available=True), Candidate(2, 950, 10, is_available=True)) == 1


def test_within_a_fiftieth_the_better_rated_wins() -> None:
    cheap = Candidate(1, 1_000, 0, is_available=True, rating_sum=30, rating_count=10)
    good = Candidate(2, 1_020, 0, is_available=True, rating_sum=48, rating_count=10)
    too_dear = Candidate(3, 1_021, 0, is_available=True, rating_sum=50, rating_count=10)

    assert [offer.listing_id for offer in ranked([cheap, good, too_dear])] == [2, 1, 3]


def test_one_friend_does_not_outweigh_many_buyers() -> None:
    friend = Candidate(1, 1_000, 0, is_available=True, rating_sum=5, rating_count=1)  # (5 + 17.5) / 6 = 3.75
    many = Candidate(2, 1_000, 0, is_available=True, rating_sum=450, rating_count=100)  # 467.5 / 105 = 4.45

    assert first(friend, many) == 2


def test_the_order_in_which_offers_come_does_not_matter() -> None:
    offers = [
        Candidate(1, 1_000, 0, is_available=True),
        Candidate(2, 1_010, 0, is_available=True, rating_sum=20, rating_count=4),
        Candidate(3, 990, 3, is_available=True),
        Candidate(4, 500, 0, is_available=False),
    ]

    assert {tuple(offer.listing_id for offer in ranked(each)) for each in permutations(offers)} == {
        (2, 3, 1, 4)
    }


def test_no_offers_give_none() -> None:
    assert ranked([]) == []
