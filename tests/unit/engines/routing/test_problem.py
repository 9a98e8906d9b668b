from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hansa.engines import routing as vrp
from hansa.kernel.errors import InvalidInput

from .scenes import a_stop, a_street, a_van

STREET = a_street(a_stop(10), a_stop(20))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"stops": (a_stop(10), a_stop(10))}, "Place '10' is named twice"),
        ({"stops": (a_stop(10, demand=-1),)}, "Stop '10': demand of load is -1"),
        ({"stops": (a_stop(10, service=-5),)}, "Stop '10': service time is -5"),
        (
            {"stops": (dataclasses.replace(a_stop(10), demand=(1, 2)),)},
            "Stop '10': 2 demands, 1 expected (load)",
        ),
        ({"stops": (dataclasses.replace(a_stop(10), at=None),)}, "Stop '10' is at None; XY"),
        ({"stops": (dataclasses.replace(a_stop(10), at=vrp.LatLon(1, 2)),)}, "Stop '10' is at LatLon"),
        (
            {"stops": (dataclasses.replace(a_stop(10), at=vrp.XY(float("nan"), 0)),)},
            "Stop '10' is at XY(x=nan",
        ),
        ({"depots": ()}, "Vehicle 'van': no depot 'home' (known: none)"),
        ({"vehicles": (a_van(), a_van())}, "Vehicle 'van' is named twice"),
        ({"vehicles": (a_van(count=-1),)}, "Vehicle 'van': count is -1"),
        ({"vehicles": (a_van(-3),)}, "Vehicle 'van': capacity of load is -3"),
        ({"vehicles": (a_van(per_distance=-1),)}, "Vehicle 'van': per_distance is -1"),
        ({"loads": ("kg", "boxes")}, "Stop '10': 1 demands, 2 expected (kg, boxes)"),
        ({"travel": vrp.GreatCircle()}, "Depot 'home' is at XY(x=0, y=0); LatLon"),
        ({"travel": vrp.Matrix(("home", "10"), np.zeros((2, 2), int))}, "Matrix: place '20' is missing"),
    ],
)
def test_a_problem_that_cannot_be_right_names_the_culprit(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        dataclasses.replace(STREET, **change)

    assert complaint in refusal.value.message


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Window 9 to 8"):
        vrp.Window(9, 8)


@pytest.mark.parametrize(
    ("places", "distances", "complaint"),
    [
        (("home", "home"), [[0, 1], [1, 0]], "place 'home' is named twice"),
        (("home", "a"), [[0, 1, 2]], "shape (1, 3), (2, 2) expected"),
        (("home", "a"), [[0.0, 1.5], [1.5, 0.0]], "float64 numbers, integers expected"),
        (("home", "a"), [[0, -2], [1, 0]], "-2 from 'home' to 'a'"),
        (("home", "a"), [[0, 1], [1, 3]], "3 from 'a' to 'a'; 0 expected"),
        (("home", "a"), [[0, 1], [10**10, 0]], "10000000000 from 'a' to 'home'"),
    ],
)
def test_a_matrix_that_cannot_be_right_names_the_leg(
    places: tuple[str, ...], distances: list[list[float]], complaint: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        vrp.Matrix(places, np.array(distances))

    assert complaint in refusal.value.message


def test_durations_must_miss_the_same_ways_as_distances() -> None:
    with pytest.raises(InvalidInput, match="alike"):
        vrp.Matrix(("home", "a"), np.array([[0, 1], [1, 0]]), np.array([[0, -1], [1, 0]]))


def test_a_missing_way_that_leads_through_the_depot_is_refused() -> None:
    distances = np.array([[0, 1, 1], [1, 0, -1], [1, 1, 0]])

    with pytest.raises(InvalidInput, match="no way from '10' to '20', yet there is one through depot 'home'"):
        dataclasses.replace(STREET, travel=vrp.Matrix(("home", "10", "20"), distances))


def test_a_given_matrix_cannot_be_changed_afterwards() -> None:
    given = np.array([[0, 1], [1, 0]])

    matrix = vrp.Matrix(("home", "a"), given)
    given[0, 1] = 7

    assert matrix.distances[0, 1] == 1
    with pytest.raises(ValueError, match="read-only"):
        matrix.distances[0, 1] = 7


@pytest.mark.parametrize("params", [{"time_limit_s": 0}, {"time_limit_s": float("nan")}, {"iterations": -1}])
def test_limits_that_make_no_sense_are_refused(params: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        vrp.Params(**params)


def test_a_search_without_any_limit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="would never end"):
        vrp.Params(time_limit_s=None)


@pytest.mark.parametrize("bad", [{"detour": 0.5}, {"speed_kmh": 0}])
def test_a_great_circle_below_the_air_line_or_at_a_standstill_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        vrp.GreatCircle(**bad)
