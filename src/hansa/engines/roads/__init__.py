"""Roads: an OpenStreetMap extract becomes a graph, quickest paths and travel matrices.

    graph = read_osm(Path("town.osm"))            # or the bytes of a file
    network = prepare(graph, VAN)                 # once; with_profile and with_slowdown are quick
    travel_matrix(network, points).seconds

Pure apart from `_osm`, which opens the path it is handed. Not modelled: turn restrictions, ferries,
access by time of day, waiting at junctions. Time-dependent speeds are one network each slice.
"""

from hansa.engines.roads._addresses import Address, synthetic_addresses
from hansa.engines.roads._graph import RawWay, RoadGraph, Way, build_graph
from hansa.engines.roads._matrix import (
    MatrixResult,
    Params,
    Provenance,
    Unreachable,
    great_circle_matrix,
    travel_matrix,
)
from hansa.engines.roads._network import RoadNetwork, Snap, prepare
from hansa.engines.roads._osm import Shape, read_backdrop, read_osm
from hansa.engines.roads._paths import RoadPath, path_through, shortest_path
from hansa.engines.roads._profiles import BIKE, CAR, PROFILES, VAN, VehicleProfile
from hansa.engines.roads._sphere import Point
from hansa.engines.roads._town import synthetic_town

__all__ = [
    "BIKE",
    "CAR",
    "PROFILES",
    "VAN",
    "Address",
    "MatrixResult",
    "Params",
    "Point",
    "Provenance",
    "RawWay",
    "RoadGraph",
    "RoadNetwork",
    "RoadPath",
    "Shape",
    "Snap",
    "Unreachable",
    "VehicleProfile",
    "Way",
    "build_graph",
    "great_circle_matrix",
    "path_through",
    "prepare",
    "read_backdrop",
    "read_osm",
    "shortest_path",
    "synthetic_addresses",
    "synthetic_town",
    "travel_matrix",
]
