from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from hansa.engines.roads import (
    BIKE,
    CAR,
    Point,
    RoadNetwork,
    prepare,
    read_backdrop,
    read_osm,
    synthetic_addresses,
    synthetic_town,
    travel_matrix,
)
from hansa.kernel.errors import InvalidInput
from tests.unit.engines.roads.networks import CART, line_graph


def test_the_same_seed_makes_the_same_town_and_another_seed_another() -> None:
    towns = [synthetic_town(seed=seed, centre_lat=30.6, centre_lon=104.07, blocks=10) for seed in (1, 1, 2)]

    assert towns[0] == towns[1]
    assert towns[0] != towns[2]


def test_a_town_has_thousands_of_nodes_main_roads_one_ways_and_few_bridges(town: RoadNetwork) -> None:
    classes = Counter(way.highway for way in town.graph.ways)

    assert 2_000 <= town.graph.node_count <= 4_000
    assert set(classes) == {"primary", "secondary", "tertiary", "residential", "pedestrian"}
    assert sum(way.tags.get("oneway") == "yes" for way in town.graph.ways) >= 4
    assert sum("bridge" in way.tags for way in town.graph.ways) == 4
    assert all(way.name and way.tags["name:zh"] for way in town.graph.ways)


@pytest.mark.parametrize("seed", range(8))
def test_a_van_gets_everywhere_in_every_town(seed: int) -> None:
    graph = read_osm(synthetic_town(seed=seed, centre_lat=53.87, centre_lon=10.69, blocks=16).encode())

    network = prepare(graph)

    open_to_cars = {node for way in graph.ways if way.highway != "pedestrian" for node in way.nodes}
    assert set(network.main_nodes.tolist()) >= open_to_cars


def test_only_bridges_cross_the_river() -> None:
    xml = synthetic_town(seed=7, centre_lat=0.0, centre_lon=0.0).encode()
    graph = read_osm(xml)
    (river,) = [shape for shape in read_backdrop(xml) if shape.kind == "river"]

    crossing = {
        way.osm_id
        for way, line in graph.lines()
        for a, b in pairwise(line)
        for c, d in pairwise(river.line)
        if _cross(a, b, c, d)
    }

    assert crossing == {way.osm_id for way in graph.ways if "bridge" in way.tags}
    assert river.width_m == 55.0


def _cross(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]
) -> bool:
    def side(p: tuple[float, float], q: tuple[float, float], r: tuple[float, float]) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def test_avenues_are_quicker_than_the_straight_line_through_side_streets(town: RoadNetwork) -> None:
    speeds = {way.highway: town.profile.speed_kmh(way.tags, forward=True) for way in town.graph.ways}

    assert speeds["primary"] == pytest.approx(54.0)
    assert speeds["primary"] > speeds["secondary"] > speeds["tertiary"] > speeds["residential"]  # type: ignore[operator]  # all are open


def test_one_way_streets_make_there_and_back_differ_but_no_detour_pays(town: RoadNetwork) -> None:
    nodes = np.random.default_rng(3).choice(town.main_nodes, size=40, replace=False).tolist()
    points = [Point(str(node), *town.graph.position(node)) for node in nodes]
    seconds = travel_matrix(town, points).seconds

    assert not np.array_equal(seconds, seconds.T)
    for middle in range(len(points)):  # going by way of a third point never helps
        assert (seconds <= seconds[:, [middle]] + seconds[[middle], :] + 1e-9).all()


def test_a_bike_sees_the_same_town_at_its_own_speed(town: RoadNetwork) -> None:
    ends = [Point("a", *town.graph.position(0)), Point("b", *town.graph.position(town.graph.node_count // 2))]

    by_van, by_bike = travel_matrix(town, ends), travel_matrix(town.with_profile(BIKE), ends)

    assert by_bike.seconds[0, 1] > by_van.seconds[0, 1]
    assert by_bike.provenance.profile == "bike"


@pytest.mark.parametrize(
    ("blocks", "lat", "lon"),
    [(7, 0.0, 0.0), (61, 0.0, 0.0), (10, 80.0, 0.0), (10, 0.0, 179.5), (10, math.nan, 0.0)],
)
def test_a_town_that_cannot_be_laid_out_is_refused(blocks: int, lat: float, lon: float) -> None:
    with pytest.raises(InvalidInput):
        synthetic_town(seed=1, centre_lat=lat, centre_lon=lon, blocks=blocks)


def test_addresses_are_all_different_near_a_road_and_the_same_for_a_seed(town: RoadNetwork) -> None:
    addresses = synthetic_addresses(town.graph, 500, 11)

    assert addresses == synthetic_addresses(town.graph, 500, 11)
    assert len({(address.street, address.house_number) for address in addresses}) == 500
    snaps = town.snap([address.as_point(str(number)) for number, address in enumerate(addresses)])
    assert max(snap.off_m for snap in snaps) < 60.0
    names = {way.name for way in town.graph.ways}
    assert all(address.street in names and address.street_zh.endswith(("街", "路")) for address in addresses)


def test_house_numbers_count_up_a_street_odd_on_the_left() -> None:
    # Long Lane runs east along the equator for 333.585 m: 33 plots of 10 m on each side, so 66 houses.
    addresses = synthetic_addresses(line_graph(), 66, 1, profile=CART)

    by_number = {address.house_number: address for address in addresses}
    assert sorted(by_number) == list(range(1, 67))
    assert {address.street for address in addresses} == {"Long Lane"}
    first, opposite, last = by_number[1], by_number[2], by_number[65]
    degree = 1 / 111_195.08
    assert (first.lat, first.lon) == pytest.approx((9 * degree, 0.001 + 5 * degree), abs=2e-7)
    assert (opposite.lat, opposite.lon) == pytest.approx((-9 * degree, 0.001 + 5 * degree), abs=2e-7)
    assert (last.lat, last.lon) == pytest.approx((9 * degree, 0.001 + 325 * degree), abs=2e-7)


def test_more_addresses_than_houses_are_refused() -> None:
    with pytest.raises(InvalidInput, match="67 addresses asked, this network has room for 66"):
        synthetic_addresses(line_graph(), 67, 1, profile=CART)


def test_a_network_without_street_names_has_no_addresses() -> None:
    with pytest.raises(InvalidInput, match="no street that a car reaches has a name"):
        synthetic_addresses(line_graph(name=""), 1, 1, profile=CAR)
