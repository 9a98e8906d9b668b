from __future__ import annotations

import random
from itertools import pairwise

import pytest

from hansa.engines.warehouse import Layout, Method, Params, Pick, Place, Problem, solve
from hansa.kernel.errors import InvalidInput

# Three aisles of 10 m, 5 m apart; slot n is reached at n + 0.5 m; the depot is at the foot of aisle 0.
SMALL = Layout(aisles=3, slots_per_aisle=10)


def problem(*places: tuple[int, int], layout: Layout = SMALL) -> Problem:
    return Problem(layout, tuple(Pick(f"{aisle}/{slot}", aisle, slot) for aisle, slot in places))


def order_of(places: tuple[tuple[int, int], ...], method: Method = Method.EXACT) -> list[str]:
    return [pick.sku for pick in solve(problem(*places), Params(method)).picks]


def test_a_single_pick_is_walked_to_and_back() -> None:
    result = solve(problem((0, 4)))

    assert result.walking_m == 9.0
    assert result.path == ((0.0, 0.0), (0.0, 4.5), (0.0, 0.0))
    assert result.baseline_m == {"s-shape": 9.0, "largest-gap": 9.0}
    assert result.provenance.method == "exact"


def test_two_far_picks_are_fetched_in_a_loop_over_the_back() -> None:
    result = solve(problem((0, 9), (2, 9)))  # loop: 10 + 10 + 10 + 10; from the front: 19 + 19 + 20

    assert result.walking_m == 40.0
    assert set(result.path) == {(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0)}


def test_two_near_picks_are_fetched_from_the_front() -> None:
    result = solve(problem((0, 1), (2, 1)))  # from the front: 3 + 3 + 20; loop: 40

    assert result.walking_m == 26.0
    assert result.baseline_m == {"s-shape": 40.0, "largest-gap": 40.0}


def test_the_largest_gap_of_an_aisle_is_left_out() -> None:
    # Up aisle 0, down aisle 2, aisle 1 from both ends: 10 + 10 + 1 + 1 + 20. S-shape: 10 + 10 + 2 x 5.5 + 20.
    result = solve(problem((0, 5), (1, 0), (1, 9), (2, 5)))

    assert result.walking_m == 42.0
    assert result.baseline_m == {"s-shape": 51.0, "largest-gap": 42.0}
    assert [result.picks[0].sku, result.picks[-1].sku] in (["0/5", "1/0"], ["1/0", "0/5"])


def test_s_shape_walks_through_aisles_and_turns_in_an_odd_last_one() -> None:
    result = solve(problem((0, 9), (0, 0), (1, 2), (2, 3)), Params(Method.S_SHAPE))

    assert result.walking_m == 47.0  # 10 + 5 + 10 + 5 + 2 x 3.5 + 10
    assert [pick.sku for pick in result.picks] == ["0/0", "0/9", "1/2", "2/3"]
    assert result.path == (
        (0.0, 0.0),
        (0.0, 10.0),
        (5.0, 10.0),
        (5.0, 0.0),
        (10.0, 0.0),
        (10.0, 3.5),
        (10.0, 0.0),
        (0.0, 0.0),
    )


def test_largest_gap_serves_the_middle_from_the_back_first_and_from_the_front_on_the_way_home() -> None:
    places = ((0, 5), (1, 0), (1, 9), (2, 5))

    assert order_of(places, Method.LARGEST_GAP) == ["0/5", "1/9", "2/5", "1/0"]


def test_picks_of_one_slot_stay_in_the_order_they_came() -> None:
    picks = tuple(Pick(sku, 1, 3) for sku in ("tea", "coffee", "cocoa"))

    assert [pick.sku for pick in solve(Problem(SMALL, picks)).picks] == ["tea", "coffee", "cocoa"]


def test_clearance_and_setback_are_walked_too() -> None:
    layout = Layout(aisles=2, slots_per_aisle=4, end_clearance_m=1.5, depot_x_m=2.0, depot_setback_m=3.0)

    result = solve(problem((0, 0), layout=layout))

    assert result.walking_m == 2 * (3.0 + 2.0 + 1.5 + 0.5)
    assert result.path == (
        (2.0, -3.0),
        (2.0, 0.0),
        (0.0, 0.0),
        (0.0, 2.0),
        (0.0, 0.0),
        (2.0, 0.0),
        (2.0, -3.0),
    )


def test_without_picks_nobody_walks() -> None:
    result = solve(Problem(SMALL, ()))

    assert (result.walking_m, result.picks, result.path) == (0.0, (), ((0.0, 0.0),))
    assert result.baseline_m == {"s-shape": 0.0, "largest-gap": 0.0}


def shortest_by_held_karp(asked: Problem) -> float:
    """Visit all places in the cheapest sequence; between aisles one walks round the front or the back."""
    layout = asked.layout
    places = [(layout.depot_x_m, 0.0), *sorted({layout.place_of(pick) for pick in asked.picks})]

    def metres(a: Place, b: Place) -> float:
        if a[0] == b[0]:
            return abs(a[1] - b[1])
        return abs(a[0] - b[0]) + min(a[1] + b[1], 2 * layout.aisle_length_m - a[1] - b[1])

    best = {(1, 0): 0.0}
    for visited in range(1, 2 ** len(places), 2):
        for last, here in enumerate(places):
            if (visited, last) not in best:
                continue
            for following, there in enumerate(places):
                if not visited >> following & 1:
                    state = (visited | 1 << following, following)
                    best[state] = min(best.get(state, 1e9), best[visited, last] + metres(here, there))
    everything = 2 ** len(places) - 1
    tours = [best[everything, last] + metres(places[last], places[0]) for last in range(1, len(places))]
    return min(tours) + 2 * layout.depot_setback_m


def random_problem(rng: random.Random) -> Problem:
    aisles, slots = rng.randint(1, 6), rng.randint(1, 12)
    pitch = rng.choice([1.0, 3.0, 5.0, 20.0])
    layout = Layout(
        aisles=aisles,
        slots_per_aisle=slots,
        slot_length_m=rng.choice([0.5, 1.0, 2.0]),
        aisle_pitch_m=pitch,
        end_clearance_m=rng.choice([0.0, 0.5, 3.0]),
        depot_x_m=rng.choice([0.0, 0.5, 1.0, rng.random()]) * (aisles - 1) * pitch,
        depot_setback_m=rng.choice([0.0, 1.0]),
    )
    places = [(rng.randrange(aisles), rng.randrange(slots)) for _ in range(rng.randint(1, 7))]
    return problem(*places, layout=layout)


@pytest.mark.parametrize("seed", range(20))
def test_no_sequence_of_picks_is_shorter(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        asked = random_problem(rng)

        result = solve(asked)

        assert result.walking_m == pytest.approx(shortest_by_held_karp(asked), abs=1e-9), asked


@pytest.mark.parametrize("method", list(Method))
def test_every_walk_is_walkable_and_meets_all_picks_in_its_order(method: Method) -> None:
    rng = random.Random(99)
    for _ in range(150):
        asked = random_problem(rng)
        layout, result = asked.layout, solve(asked, Params(method))

        assert result.path[0] == result.path[-1] == layout.depot
        for a, b in pairwise(result.path):
            along_aisle = a[0] == b[0] and (a[0] % layout.aisle_pitch_m == 0 or max(a[1], b[1]) <= 0)
            along_cross_aisle = a[1] == b[1] and a[1] in (0.0, layout.aisle_length_m)
            assert along_aisle or along_cross_aisle
        legs = [abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(result.path)]
        assert sum(legs) == pytest.approx(result.walking_m)
        assert sorted(pick.sku for pick in result.picks) == sorted(pick.sku for pick in asked.picks)
        assert result.walking_m >= solve(asked).walking_m - 1e-9
        assert _first_met(result.path, [layout.place_of(pick) for pick in result.picks])


def _first_met(path: tuple[Place, ...], places: list[Place]) -> bool:
    """Follow the walk: each place must be met for the first time no earlier than the one before it."""

    def met_after(place: Place) -> float:
        walked = 0.0
        for a, b in pairwise(path):
            if a[0] == b[0] == place[0] and min(a[1], b[1]) <= place[1] <= max(a[1], b[1]):
                return walked + abs(place[1] - a[1])
            walked += abs(a[0] - b[0]) + abs(a[1] - b[1])
        raise AssertionError(f"{place} is never met")

    met = [met_after(place) for place in places]
    return all(a <= b + 1e-9 for a, b in pairwise(met))


def test_a_problem_gives_the_same_walk_every_time() -> None:
    asked = random_problem(random.Random(4))

    assert solve(asked) == solve(asked)


@pytest.mark.parametrize(
    ("pick", "complaint"),
    [
        (Pick("tea", 3, 0), "SKU 'tea' lies in aisle 3; aisles are 0 to 2"),
        (Pick("tea", -1, 0), "SKU 'tea' lies in aisle -1"),
        (Pick("tea", 0, 10), "SKU 'tea' lies in slot 10; slots are 0 to 9"),
        (Pick("tea", 0, 0, units=0), "SKU 'tea': 0 units asked, at least 1"),
    ],
)
def test_a_pick_that_has_no_place_is_refused_by_name(pick: Pick, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        Problem(SMALL, (pick,))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"aisles": 0}, "aisles must be at least 1"),
        ({"slots_per_aisle": 0}, "slots_per_aisle must be at least 1"),
        ({"slot_length_m": 0.0}, "slot_length_m must be positive"),
        ({"aisle_pitch_m": float("nan")}, "aisle_pitch_m must be positive"),
        ({"depot_setback_m": -1.0}, "depot_setback_m must not be negative"),
        ({"depot_x_m": 11.0}, "the depot at 11 m is beyond the last aisle at 10 m"),
    ],
)
def test_a_layout_that_cannot_be_built_is_refused(changes: dict[str, float], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        Layout(**{"aisles": 3, "slots_per_aisle": 10, **changes})  # type: ignore[arg-type]  # the wrong values are the point
