from __future__ import annotations

import pytest

from hansa.engines.roads import BIKE, CAR, VAN, VehicleProfile
from hansa.kernel.errors import InvalidInput


def directions(profile: VehicleProfile, **tags: str) -> tuple[float | None, float | None]:
    tags = {key.replace("__", ":"): value for key, value in tags.items()}
    return profile.speed_kmh(tags, forward=True), profile.speed_kmh(tags, forward=False)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential"}, (28.0, 28.0)),
        ({"highway": "residential", "oneway": "yes"}, (28.0, None)),
        ({"highway": "residential", "oneway": "-1"}, (None, 28.0)),
        ({"highway": "residential", "oneway": "no", "junction": "roundabout"}, (28.0, 28.0)),
        ({"highway": "residential", "oneway": "reversible"}, (None, None)),
        ({"highway": "tertiary", "junction": "roundabout"}, (42.0, None)),
        ({"highway": "motorway"}, (110.0, None)),
        ({"highway": "footway"}, (None, None)),
        ({"highway": "service", "access": "private"}, (None, None)),
        ({"highway": "service", "access": "no", "motor_vehicle": "yes"}, (16.0, 16.0)),
        ({"highway": "residential", "motorcar": "no"}, (None, None)),
        ({"highway": "track"}, (None, None)),
        ({"highway": "track", "motor_vehicle": "yes"}, (12.0, 12.0)),
        ({"highway": "track", "access": "yes"}, (None, None)),
    ],
)
def test_a_car_reads_the_tags_of_a_road(tags: dict[str, str], expected: tuple[float, float]) -> None:
    assert directions(CAR, **tags) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("50", 45.0),
        ("30 mph", 43.452288),
        ("100", 90.0),
        ("walk", 5.4),
        ("none", 60.0),
        ("DE:urban", 60.0),
        ("50;30", 45.0),
        ("0", 60.0),
    ],
)
def test_a_car_drives_nine_tenths_of_the_posted_limit(limit: str, expected: float) -> None:
    assert CAR.speed_kmh({"highway": "primary", "maxspeed": limit}, forward=True) == pytest.approx(expected)


def test_a_limit_may_differ_by_direction() -> None:
    both = directions(CAR, highway="primary", maxspeed="50", maxspeed__backward="30")

    assert both == (45.0, 27.0)


def test_a_van_enters_where_deliveries_may_and_a_car_does_not() -> None:
    street = {"highway": "pedestrian", "motor_vehicle": "delivery"}

    assert VAN.speed_kmh(street, forward=True) == 6.0
    assert CAR.speed_kmh(street, forward=True) is None


def test_a_bike_may_ride_against_a_one_way_that_says_so() -> None:
    assert directions(BIKE, highway="residential", oneway="yes") == (17.0, None)
    assert directions(BIKE, highway="residential", oneway="yes", oneway__bicycle="no") == (17.0, 17.0)
    assert directions(BIKE, highway="residential", oneway="yes", cycleway="opposite") == (17.0, 17.0)


def test_a_limit_does_not_make_a_bike_faster() -> None:
    assert BIKE.speed_kmh({"highway": "residential", "maxspeed": "50"}, forward=True) == 17.0


def test_a_bollard_stops_a_car_but_not_a_bike_and_a_permission_overrides() -> None:
    assert not CAR.may_pass({"barrier": "bollard"})
    assert BIKE.may_pass({"barrier": "bollard"})
    assert CAR.may_pass({"barrier": "bollard", "motor_vehicle": "yes"})
    assert CAR.may_pass({"barrier": "gate"})
    assert not CAR.may_pass({"barrier": "gate", "access": "private"})


def test_a_profile_refuses_a_speed_that_is_not_positive() -> None:
    with pytest.raises(InvalidInput, match="'snail': residential needs a positive speed"):
        VehicleProfile(name="snail", speeds_kmh={"residential": 0.0}, access_tags=(), top_speed_kmh=1.0)
