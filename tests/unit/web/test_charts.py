"""Charts as data: what Chart.js gets, what the table says, and what is refused."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from django.utils import translation

from hansa.kernel.errors import InvalidInput
from hansa.web import charts


def fan(**changes: object) -> charts.Chart:
    given: dict[str, object] = {
        "past": ["Mon", "Tue"],
        "history": [3, 5],
        "future": ["Wed", "Thu"],
        "mean": [6, 7],
        "bands": {80: ([4, 4], [8, 10]), 50: ([5, 6], [7, 8])},
    }
    with translation.override("en"):
        return charts.fan_chart("Tea", **(given | changes))  # type: ignore[arg-type]


def test_a_line_chart_keeps_gaps_and_tells_series_apart_by_dash_and_colour() -> None:
    chart = charts.line(
        "Sales", ["Mon", "Tue"], [charts.Series("A", [1, None]), charts.Series("B", [2, 3.5])]
    )

    first, second = chart.config["data"]["datasets"]  # type: ignore[index,call-overload]
    assert chart.config["type"] == "line"
    assert first["data"] == [1.0, None]
    assert second["data"] == [2.0, 3.5]
    assert (first["borderColor"], first["borderDash"]) == ("token(series-1)", [])
    assert (second["borderColor"], second["borderDash"]) == ("token(series-2)", [7, 4])
    assert json.loads(json.dumps(chart.config)) == chart.config


def test_the_table_under_a_chart_says_the_same_in_the_format_of_the_chart() -> None:
    with translation.override("en"):
        chart = charts.line("Sales", ["Mon"], [charts.Series("A", [1234.5])], format=charts.money_in("USD"))

    assert chart.table.headers == ("", "A")
    assert chart.table.rows == (("Mon", "$1,234.50"),)


def test_bars_may_lie_and_be_stacked_and_differ_by_pattern() -> None:
    series = [charts.Series("A", [1]), charts.Series("B", [2])]
    chart = charts.bars("Orders", ["Mon"], series, horizontal=True, stacked=True)

    assert chart.config["options"] == {
        "scales": {"x": {"stacked": True}, "y": {"stacked": True}},
        "indexAxis": "y",
    }
    fills = [one["backgroundColor"] for one in chart.config["data"]["datasets"]]  # type: ignore[index,call-overload]
    assert fills == ["token(series-1)", "pattern(diagonal, series-2)"]


def test_a_fan_opens_at_the_last_known_value_widest_band_first() -> None:
    datasets = fan().config["data"]["datasets"]  # type: ignore[index,call-overload]

    assert [one["label"] for one in datasets] == ["", "80% of cases", "", "50% of cases", "Forecast", "Sold"]
    assert datasets[0]["data"] == [None, 5.0, 4.0, 4.0]
    assert datasets[1]["data"] == [None, 5.0, 8.0, 10.0]
    assert datasets[1]["fill"] == "-1"
    assert datasets[4]["data"] == [None, 5.0, 6.0, 7.0]
    assert datasets[5]["data"] == [3.0, 5.0]
    assert [one["order"] for one in datasets] == [9, 9, 8, 8, 2, 1]


def test_a_fan_marks_where_the_forecast_begins_and_lists_every_band() -> None:
    chart = fan()

    assert chart.config["options"]["plugins"] == {"origin": {"index": 1, "label": "Forecast"}}  # type: ignore[index,call-overload]
    assert chart.table.headers == ("", "Sold", "Forecast", "50%", "80%")
    assert chart.table.rows == (
        ("Mon", "3", "", "", ""),
        ("Tue", "5", "", "", ""),
        ("Wed", "", "6", "5 – 7", "4 – 8"),
        ("Thu", "", "7", "6 – 8", "4 – 10"),
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"history": [3]}, "Tea: Sold has 1 values for 2 labels"),
        ({"mean": [6, 7, 8]}, "Tea: Forecast has 3 values for 2 labels"),
        ({"bands": {80: ([4], [8, 10])}}, "Tea: the 80% band does not cover 2 steps"),
        ({"bands": {80: ([4, 11], [8, 10])}}, "Tea: the 80% band crosses itself at step 2: 11 above 10"),
        ({"past": [], "history": []}, "Tea: a fan needs a history to open from"),
    ],
)
def test_a_fan_that_does_not_fit_is_refused_by_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        fan(**changes)

    assert refusal.value.message == message


def test_a_series_of_another_length_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refusal:
        charts.bars("Orders", ["Mon", "Tue"], [charts.Series("A", [1])])

    assert refusal.value.message == "Orders: A has 1 values for 2 labels"


def test_a_funnel_shares_out_each_stage() -> None:
    stages = charts.funnel("Shop", [("Seen", 400), ("Viewed", 100), ("Bought", 25)]).stages

    assert [stage.share_of_previous for stage in stages] == [None, 0.25, 0.25]
    assert [stage.share_of_first for stage in stages] == [1.0, 0.25, 0.0625]
    assert [stage.bar for stage in stages] == ["100.00%", "25.00%", "6.25%"]


def test_a_funnel_that_nobody_entered_has_no_shares() -> None:
    stages = charts.funnel("Shop", [("Seen", 0), ("Bought", 0)]).stages

    assert [stage.share_of_previous for stage in stages] == [None, None]
    assert [stage.bar for stage in stages] == ["0.00%", "0.00%"]


def test_a_funnel_of_fewer_than_nobody_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        charts.funnel("Shop", [("Seen", -1)])

    assert refusal.value.message == "Shop: Seen counts -1, fewer than nobody"


def test_a_sparkline_runs_from_edge_to_edge_between_its_lowest_and_highest() -> None:
    drawn = ElementTree.fromstring(charts.sparkline([1, 3, 2]))

    line = drawn.find("polyline")
    assert line is not None
    assert line.get("points") == "0,28 50,2 100,15"


def test_a_flat_sparkline_runs_through_the_middle_and_a_single_value_draws_nothing() -> None:
    assert 'points="0,15 100,15"' in charts.sparkline([4, 4])
    assert charts.sparkline([4]) == ""


def test_the_name_of_a_sparkline_is_escaped() -> None:
    drawn = charts.sparkline([1, 2], '"><b>')

    assert 'aria-label="&quot;&gt;&lt;b&gt;"' in drawn


def test_a_route_map_is_geojson_with_numbered_stops_on_their_route() -> None:
    depot = charts.Depot("Harbour", (53.5, 10.0))
    stop = charts.Stop("Alia", (53.6, 10.1234567), [("Arrives", "14:05")])
    drawn = charts.route_map(
        "Today",
        depots=[depot],
        routes=[charts.RouteLine("v1", "Van 1", [stop], note="1 stop")],
        roads=[("minor", [(53.5, 10.0), (53.6, 10.1)]), ("minor", [(53.6, 10.1), (53.7, 10.2)])],
    )

    road, home, route, call = drawn.geojson["features"]  # type: ignore[misc]
    assert road["properties"] == {"kind": "road", "rank": "minor"}
    assert len(road["geometry"]["coordinates"]) == 2
    assert home["geometry"] == {"type": "Point", "coordinates": [10.0, 53.5]}
    assert route["geometry"]["coordinates"] == [[10.0, 53.5], [10.12346, 53.6], [10.0, 53.5]]
    assert (route["properties"]["route"], route["properties"]["order"]) == ("v1", 0)
    assert call["properties"] == {
        "kind": "stop",
        "route": "v1",
        "order": 0,
        "number": 1,
        "name": "1. Alia",
        "facts": [["Arrives", "14:05"]],
    }
    assert drawn.table.rows == (("Van 1", "1", "Alia", "Arrives: 14:05"),)


def test_a_map_refuses_two_routes_of_one_key_and_places_off_the_globe() -> None:
    twice = [charts.RouteLine("v1", "Van 1", []), charts.RouteLine("v1", "Van 2", [])]
    with pytest.raises(InvalidInput, match="two routes are called v1"):
        charts.route_map("Today", depots=[], routes=twice)

    far = charts.Stop("Alia", (153.6, 10.0))
    with pytest.raises(InvalidInput, match=r"Alia lies at 153\.6, 10\.0, which is not on the globe"):
        charts.route_map("Today", depots=[], routes=[charts.RouteLine("v1", "Van 1", [far])])


def test_a_map_of_a_plane_may_lie_anywhere() -> None:
    far = charts.Stop("Client 7", (420.0, -377.0))
    drawn = charts.route_map(
        "X-n101", depots=[], routes=[charts.RouteLine("1", "Route 1", [far])], plane=True
    )

    assert drawn.geojson["plane"] is True
