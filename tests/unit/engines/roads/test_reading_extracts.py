from __future__ import annotations

import gzip
from pathlib import Path

import osmium
import pytest

from hansa.engines.roads import BIKE, CAR, prepare, read_backdrop, read_osm
from hansa.kernel.errors import InvalidInput, NotFound

XML = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
 <node id="1" lat="0.0" lon="0.000"/>
 <node id="2" lat="0.0" lon="0.001"><tag k="barrier" v="bollard"/></node>
 <node id="3" lat="0.0" lon="0.002"/>
 <node id="4" lat="0.001" lon="0.002"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
  <tag k="highway" v="residential"/><tag k="name" v="Rue d&apos;Été 夏街"/>
  <tag k="surface" v="asphalt"/></way>
 <way id="11"><nd ref="3"/><nd ref="4"/><tag k="highway" v="cycleway"/></way>
 <way id="12"><nd ref="1"/><nd ref="4"/><tag k="building" v="yes"/></way>
 <way id="13"><nd ref="1"/><nd ref="4"/><tag k="highway" v="construction"/></way>
 <way id="14"><nd ref="1"/><nd ref="4"/><nd ref="3"/><nd ref="1"/><tag k="leisure" v="park"/></way>
 <way id="15"><nd ref="1"/><nd ref="4"/><tag k="waterway" v="river"/><tag k="width" v="12.5"/></way>
</osm>
"""


def test_reading_keeps_the_roads_and_what_a_vehicle_needs_of_their_tags() -> None:
    graph = read_osm(XML.encode())

    assert [way.osm_id for way in graph.ways] == [10, 11]
    assert dict(graph.ways[0].tags) == {"highway": "residential", "name": "Rue d'Été 夏街"}
    assert graph.node_ids.tolist() == [1, 2, 3, 4]
    assert graph.lons.tolist() == pytest.approx([0.0, 0.001, 0.002, 0.002])
    assert (graph.node_count, graph.arc_count) == (4, 6)
    assert graph.lengths_m.tolist() == pytest.approx([111.195] * 6, abs=0.001)
    assert {node: dict(tags) for node, tags in graph.barriers.items()} == {1: {"barrier": "bollard"}}


def test_reading_for_a_car_alone_leaves_the_cycleway_out() -> None:
    graph = read_osm(XML.encode(), profiles=[CAR])

    assert [way.osm_id for way in graph.ways] == [10]


def test_a_bollard_cuts_the_street_for_a_car_only() -> None:
    graph = read_osm(XML.encode())

    assert prepare(graph, BIKE).main_nodes.tolist() == [0, 1, 2, 3]
    assert len(prepare(graph, CAR).main_nodes) == 1


@pytest.mark.parametrize("suffix", ["osm", "osm.gz", "osm.bz2", "osm.pbf"])
def test_every_form_of_an_extract_gives_the_same_graph(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / "source.osm", tmp_path / f"extract.{suffix}"
    source.write_text(XML)
    with osmium.SimpleWriter(str(target)) as writer:
        for item in osmium.FileProcessor(str(source)):
            writer.add(item)

    by_path, by_bytes = read_osm(target), read_osm(target.read_bytes())

    assert by_path.fingerprint == by_bytes.fingerprint == read_osm(XML.encode()).fingerprint


def test_the_content_decides_the_format_not_the_name(tmp_path: Path) -> None:
    misnamed = tmp_path / "town.pbf"
    misnamed.write_bytes(gzip.compress(XML.encode()))

    assert read_osm(misnamed).node_count == 4


def test_a_way_is_cut_where_it_leaves_the_extract() -> None:
    without_node_2 = "\n".join(line for line in XML.splitlines() if 'id="2"' not in line)
    longer = without_node_2.replace('<nd ref="3"/>\n  <tag', '<nd ref="3"/><nd ref="4"/>\n  <tag')

    graph = read_osm(longer.encode(), profiles=[CAR])

    assert graph.node_ids.tolist() == [3, 4]
    assert [(way.osm_id, way.nodes) for way in graph.ways] == [(10, (0, 1))]


def test_the_backdrop_has_parks_and_rivers() -> None:
    park, river = read_backdrop(XML.encode())

    assert (park.kind, len(park.line), park.line[0], park.width_m) == ("green", 4, (0.0, 0.0), None)
    assert (river.kind, river.line, river.width_m) == ("river", ((0.0, 0.0), (0.001, 0.002)), 12.5)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "neither OSM XML nor OSM PBF"),
        (b"id,lat,lon\n1,2,3\n", "neither OSM XML nor OSM PBF"),
        (b"<osm version='0.6'><node", "cannot be read as OpenStreetMap data"),
        (b"<html><body>404</body></html>", "cannot be read as OpenStreetMap data"),
        (b"\x1f\x8b" + b"\x00" * 40, "cannot be read as OpenStreetMap data"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader" + b"\xff" * 40, "cannot be read as OpenStreetMap data"),
        (b"<osm version='0.6'><node id='1' lat='north' lon='1'/></osm>", "cannot be read"),
        (b"<osm version='0.6'></osm>", "holds no road that is open to car, van, bike"),
    ],
)
def test_what_is_no_extract_is_refused(content: bytes, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        read_osm(content)


def test_a_missing_file_is_named() -> None:
    with pytest.raises(NotFound, match=r"there is no file nowhere\.osm"):
        read_osm(Path("nowhere.osm"))
