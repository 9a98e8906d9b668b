from __future__ import annotations

from hansa.foundation.rate_limits import MOST_CALLERS, Limit


def test_a_full_bucket_lets_its_burst_through_and_then_asks_to_wait() -> None:
    limit = Limit("test", burst=3, per_minute=60)

    taken = [limit.take("alia", now=100.0) for _ in range(4)]

    assert [each.is_refused for each in taken] == [False, False, False, True]
    assert [each.left for each in taken] == [2, 1, 0, 0]
    assert taken[3].wait_seconds == 1.0


def test_a_bucket_fills_again_but_never_beyond_its_burst() -> None:
    limit = Limit("test", burst=2, per_minute=60)
    limit.take("alia", now=100.0)
    limit.take("alia", now=100.0)

    assert limit.take("alia", now=100.5).is_refused
    assert not limit.take("alia", now=101.0).is_refused
    assert limit.take("alia", now=500.0).left == 1


def test_callers_do_not_drink_from_one_anothers_buckets() -> None:
    limit = Limit("test", burst=1, per_minute=1)

    assert not limit.take("alia", now=1.0).is_refused
    assert not limit.take("bo", now=1.0).is_refused
    assert limit.take("alia", now=1.0).is_refused


def test_looking_costs_nothing() -> None:
    limit = Limit("test", burst=1, per_minute=1)

    assert [limit.take("alia", now=1.0, cost=0).left for _ in range(3)] == [1, 1, 1]
    limit.take("alia", now=1.0)
    assert limit.take("alia", now=1.0, cost=0).is_refused


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    limit = Limit("test", burst=1, per_minute=1)

    for number in range(MOST_CALLERS + 100):
        limit.take(str(number), now=1.0)

    assert len(limit._buckets) == MOST_CALLERS
