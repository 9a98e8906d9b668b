"""Reading Henn and Waescher's order batching instances: a text of settings and a text of orders."""

from __future__ import annotations

import re

from hansa.engines.warehouse._problem import BatchProblem, Layout, Order, Pick
from hansa.kernel.errors import InvalidInput

_ORDER = re.compile(r"^Order\s+(\d+)\s+number of articles\s+(\d+)$")
_ARTICLE = re.compile(r"^(\d+)\s+Aisle\s+(\d+)\s+Location\s+(\d+)$")


def read_henn(orders: str, settings: str, *, name: str = "") -> BatchProblem:
    """Read an instance from its two texts; every article is one unit.

    The files count each side of an aisle as an aisle of its own; here two sides are one aisle.
    Distances are those the settings state: cells, rack depth, aisle width, depot to cross aisle.
    Refuses a line that does not belong, naming its number, and a missing setting, by name.
    """
    values = _settings(settings)
    layout = Layout(
        aisles=int(values["no_aisles_"]),
        slots_per_aisle=int(values["no_cells__"]),
        slot_length_m=values["cell_lengt"],
        aisle_pitch_m=2 * values["cell_width"] + values["aisle_widt"],
        depot_setback_m=values["dis_ais_wa"],
    )
    return BatchProblem(layout, _orders(orders), capacity=int(values["m_no_a_p_b"]), name=name)


def _settings(text: str) -> dict[str, float]:
    values = {}
    needed = (
        "no_aisles_",
        "no_cells__",
        "cell_lengt",
        "cell_width",
        "aisle_widt",
        "dis_ais_wa",
        "m_no_a_p_b",
    )
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() in needed:
            try:
                values[key.strip()] = float(value)
            except ValueError as fault:
                raise InvalidInput(f"settings: {key.strip()} is no number: {value.strip()!r}") from fault
    missing = [key for key in needed if key not in values]
    if missing:
        raise InvalidInput(
            f"settings: {', '.join(missing)} missing; is this a sett….txt of Henn's instances?"
        )
    return values


def _orders(text: str) -> tuple[Order, ...]:
    found: list[tuple[str, int, list[Pick]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if head := _ORDER.match(line.strip()):
            found.append((head[1], int(head[2]), []))
        elif (article := _ARTICLE.match(line.strip())) and found:
            aisle, side = divmod(int(article[2]), 2)
            pick = Pick(
                sku=f"{article[2]}-{article[3]}",
                aisle=aisle,
                slot=int(article[3]),
                side="right" if side else "left",
                order_id=found[-1][0],
            )
            found[-1][2].append(pick)
        else:
            raise InvalidInput(
                f"orders, line {number}: {line.strip()[:60]!r} is neither an order nor an article"
            )
    for order_id, promised, picks in found:
        if len(picks) != promised:
            raise InvalidInput(f"order {order_id!r} promises {promised} articles and lists {len(picks)}")
    return tuple(Order(order_id, tuple(picks)) for order_id, _, picks in found)
