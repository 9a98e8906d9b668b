from __future__ import annotations

import pytest

from hansa.engines.roads import VAN, RoadNetwork, prepare, read_osm, synthetic_town


@pytest.fixture(scope="session")
def town() -> RoadNetwork:
    xml = synthetic_town(seed=7, centre_lat=53.87, centre_lon=10.69)
    return prepare(read_osm(xml.encode()), VAN)
