from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hansa.engines.warehouse import (
    BatchProblem,
    Layout,
    Method,
    Order,
    Params,
    Pick,
    first_come_batches,
    plan_batches,
    read_henn,
    read_json,
)
from hansa.kernel.errors import InvalidInput

HENN = Path(__file__).parents[5] / "shared/data/logistics/warehouse-obp-henn/W5B_Henn"
LAYOUT = Layout(aisles=2, slots_per_aisle=10)

SETTINGS = """no_aisles_: 10
no_cells__: 45
cell_lengt: 1
cell_width: 1.5
aisle_widt: 2
dis_ais_wa: 1
routing___: s
m_no_a_p_b: 30
31041,974,22587,23469,
"""
ORDERS = """Order 0\tnumber of articles 2
0\tAisle 1\tLocation 2
1\tAisle 19\tLocation 44
Order 1\tnumber of articles 1
0\tAisle 0\tLocation 28
"""


def order(name: str, *places: tuple[int, int], units: int = 1) -> Order:
    return Order(name, tuple(Pick(f"{aisle}/{slot}", aisle, slot, units) for aisle, slot in places))


def test_orders_fill_the_cart_in_the_sequence_of_their_arrival() -> None:
    sizes = {"a": 2, "b": 2, "c": 3, "d": 1}
    orders = tuple(order(name, (0, 0), units=units) for name, units in sizes.items())

    groups = first_come_batches(BatchProblem(LAYOUT, orders, capacity=4))

    assert [[one.id for one in group] for group in groups] == [["a", "b"], ["c", "d"]]


def test_a_plan_adds_up_and_stands_beside_the_naive_ways() -> None:
    # Alone: a walks 2 x 9.5; b walks 5 + 2 x 9.5 + 5; S-shape the same, for each has one aisle.
    # Together: up aisle 0, across, down aisle 1, back: 10 + 5 + 10 + 5.
    asked = BatchProblem(LAYOUT, (order("a", (0, 9)), order("b", (1, 9))), capacity=2)

    plan = plan_batches(asked)

    assert plan.walking_m == 30.0
    assert [(batch.order_ids, batch.units) for batch in plan.batches] == [(("a", "b"), 2)]
    assert sorted((pick.sku, pick.order_id) for pick in plan.batches[0].tour.picks) == [
        ("0/9", "a"),
        ("1/9", "b"),
    ]
    assert plan.baseline_m == {
        "single exact": 48.0,
        "single s-shape": 48.0,
        "single largest-gap": 48.0,
        "batched exact": 30.0,
        "batched s-shape": 30.0,
        "batched largest-gap": 30.0,
    }


def test_a_plan_may_be_walked_by_a_rule_of_thumb() -> None:
    asked = BatchProblem(LAYOUT, (order("a", (0, 1)), order("b", (1, 1))), capacity=2)

    assert plan_batches(asked).walking_m == 16.0  # from the front: 3 + 3 + 10
    assert plan_batches(asked, Params(Method.S_SHAPE)).walking_m == 30.0


@pytest.mark.parametrize(
    ("orders", "capacity", "complaint"),
    [
        ((), 1, "there are no orders"),
        ((order("a", (0, 0)), order("a", (0, 0))), 1, "two orders are called 'a'"),
        ((order("a"),), 1, "order 'a' has nothing to pick"),
        ((order("a", (0, 0), (0, 1)),), 1, "order 'a' has 2 units, a picker carries 1"),
        ((order("a", (5, 0)),), 1, "aisle 5"),
        ((order("a", (0, 0)),), 0, "at least 1 unit, not 0"),
    ],
)
def test_orders_that_cannot_be_batched_are_refused(
    orders: tuple[Order, ...], capacity: int, complaint: str
) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        BatchProblem(LAYOUT, orders, capacity)


def test_an_instance_of_henn_is_read_with_two_sides_to_an_aisle() -> None:
    asked = read_henn(ORDERS, SETTINGS)

    assert (asked.layout.aisles, asked.layout.slots_per_aisle, asked.capacity) == (10, 45, 30)
    assert (asked.layout.aisle_pitch_m, asked.layout.aisle_length_m, asked.layout.depot) == (
        5.0,
        45.0,
        (0.0, -1.0),
    )
    assert [one.id for one in asked.orders] == ["0", "1"]
    first, last = asked.orders[0].picks
    assert (first.aisle, first.side, first.slot, first.order_id) == (0, "right", 2, "0")
    assert (last.aisle, last.side, last.slot) == (9, "right", 44)
    assert asked.layout.place_of(last) == (45.0, 44.5)


@pytest.mark.parametrize(
    ("orders", "settings", "complaint"),
    [
        (ORDERS.replace("Aisle 19", "Gang 19"), SETTINGS, "orders, line 3: "),
        ("0\tAisle 1\tLocation 2\n", SETTINGS, "orders, line 1: "),
        (ORDERS.replace("articles 2", "articles 3"), SETTINGS, "order '0' promises 3 articles and lists 2"),
        (ORDERS.replace("Aisle 19", "Aisle 20"), SETTINGS, "aisle 10; aisles are 0 to 9"),
        (ORDERS, SETTINGS.replace("m_no_a_p_b: 30\n", ""), "m_no_a_p_b missing"),
        (ORDERS, SETTINGS.replace("no_cells__: 45", "no_cells__: many"), "no_cells__ is no number: 'many'"),
        ("", SETTINGS, "there are no orders"),
    ],
)
def test_a_broken_instance_of_henn_is_refused(orders: str, settings: str, complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        read_henn(orders, settings)


def published(name: str) -> BatchProblem:
    """Read an instance with the depot on the cross aisle, as the figures it is held against were counted."""
    folder = HENN / "abc1"
    if not folder.exists():
        pytest.skip("the instances ../shared/data/logistics/warehouse-obp-henn are not here")
    settings = folder / f"sett{name.split('s')[0]}.txt"
    asked = read_henn((folder / name).read_text(), settings.read_text(), name=name)
    return replace(asked, layout=replace(asked.layout, depot_setback_m=0.0))


def test_a_published_instance_is_walked_in_the_order_of_the_methods() -> None:
    asked = published("29s-40-30-0.txt")

    plan = plan_batches(asked)

    assert len(asked.orders) == 40
    assert plan.baseline_m["single s-shape"] == _s_shape_by_formula(asked)
    assert plan.walking_m == plan.baseline_m["batched exact"]
    assert plan.walking_m < plan.baseline_m["batched largest-gap"] < plan.baseline_m["batched s-shape"]
    assert plan.walking_m < plan.baseline_m["single exact"]


@pytest.mark.slow
def test_all_published_instances_sum_to_figures_counted_before_by_other_code() -> None:
    published("29s-40-30-0.txt")
    names = sorted(file.name for file in (HENN / "abc1").glob("*s-*-*-*.txt"))

    plans = [plan_batches(published(name)) for name in names]

    assert len(plans) == 120
    assert sum(plan.baseline_m["single s-shape"] for plan in plans) == 2_348_319
    assert sum(plan.walking_m for plan in plans) == 985_354


def _s_shape_by_formula(asked: BatchProblem) -> float:
    """Aisles passed times their length, the turn in an odd last one, twice the way to the farthest aisle."""
    total = 0.0
    for one in asked.orders:
        aisles = sorted({pick.aisle for pick in one.picks})
        deepest = max(pick.slot for pick in one.picks if pick.aisle == aisles[-1]) + 0.5
        passed = len(aisles) - len(aisles) % 2
        total += 45 * passed + (2 * deepest if len(aisles) % 2 else 0) + 2 * 5 * aisles[-1]
    return total


GOOD_JSON = {
    "layout": {"aisles": 2, "slots_per_aisle": 10, "aisle_pitch_m": 4},
    "capacity": 3,
    "orders": [{"id": 7, "picks": [{"sku": "tea", "aisle": 0, "slot": 1, "units": 2}]}],
}


def test_a_warehouse_of_ones_own_is_read_from_json() -> None:
    asked = read_json(json.dumps(GOOD_JSON))

    assert asked.layout == Layout(aisles=2, slots_per_aisle=10, aisle_pitch_m=4.0)
    assert asked.capacity == 3
    assert asked.orders == (Order("7", (Pick("tea", 0, 1, 2, order_id="7"),)),)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"capacity": "3"}, "capacity: a whole number is needed, not '3'"),
        ({"capacity": True}, "capacity: a whole number is needed"),
        ({"layout": []}, "layout: an object with aisles, slots_per_aisle is needed"),
        ({"layout": {"aisles": 2}}, "layout: slots_per_aisle missing"),
        ({"layout": {"aisles": 2, "slots_per_aisle": 2, "hight": 1}}, "layout: unknown hight"),
        ({"orders": {}}, "orders: a list is needed, not dict"),
        (
            {"orders": [{"id": "a", "picks": [{"sku": "tea", "aisle": 0.5, "slot": 1}]}]},
            "order 'a' pick 0 aisle",
        ),
        ({"orders": [{"picks": []}]}, "orders 0: id missing"),
        ({"colour": 1}, "the file: unknown colour"),
    ],
)
def test_json_that_is_no_warehouse_is_refused_by_place(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        read_json(json.dumps({**GOOD_JSON, **changes}))


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidInput, match="this is no JSON"):
        read_json("{layout")
