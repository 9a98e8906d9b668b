"""Hand-made networks on the equator, where 0.001 degrees are 111.195 m in every direction."""

from __future__ import annotations

from hansa.engines.roads import RawWay, RoadGraph, VehicleProfile, build_graph

STEP_M = 111.195  # 0.001 degrees, rounded to the millimetre

# Ten metres a second on every street: a step takes 11.120 s to the millisecond.
CART = VehicleProfile(
    name="cart",
    speeds_kmh={"residential": 36.0, "primary": 72.0},
    access_tags=("motor_vehicle", "access"),
    top_speed_kmh=72.0,
    stopped_by=frozenset({"bollard"}),
)


def line_graph(**tags: str) -> RoadGraph:
    """Nodes 1-2-3-4 from west to east on one street."""
    positions = {node: (0.0, 0.001 * node) for node in (1, 2, 3, 4)}
    return build_graph(
        positions, [RawWay(10, {"highway": "residential", "name": "Long Lane", **tags}, (1, 2, 3, 4))]
    )


def square_graph() -> RoadGraph:
    """A square 1-2-3-4; the side 1-2 is one-way, so that 2 reaches 1 only by way of 3 and 4.

    4 --- 3
    |     |
    1 --> 2
    """
    positions = {1: (0.0, 0.0), 2: (0.0, 0.001), 3: (0.001, 0.001), 4: (0.001, 0.0)}
    ways = [
        RawWay(10, {"highway": "residential", "name": "South Side", "oneway": "yes"}, (1, 2)),
        RawWay(11, {"highway": "residential", "name": "East Side"}, (2, 3)),
        RawWay(12, {"highway": "residential", "name": "North Side"}, (3, 4)),
        RawWay(13, {"highway": "residential", "name": "West Side"}, (4, 1)),
    ]
    return build_graph(positions, ways)


def two_islands() -> RoadGraph:
    """Three nodes 1-2-3 joined, and far to the east two nodes 8-9 joined."""
    positions = {1: (0.0, 0.0), 2: (0.0, 0.001), 3: (0.0, 0.002), 8: (0.0, 0.1), 9: (0.0, 0.101)}
    ways = [RawWay(10, {"highway": "residential"}, (1, 2, 3)), RawWay(11, {"highway": "residential"}, (8, 9))]
    return build_graph(positions, ways)
