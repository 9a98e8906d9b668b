"""The picture of the chain: where each card stands and how the arrows run, in the units of one SVG.

Cards stand on a grid. The virtuous circle runs along its rim; what feeds it stands inside and above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hansa.commerce.health.domain.chain import is_on_loop
from hansa.commerce.health.domain.evidence import Verdict
from hansa.commerce.health.selectors.board import Board, Judged
from hansa.web.health.shown import Card, rho_text

CARD_WIDTH, CARD_HEIGHT = 146, 112
GAP_X, GAP_Y = 56, 38
MARGIN = 10
HEAD = 9  # length of an arrow's head
CLEAR = 3  # between an arrow and the card it touches

# column, row
PLACES: dict[str, tuple[int, int]] = {
    "goodwill": (0, 0),
    "product_quality": (1, 0),
    "delivery_efficiency": (2, 0),
    "logistics": (3, 0),
    "logistics_cost": (4, 0),
    "recommendation": (0, 1),
    "satisfaction": (1, 1),
    "experience": (2, 1),
    "stickiness": (3, 1),
    "loyalty": (4, 1),
    "platform_revenue": (5, 1),
    "marketing_tools": (2, 2),
    "conversion": (3, 2),
    "repurchase": (4, 2),
    "traffic_support": (2, 3),
    "visits": (3, 3),
    "sales": (4, 3),
    "brand_promotion": (1, 4),
    "exposure": (2, 4),
    "click_rate": (3, 4),
    "market_share": (0, 5),
    "competitiveness": (2, 5),
    "merchant_income": (4, 5),
    "merchant_empowerment": (5, 5),
}
CAPTION = (1, 2)  # where words fit inside the circle, two rows high
COLUMNS = 1 + max(column for column, _ in PLACES.values())
ROWS = 1 + max(row for _, row in PLACES.values())

Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """A card and its upper left corner."""

    card: Card
    x: int
    y: int


@dataclass(frozen=True)
class Arrow:
    """A link: its path, head and label, and how it is drawn."""

    path: str
    head: str
    label: str
    label_x: str  # as SVG writes numbers, in every language
    label_y: str
    look: str
    width: str
    is_on_loop: bool


@dataclass(frozen=True)
class Picture:
    """Everything to be drawn, and the size of the sheet."""

    width: int
    height: int
    card_width: int
    card_height: int
    caption: tuple[int, int]
    spots: list[Spot]
    arrows: list[Arrow]


def draw(board: Board, cards: Mapping[str, Card]) -> Picture:
    """Place every card and run an arrow along every link."""
    spots = [Spot(card, *_corner(key)) for key, card in cards.items()]
    spots.sort(key=lambda spot: (spot.y, spot.x))
    return Picture(
        width=2 * MARGIN + COLUMNS * CARD_WIDTH + (COLUMNS - 1) * GAP_X,
        height=2 * MARGIN + ROWS * CARD_HEIGHT + (ROWS - 1) * GAP_Y,
        card_width=CARD_WIDTH,
        card_height=CARD_HEIGHT,
        caption=_place(CAPTION),
        spots=spots,
        arrows=[_arrow(judged) for judged in board.links],
    )


def _corner(key: str) -> tuple[int, int]:
    return _place(PLACES[key])


def _place(place: tuple[int, int]) -> tuple[int, int]:
    column, row = place
    return MARGIN + column * (CARD_WIDTH + GAP_X), MARGIN + row * (CARD_HEIGHT + GAP_Y)


def _arrow(judged: Judged) -> Arrow:
    link, evidence = judged.link, judged.evidence
    path, head, (label_x, label_y) = _run(link.cause, link.effect)
    strength = abs(evidence.rho) if evidence.rho is not None else 0.0
    is_told = evidence.verdict in {Verdict.AGREES, Verdict.CONTRADICTS}
    label = rho_text(evidence.rho)
    return Arrow(
        path=path,
        head=head,
        label=f"({label})" if label and link.shares_records else label,
        label_x=f"{label_x:g}",
        label_y=f"{label_y:g}",
        look=evidence.verdict.value.replace("_", "-"),
        width=f"{2 + 4 * strength:.1f}" if is_told else "2",
        is_on_loop=is_on_loop(link),
    )


def _run(cause: str, effect: str) -> tuple[str, str, Point]:
    """Run from card to card: straight along a row or a column, else round one corner. Answers path, head and label."""
    (x1, y1), (x2, y2) = _corner(cause), _corner(effect)
    if y1 == y2:
        way = 1 if x2 > x1 else -1
        y = y1 + CARD_HEIGHT / 2
        start: Point = (x1 + CARD_WIDTH + CLEAR if way > 0 else x1 - CLEAR, y)
        end = (x2 - CLEAR if way > 0 else x2 + CARD_WIDTH + CLEAR, y)
        return _straight(start, end, (way, 0), ((start[0] + end[0] - way * HEAD) / 2, y - 8))
    down = 1 if y2 > y1 else -1
    end_y = y2 - CLEAR if down > 0 else y2 + CARD_HEIGHT + CLEAR
    if x1 == x2:
        x = x1 + CARD_WIDTH / 2
        start = (x, y1 + CARD_HEIGHT + CLEAR if down > 0 else y1 - CLEAR)
        return _straight(start, (x, end_y), (0, down), (x + 24, (start[1] + end_y - down * HEAD) / 2 + 4))
    return _cornered((x1, y1), (x2, end_y), down)


def _straight(start: Point, end: Point, way: Point, label: Point) -> tuple[str, str, Point]:
    stop = (end[0] - way[0] * HEAD, end[1] - way[1] * HEAD)
    return f"M{_at(start)}L{_at(stop)}", _head(end, way), label


def _cornered(cause: Point, end: Point, way: int) -> tuple[str, str, Point]:
    """Leave by the side, turn in a round corner, arrive from above or below, beside the middle of the card."""
    to_right = end[0] > cause[0]
    start = (cause[0] + CARD_WIDTH + CLEAR if to_right else cause[0] - CLEAR, cause[1] + CARD_HEIGHT / 2)
    x = end[0] + CARD_WIDTH * (0.2 if to_right else 0.8)
    radius = 22
    before = (x - radius if to_right else x + radius, start[1])
    after = (x, start[1] + way * radius)
    stop = (x, end[1] - way * HEAD)
    path = f"M{_at(start)}L{_at(before)}Q{_at((x, start[1]))} {_at(after)}L{_at(stop)}"
    return path, _head((x, end[1]), (0, way)), (x + 24, (after[1] + stop[1]) / 2 + 4)


def _head(tip: Point, way: Point) -> str:
    """The three corners of an arrow's head."""
    dx, dy = way
    base = (tip[0] - dx * HEAD, tip[1] - dy * HEAD)
    side = (dy * HEAD * 0.62, dx * HEAD * 0.62)
    return " ".join(
        _at(point)
        for point in (tip, (base[0] + side[0], base[1] + side[1]), (base[0] - side[0], base[1] - side[1]))
    )


def _at(point: Point) -> str:
    return f"{point[0]:g},{point[1]:g}"
