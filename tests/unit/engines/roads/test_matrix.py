from __future__ import annotations

import numpy as np
import pytest

from hansa.engines.roads import Params, Point, great_circle_matrix, prepare, travel_matrix
from hansa.kernel.errors import InvalidInput
from tests.unit.engines.roads.networks import CART, STEP_M, line_graph, square_graph, two_islands

CORNERS = [Point("a", 0.0, 0.0), Point("b", 0.0, 0.001), Point("c", 0.001, 0.001)]


def test_a_matrix_leaves_from_rows_and_arrives_at_columns() -> None:
    result = travel_matrix(prepare(square_graph(), CART), CORNERS)

    assert result.point_ids == ("a", "b", "c")
    assert result.seconds.tolist() == [[0.0, 11.12, 22.24], [33.36, 0.0, 11.12], [22.24, 11.12, 0.0]]
    steps = np.array([[0, 1, 2], [3, 0, 1], [2, 1, 0]])
    assert result.metres == pytest.approx(steps * STEP_M, abs=0.003)
    assert result.unreachable == ()
    assert (result.provenance.method, result.provenance.profile) == ("contraction hierarchy", "cart")


def test_without_one_way_streets_there_and_back_are_the_same() -> None:
    points = [Point(str(step), 0.0, 0.001 * step) for step in (4, 1, 3, 2)]

    result = travel_matrix(prepare(line_graph(), CART), points)

    assert result.seconds[0].tolist() == [0.0, 33.36, 11.12, 22.24]
    assert np.array_equal(result.seconds, result.seconds.T)


def test_two_points_at_one_node_are_no_time_apart() -> None:
    points = [Point("door", 0.0, 0.001), Point("next door", 0.00001, 0.001), Point("far", 0.0, 0.002)]

    result = travel_matrix(prepare(line_graph(), CART), points)

    assert result.seconds.tolist() == [[0.0, 0.0, 11.12], [0.0, 0.0, 11.12], [11.12, 11.12, 0.0]]


def test_a_point_off_the_main_network_is_named_in_every_pair_and_nowhere_huge() -> None:
    points = [Point("here", 0.0, 0.0), Point("there", 0.0, 0.002), Point("island", 0.0, 0.1)]

    result = travel_matrix(prepare(two_islands(), CART), points)

    assert np.isnan(result.seconds).tolist() == [
        [False, False, True],
        [False, False, True],
        [True, True, True],
    ]
    assert result.metres is not None
    assert np.array_equal(np.isnan(result.metres), np.isnan(result.seconds))
    assert result.seconds[0, 1] == 22.24
    pairs = [(pair.from_id, pair.to_id) for pair in result.unreachable]
    assert pairs == [
        ("here", "island"),
        ("there", "island"),
        ("island", "here"),
        ("island", "there"),
        ("island", "island"),
    ]
    assert {pair.reason for pair in result.unreachable} == {"island is 10897 m off the network"}


def test_when_any_node_may_be_met_pairs_without_a_road_are_named() -> None:
    points = [Point("here", 0.0, 0.0), Point("island", 0.0, 0.1), Point("island east", 0.0, 0.101)]

    result = travel_matrix(prepare(two_islands(), CART), points, Params(main_component_only=False))

    assert result.seconds[1, 2] == 11.12
    assert result.metres is not None
    assert result.metres[1, 2] == pytest.approx(STEP_M, abs=0.001)
    assert [(pair.from_id, pair.to_id, pair.reason) for pair in result.unreachable] == [
        ("here", "island", "no road leads there"),
        ("here", "island east", "no road leads there"),
        ("island", "here", "no road leads there"),
        ("island east", "here", "no road leads there"),
    ]


def test_metres_are_left_out_when_nobody_asks() -> None:
    assert travel_matrix(prepare(line_graph(), CART), CORNERS, Params(with_metres=False)).metres is None


def test_a_result_cannot_be_changed() -> None:
    result = travel_matrix(prepare(line_graph(), CART), CORNERS)

    with pytest.raises(ValueError, match="read-only"):
        result.seconds[0, 0] = 1.0


@pytest.mark.parametrize(
    ("points", "complaint"),
    [
        ([], "at least one point"),
        ([Point("a", 0, 0), Point("a", 1, 1)], "two points are called 'a'"),
        ([Point(str(number), 0, 0) for number in range(4)], "4 points asked, at most 3"),
    ],
)
def test_points_that_make_no_matrix_are_refused(points: list[Point], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        travel_matrix(prepare(line_graph(), CART), points, Params(max_points=3))


def test_without_a_network_the_great_circle_stands_in() -> None:
    result = great_circle_matrix([Point("a", 0.0, 0.0), Point("b", 0.001, 0.0)], detour=1.5, speed_kmh=36.0)

    assert result.metres is not None
    assert result.metres[0, 1] == pytest.approx(1.5 * STEP_M, abs=0.001)
    assert result.seconds[1, 0] == pytest.approx(0.15 * STEP_M, abs=0.001)
    assert result.seconds[0, 0] == 0.0
    assert result.provenance.method == "great circle x 1.5 at 36 km/h"


def test_a_great_circle_between_two_cities_is_as_long_as_known() -> None:
    points = [Point("Luebeck", 53.8655, 10.6866), Point("Hamburg", 53.5511, 9.9937)]

    result = great_circle_matrix(points, detour=1.0)

    assert result.metres is not None
    assert result.metres[0, 1] == pytest.approx(57_400, abs=200)  # measured on a map


@pytest.mark.parametrize(("detour", "speed_kmh"), [(0.9, 30.0), (1.3, 0.0), (float("nan"), 30.0)])
def test_a_fallback_that_makes_no_sense_is_refused(detour: float, speed_kmh: float) -> None:
    with pytest.raises(InvalidInput):
        great_circle_matrix(CORNERS, detour=detour, speed_kmh=speed_kmh)
