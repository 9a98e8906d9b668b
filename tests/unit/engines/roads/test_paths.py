from __future__ import annotations

import math

import pytest

from hansa.engines.roads import Point, RawWay, build_graph, path_through, prepare, shortest_path
from hansa.kernel.errors import InvalidInput, NotFound
from tests.unit.engines.roads.networks import CART, STEP_M, line_graph, square_graph

A = Point("a", 0.0, 0.0)
B = Point("b", 0.0, 0.001)


def test_a_one_way_is_followed_with_the_arrow() -> None:
    path = shortest_path(prepare(square_graph(), CART), A, B)

    assert path.seconds == 11.12
    assert path.metres == pytest.approx(STEP_M, abs=0.001)
    assert path.geometry == ((0.0, 0.0), (0.0, 0.001))
    assert path.streets == ("South Side",)


def test_a_one_way_is_driven_around_against_the_arrow() -> None:
    path = shortest_path(prepare(square_graph(), CART), B, A)

    assert path.seconds == 33.36
    assert path.metres == pytest.approx(3 * STEP_M, abs=0.003)
    assert path.geometry == ((0.0, 0.001), (0.001, 0.001), (0.001, 0.0), (0.0, 0.0))
    assert path.streets == ("East Side", "North Side", "West Side")


def test_the_quicker_road_wins_over_the_shorter() -> None:
    positions = {1: (0.0, 0.0), 2: (0.0, 0.002), 3: (0.0005, 0.001)}
    ways = [
        RawWay(10, {"highway": "residential"}, (1, 2)),  # 222.39 m at 10 m/s: 22.239 s
        RawWay(11, {"highway": "primary"}, (1, 3, 2)),  # 2 x 124.320 m at 20 m/s: 12.432 s
    ]

    path = shortest_path(prepare(build_graph(positions, ways), CART), A, Point("b", 0.0, 0.002))

    assert path.seconds == 12.432
    assert path.metres == pytest.approx(248.640, abs=0.01)


def test_points_snap_to_the_nearest_node_and_tell_how_far_it_is() -> None:
    network = prepare(line_graph(), CART)

    path = shortest_path(network, Point("west", 0.0001, 0.0012), Point("east", 0.0, 0.0039))

    assert (path.start.lat, path.start.lon) == (0.0, 0.001)
    assert path.start.off_m == pytest.approx(STEP_M * math.hypot(0.1, 0.2), abs=0.01)
    assert path.end.off_m == pytest.approx(STEP_M * 0.1, abs=0.01)
    assert path.seconds == 33.36


def test_staying_where_you_are_takes_no_time() -> None:
    path = shortest_path(prepare(line_graph(), CART), B, Point("also b", 0.0, 0.00101))

    assert (path.seconds, path.metres, path.geometry) == (0.0, 0.0, ((0.0, 0.001),))


def test_snapping_works_across_the_date_line() -> None:
    positions = {1: (0.0, 179.9995), 2: (0.0, -179.9995)}
    network = prepare(build_graph(positions, [RawWay(10, {"highway": "residential"}, (1, 2))]), CART)

    path = shortest_path(network, Point("west", 0.0, 179.9), Point("east", 0.0, -179.9), max_snap_m=12_000)

    assert path.metres == pytest.approx(STEP_M, abs=0.001)


def test_points_snap_only_to_where_one_can_drive_on() -> None:
    positions = {1: (0.0, 0.0), 2: (0.0, 0.001), 3: (0.0, 0.002), 4: (0.0, 0.003)}
    trap = RawWay(11, {"highway": "residential", "oneway": "yes"}, (3, 4))  # leads in, never out
    network = prepare(build_graph(positions, [RawWay(10, {"highway": "residential"}, (1, 2, 3)), trap]), CART)

    (snap,) = network.snap([Point("in the trap", 0.0, 0.003)])

    assert (snap.lon, snap.off_m) == (0.002, pytest.approx(STEP_M, abs=0.001))


def test_a_point_off_the_network_is_refused_by_name() -> None:
    with pytest.raises(
        NotFound, match=r"'sea' is 11\d{4} m from the nearest road of a cart, more than the 1000 m"
    ):
        shortest_path(prepare(line_graph(), CART), Point("sea", 1.0, 0.001), B)


def test_a_network_without_an_open_road_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no road of this network is open to a cart"):
        prepare(line_graph(access="private"), CART)


def test_a_drive_through_points_has_a_leg_between_each_two() -> None:
    there, back = path_through(prepare(square_graph(), CART), [A, B, Point("home", 0.0, 0.0)])

    assert (there.seconds, back.seconds) == (11.12, 33.36)
    assert there.geometry[-1] == back.geometry[0]


def test_a_drive_of_one_point_is_refused() -> None:
    with pytest.raises(InvalidInput, match="two points or more, not 1"):
        path_through(prepare(square_graph(), CART), [A])


def test_closing_a_street_turns_the_traffic_round() -> None:
    network = prepare(square_graph(), CART)

    jammed = network.with_slowdown({12: 4.0})
    closed = network.with_slowdown({12: math.inf, 10: 2.0})

    assert shortest_path(jammed, B, A).seconds == 66.72  # 11.12 + 4 x 11.12 + 11.12
    assert shortest_path(closed, A, A).seconds == 0.0
    assert len(closed.main_nodes) == 2  # a square cut open and one-way holds only pairs together
    assert shortest_path(network, B, A).seconds == 33.36  # the network before is as it was


@pytest.mark.parametrize(
    ("factors", "complaint"),
    [
        ({99: 2.0}, "no way 99"),
        ({12: 0.0}, "way 12: a slowdown must be positive"),
        ({12: math.nan}, "way 12"),
    ],
)
def test_a_slowdown_that_makes_no_sense_is_refused(factors: dict[int, float], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        prepare(square_graph(), CART).with_slowdown(factors)


@pytest.mark.parametrize(("lat", "lon"), [(91.0, 0.0), (0.0, 181.0), (math.nan, 0.0), (0.0, math.inf)])
def test_a_point_that_is_not_on_the_globe_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(InvalidInput, match="point 'x'"):
        Point("x", lat, lon)


def test_a_way_over_an_unknown_node_is_refused() -> None:
    with pytest.raises(InvalidInput, match="way 10 runs over node 7, which has no position"):
        build_graph({1: (0.0, 0.0)}, [RawWay(10, {"highway": "residential"}, (1, 7))])


def test_a_network_without_an_arc_is_refused() -> None:
    with pytest.raises(InvalidInput, match="there is no road in this network"):
        build_graph({1: (0.0, 0.0)}, [RawWay(10, {"highway": "residential"}, (1, 1))])
