"""Streets that fit a page and the walk of a picker, worked out by hand; no database."""

from __future__ import annotations

from hansa.commerce.delivery.adapters import pick
from hansa.commerce.delivery.selectors import Street
from hansa.web.dispatch.backdrop import Box, backdrop, box_around, thinned
from hansa.web.dispatch.picking import walk_of

# One degree of latitude is 111,195 m, so these points lie 5.56 m apart.
STEP = 0.00005


def a_street(rank: str, *, points: int, longitude: float = 10.0) -> Street:
    line = [(53.0 + number * STEP, longitude) for number in range(points)]
    return Street(rank, line)  # type: ignore[arg-type]


def test_a_thinned_line_keeps_its_ends_and_no_two_near_points() -> None:
    line = a_street("main", points=7).line

    assert thinned(line, least_m=0) == line
    assert thinned(line, least_m=12) == [line[0], line[3], line[6]]
    assert thinned(line, least_m=1_000) == [line[0], line[6]]


def test_few_streets_are_drawn_as_they_are() -> None:
    main, minor = a_street("main", points=5), a_street("minor", points=5, longitude=10.001)
    box = box_around([(53.0, 10.0)])

    assert backdrop([main, minor], box) == [("main", main.line), ("minor", minor.line)]


def test_streets_far_away_are_left_out() -> None:
    near, far = a_street("main", points=3), a_street("main", points=3, longitude=11.0)

    assert backdrop([near, far], box_around([(53.0, 10.0)])) == [("main", near.line)]


def test_many_points_are_drawn_more_coarsely_before_any_street_is_left_out() -> None:
    streets = [a_street("main", points=100), a_street("minor", points=100)]
    box = box_around([(53.0, 10.0)])

    coarse = backdrop(streets, box, most_points=110)

    assert [rank for rank, _ in coarse] == ["main", "minor"]
    assert sum(len(line) for _, line in coarse) <= 110


def test_minor_streets_go_first_when_even_the_coarsest_drawing_is_too_much() -> None:
    streets = [a_street("minor", points=2), a_street("main", points=2), a_street("main", points=2)]

    kept = backdrop(streets, box_around([(53.0, 10.0)]), most_points=4)

    assert [rank for rank, _ in kept] == ["main", "main"]


def test_a_box_has_room_around_a_single_place() -> None:
    box = box_around([(53.0, 10.0)])

    assert box == Box(52.996, 9.996, 53.004, 10.004)
    assert box.holds((53.004, 10.0))
    assert not box.holds((53.0041, 10.0))


def test_a_walk_is_drawn_with_the_front_below_and_its_picks_numbered() -> None:
    walk = walk_of(pick([("tea", 1, 0, 2), ("salt", 1, 0, 1), ("jam", 0, 60, 1)]), {"tea": "Tea"})

    # The depot stands at the front of aisle 0: up to the last slot (60.5 m) and back; one aisle (5 m) and half a slot.
    assert walk.walking_m == 2 * 60.5 + 2 * 5.5
    assert sorted((each.sku, each.aisle, each.slot, each.units) for each in walk.picks) == [
        ("jam", 0, 60, 1),
        ("salt", 1, 0, 1),
        ("tea", 1, 0, 2),
    ]
    assert walk.units == 4
    assert {(place.x, place.y) for place in walk.places} == {("0.00", "0.50"), ("5.00", "60.50")}
    assert [each.title for each in walk.picks if each.sku == "tea"] == ["Tea"]
    assert len(walk.racks) == 2 * 17


def test_a_route_without_goods_walks_nowhere() -> None:
    walk = walk_of(pick([]), {})

    assert (walk.picks, walk.walking_m, walk.saved_share) == ([], 0.0, None)
