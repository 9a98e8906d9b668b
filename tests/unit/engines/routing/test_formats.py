from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansa.engines import routing as vrp
from hansa.kernel.errors import InvalidInput

from .scenes import VAN, a_stop, a_street

CVRP = """NAME : toy
COMMENT : "four nodes on a street"
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 5
NODE_COORD_SECTION
1 0 0
2 10 0
3 20.5 0
4 -10 0
DEMAND_SECTION
1 0
2 1
3 2
4 3
DEPOT_SECTION
 1
 -1
EOF
"""
MATRIX = """NAME: tri
TYPE: CVRP
DIMENSION: 3
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: {layout}
CAPACITY: 5
EDGE_WEIGHT_SECTION
{weights}
DEMAND_SECTION
1 0
2 1
3 1
DEPOT_SECTION
1
-1
EOF
"""
TIMED = CVRP.replace("TYPE : CVRP", "TYPE : VRPTW").replace(
    "DEPOT_SECTION",
    "SERVICE_TIME_SECTION\n1 0\n2 5\n3 6\n4 7\nTIME_WINDOW_SECTION\n1 0 100\n2 1 2\n3 3 40\n4 5 60\nDEPOT_SECTION",
)
SOLOMON = """T101

VEHICLE
NUMBER     CAPACITY
  3         200

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

    0      40       50         0        0          100        0
    1      43       54        10       20           40       10
    2      40       60        30        0           90       10
"""


def test_a_vrplib_file_is_read_with_stops_numbered_from_one() -> None:
    problem = vrp.read_vrplib(CVRP)

    assert problem.name == "toy"
    assert [(stop.id, stop.at, stop.demand) for stop in problem.stops] == [
        ("1", vrp.XY(10, 0), (1,)),
        ("2", vrp.XY(20.5, 0), (2,)),
        ("3", vrp.XY(-10, 0), (3,)),
    ]
    assert problem.depots == (vrp.Depot(vrp.DepotId("depot"), vrp.XY(0, 0)),)
    assert problem.vehicles[0].capacity == (5,)
    assert problem.travel == vrp.Plane(vrp.Rounding.NINT)


def test_the_depot_may_be_any_node() -> None:
    text = CVRP.replace("DEPOT_SECTION\n 1", "DEPOT_SECTION\n 2").replace("1 0\n2 1\n", "1 1\n2 0\n")

    problem = vrp.read_vrplib(text)

    assert problem.depots[0].at == vrp.XY(10, 0)
    assert [(stop.id, stop.at) for stop in problem.stops][:2] == [("1", vrp.XY(0, 0)), ("2", vrp.XY(20.5, 0))]


def test_vehicles_in_the_file_limit_the_fleet() -> None:
    assert vrp.read_vrplib(CVRP.replace("CAPACITY", "VEHICLES : 2\nCAPACITY")).vehicles[0].count == 2


def test_windows_in_vrplib_are_scaled_as_dimacs_does() -> None:
    problem = vrp.read_vrplib(TIMED)

    assert problem.travel == vrp.Plane(vrp.Rounding.DIMACS)
    assert [(stop.window, stop.service) for stop in problem.stops] == [
        (vrp.Window(10, 20), 50),
        (vrp.Window(30, 400), 60),
        (vrp.Window(50, 600), 70),
    ]
    assert problem.depots[0].window == vrp.Window(0, 1000)


def test_one_service_time_may_stand_for_all() -> None:
    problem = vrp.read_vrplib(CVRP.replace("CAPACITY", "SERVICE_TIME : 9\nCAPACITY"))

    assert [stop.service for stop in problem.stops] == [9, 9, 9]


@pytest.mark.parametrize(
    ("layout", "weights"),
    [
        ("LOWER_ROW", "7 8 9"),
        ("LOWER_DIAG_ROW", "0 7 0\n8 9 0"),
        ("UPPER_ROW", "7 8\n9"),
        ("UPPER_DIAG_ROW", "0 7 8 0 9 0"),
        ("FULL_MATRIX", "9999 7 8\n7 9999 9\n8 9 9999"),
    ],
)
def test_every_layout_of_explicit_weights_gives_the_same_matrix(layout: str, weights: str) -> None:
    problem = vrp.read_vrplib(MATRIX.format(layout=layout, weights=weights))

    assert isinstance(problem.travel, vrp.Matrix)
    assert problem.travel.places == ("depot", "1", "2")
    assert np.array_equal(problem.travel.distances, [[0, 7, 8], [7, 0, 9], [8, 9, 0]])


def test_a_full_matrix_keeps_its_directions() -> None:
    problem = vrp.read_vrplib(MATRIX.format(layout="FULL_MATRIX", weights="0 1 2 3 0 4 5 6 0"))

    assert isinstance(problem.travel, vrp.Matrix)
    assert problem.travel.distances.tolist() == [[0, 1, 2], [3, 0, 4], [5, 6, 0]]


def test_a_solomon_file_is_read_in_thousandths() -> None:
    problem = vrp.read_solomon(SOLOMON)

    assert problem.name == "T101"
    assert problem.travel == vrp.Plane(vrp.Rounding.EXACT)
    assert problem.stops[0] == vrp.Stop(
        vrp.StopId("1"), vrp.XY(43, 54), (10,), vrp.Window(20_000, 40_000), 10_000
    )
    assert (problem.vehicles[0].count, problem.vehicles[0].capacity) == (3, (200,))
    assert problem.depots[0].window == vrp.Window(0, 100_000)


def test_the_rounding_asked_for_wins() -> None:
    problem = vrp.read_solomon(SOLOMON, rounding=vrp.Rounding.DIMACS)

    assert problem.travel == vrp.Plane(vrp.Rounding.DIMACS)
    assert problem.stops[0].window == vrp.Window(200, 400)


def test_the_format_is_told_by_its_headings() -> None:
    assert [vrp.read_instance(text).name for text in (CVRP, SOLOMON)] == ["toy", "T101"]


def test_windows_line_ends_and_byte_order_marks_are_no_trouble() -> None:
    assert vrp.read_instance("\ufeff" + SOLOMON.replace("\n", "\r\n")).name == "T101"
    assert vrp.read_instance("\ufeff" + CVRP.replace("\n", "\r\n")).name == "toy"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "neither VRPLIB"),
        ("100 200 300\n1 2 3", "neither VRPLIB"),
        (
            CVRP.replace("3 20.5 0", "3 x 0"),
            "X, line 10: coordinate is 'x', a number within 1000000000000 expected",
        ),
        (CVRP.replace("3 20.5 0", "3 nan 0"), "X, line 10: coordinate is 'nan'"),
        (CVRP.replace("3 20.5 0", "3 20.5"), "X, line 10: 2 numbers in NODE_COORD_SECTION, 3 expected"),
        (CVRP.replace("3 20.5 0", "2 20.5 0"), "X, line 10: node 2 stands in line 9 already"),
        (CVRP.replace("3 20.5 0", "9 20.5 0"), "X, line 10: node 9 is outside 1 to 4 (DIMENSION)"),
        (CVRP.replace("3 20.5 0\n", ""), "X: node 3 is missing in NODE_COORD_SECTION"),
        (CVRP.replace("\n4 3\n", "\n4 -3\n"), "X, line 16: demand is '-3', a whole number from 0 up"),
        (CVRP.replace("\n4 3\n", "\n4 1.5\n"), "X, line 16: demand is '1.5', a whole number"),
        (CVRP.replace("1 0\n2 1\n", "1 4\n2 1\n"), "X, line 13: the depot has demand 4"),
        (CVRP.replace("CAPACITY : 5\n", ""), "X: no CAPACITY is given"),
        (CVRP.replace("CAPACITY : 5", "CAPACITY :"), "X, line 6: CAPACITY has no value"),
        (CVRP.replace("CAPACITY : 5", "CAPACITY : many"), "X, line 6: CAPACITY is 'many'"),
        (CVRP.replace("CAPACITY : 5", "CAPACITY : 5\nCAPACITY : 6"), "X, line 7: CAPACITY is given twice"),
        (CVRP.replace("CAPACITY : 5", "CAPACITY : 5\nDISTANCE : 9"), "X, line 7: DISTANCE is not supported"),
        (CVRP.replace("CVRP", "SDVRP"), "X, line 3: TYPE 'SDVRP' is not supported"),
        (CVRP.replace("EUC_2D", "GEO"), "X, line 5: EDGE_WEIGHT_TYPE 'GEO' is not supported"),
        (CVRP.replace("DEMAND_SECTION", "BACKHAUL_SECTION"), "X, line 12: BACKHAUL_SECTION is not supported"),
        (CVRP.replace("NODE_COORD_SECTION\n", ""), "X, line 7: numbers outside of any section"),
        (CVRP.replace(" 1\n -1", " 1\n 2\n -1"), "X: 2 depots in DEPOT_SECTION, 1 expected"),
        (CVRP.replace(" 1\n -1", " 7\n -1"), "X, line 18: depot 7 is not a node"),
        (CVRP.split("DEPOT_SECTION")[0], "X: no DEPOT_SECTION is given"),
        (CVRP.replace("DIMENSION : 4", "DIMENSION : 1000000000"), "X: node 5 is missing"),
        (TIMED.replace("3 3 40", "3 40 3"), "X, line 25: the window 40 to 3 ends before it begins"),
        (MATRIX.format(layout="LOWER_ROW", weights="7 8"), "X: 2 edge weights, 3 expected for LOWER_ROW"),
        (MATRIX.format(layout="SPIRAL", weights="7 8 9"), "X, line 5: EDGE_WEIGHT_FORMAT 'SPIRAL'"),
        (MATRIX.format(layout="LOWER_ROW", weights="7 8 -9"), "X, line 8: edge weight is '-9'"),
        (SOLOMON.replace("3         200", "3"), "X, line 5: number and capacity of the vehicles expected"),
        (SOLOMON.replace("    10       20 ", "    10       ab "), "X, line 11: opening time is 'ab'"),
        (SOLOMON.replace("        0           90       10", ""), "X, line 12: 4 columns, 7 expected"),
        (
            SOLOMON.replace("    2      40", "    1      40"),
            "X, line 12: customer 1 stands in line 11 already",
        ),
        (
            SOLOMON.replace("0        0          100", "5        0          100"),
            "X, line 10: the depot has demand 5",
        ),
        (SOLOMON.split("CUSTOMER")[0], "X: no CUST heading"),
        (SOLOMON.split("    0 ")[0], "X: nothing follows the heading CUST"),
    ],
)
def test_a_malformed_instance_names_the_line(text: str, complaint: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        vrp.read_instance(text, source="X")

    assert complaint in refusal.value.message


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.sampled_from([CVRP, TIMED, SOLOMON, MATRIX.format(layout="FULL_MATRIX", weights="0 1 2 3 0 4 5 6 0")]),
    st.integers(0, 400),
    st.integers(0, 12),
    st.sampled_from(["", ":", "-1", "\n", "1e999", '""', " 7 ", "EOF", "CUST", "茶", "_SECTION\n", "\x00"]),
)
def test_a_damaged_file_is_read_or_refused_but_never_breaks(text: str, at: int, cut: int, put: str) -> None:
    damaged = text[:at] + put + text[at + cut :]

    with contextlib.suppress(InvalidInput):
        vrp.read_instance(damaged)


def test_a_solution_survives_writing_and_reading() -> None:
    problem = vrp.read_vrplib(CVRP)
    plan = vrp.solve(problem, vrp.Params(iterations=20), seed=1).plan

    draft = vrp.read_sol(vrp.write_sol(problem, plan), problem)

    assert [stops for _, stops in draft.routes] == [route.stops for route in plan.routes]
    assert (draft.cost, draft.cost_slack) == (plan.cost, 0)
    assert vrp.check(problem, draft) == []


def test_a_solution_is_written_as_cvrplib_does() -> None:
    street = a_street(a_stop(10), a_stop(20), a_stop(-10))
    plan = vrp.baseline(street)

    assert vrp.write_sol(street, plan) == "Route #1: 10 20\nRoute #2: -10\nCost 60\n"


@pytest.mark.parametrize(
    ("rounding", "cost", "text"),
    [
        (vrp.Rounding.NINT, 60, "60"),
        (vrp.Rounding.DIMACS, 603, "60.3"),
        (vrp.Rounding.EXACT, 60_007, "60.007"),
    ],
)
def test_costs_are_written_in_the_unit_of_the_file(rounding: vrp.Rounding, cost: int, text: str) -> None:
    assert vrp.cost_text(vrp.read_solomon(SOLOMON, rounding=rounding), cost) == text


def test_a_cost_with_two_decimals_may_be_half_a_hundredth_off_and_a_bit_for_each_leg() -> None:
    # 0-1-2-0: 5 + sqrt(45) + 10 = 21.708; printed as 21.71.
    problem = vrp.read_solomon(SOLOMON)

    draft = vrp.read_sol("Route #1: 1 2\nCost 21.71", problem)

    assert (draft.cost, draft.cost_slack) == (21_710, 5 + 2)
    assert vrp.cost_of(problem, draft) == 21_708
    assert vrp.check(problem, draft) == []


def test_empty_routes_in_a_solution_are_passed_over() -> None:
    draft = vrp.read_sol("Route #1: 10\nRoute #2:\n\nCost 20\n", a_street(a_stop(10)))

    assert draft.routes == ((VAN, ("10",)),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Route #1: 10\n", "S: no line says the cost"),
        (
            "Route #1: 10\nwhatever\nCost 20",
            "S, line 2: 'Route #1: 5 3 8' or 'Cost 123' expected, 'whatever' found",
        ),
        ("Route #1: 10\nCost much", "S, line 2: 'Route"),
    ],
)
def test_a_malformed_solution_names_the_line(text: str, complaint: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        vrp.read_sol(text, a_street(a_stop(10)), source="S")

    assert complaint in refusal.value.message
