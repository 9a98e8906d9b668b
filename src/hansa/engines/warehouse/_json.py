"""Reading a warehouse of one's own from JSON: layout, capacity and orders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from hansa.engines.warehouse._problem import BatchProblem, Layout, Order, Pick
from hansa.kernel.errors import InvalidInput


def read_json(text: str, *, name: str = "") -> BatchProblem:
    """Read ``{"layout": {…}, "capacity": 30, "orders": [{"id": …, "picks": [{…}]}]}``.

    The keys of a layout and of a pick are the fields of `Layout` and `Pick`. Refuses text that is
    no JSON, and missing, unknown or mistyped keys, each by its place.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as fault:
        raise InvalidInput(f"this is no JSON: {fault}") from fault
    _check_keys(content, "the file", needed={"layout", "capacity", "orders"}, allowed=set())
    return BatchProblem(
        layout=Layout(**_values(content["layout"], Layout, "layout")),
        orders=tuple(
            _order(order, f"orders {n}") for n, order in enumerate(_list(content["orders"], "orders"))
        ),
        capacity=_value(content["capacity"], "int", "capacity"),
        name=name,
    )


def _order(content: Any, place: str) -> Order:
    _check_keys(content, place, needed={"id", "picks"}, allowed=set())
    order_id = _value(content["id"], "str", f"{place} id")
    picks = [
        Pick(**{"order_id": order_id, **_values(pick, Pick, f"order {order_id!r} pick {number}")})
        for number, pick in enumerate(_list(content["picks"], f"order {order_id!r} picks"))
    ]
    return Order(order_id, tuple(picks))


def _values(content: Any, of: type[Layout] | type[Pick], place: str) -> dict[str, Any]:
    kinds = {field.name: str(field.type) for field in fields(of)}
    needed = {field.name for field in fields(of) if field.default is MISSING}
    _check_keys(content, place, needed=needed, allowed=set(kinds))
    return {key: _value(value, kinds[key], f"{place} {key}") for key, value in content.items()}


def _value(value: Any, kind: str, place: str) -> Any:
    if kind == "str" and isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    if kind == "int" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind == "float" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    wanted = {"str": "a text", "int": "a whole number", "float": "a number"}[kind]
    raise InvalidInput(f"{place}: {wanted} is needed, not {value!r}")


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidInput(f"{place}: a list is needed, not {type(value).__name__}")
    return value


def _check_keys(content: Any, place: str, *, needed: set[str], allowed: set[str]) -> None:
    if not isinstance(content, Mapping):
        raise InvalidInput(f"{place}: an object with {', '.join(sorted(needed))} is needed")
    missing, unknown = needed - set(content), set(content) - needed - allowed
    if missing:
        raise InvalidInput(f"{place}: {', '.join(sorted(missing))} missing")
    if unknown:
        raise InvalidInput(f"{place}: unknown {', '.join(sorted(unknown))}")
