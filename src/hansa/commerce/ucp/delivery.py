"""Where a checkout goes and when: the agent's choice, what is offered, and what is still missing. Pure.

One way of delivery, in one parcel: a shipment to a destination within one of the offered windows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hansa.commerce.delivery.domain import Window
from hansa.commerce.ucp import messages
from hansa.commerce.ucp.messages import Message

METHOD, GROUP = "shipping", "parcel"
_LENGTHS = {"street_address": 200, "address_locality": 80, "postal_code": 20}
_FIRST = "$.fulfillment.methods[0]"


@dataclass(frozen=True)
class Choice:
    """What the agent said: destinations with their ids, the chosen one, and the chosen window's key."""

    method_id: str
    group_id: str
    destinations: tuple[dict[str, Any], ...]
    chosen: dict[str, Any] | None
    option: str


def choice_of(fulfillment: Mapping[str, Any]) -> Choice:
    """Read the agent's wishes; only the first way of delivery counts."""
    method = _first(fulfillment.get("methods"))
    group = _first(method.get("groups"))
    given = [each for each in method.get("destinations") or [] if isinstance(each, dict)]
    destinations = tuple({"id": f"dest_{place + 1}"} | each for place, each in enumerate(given))
    wanted = method.get("selected_destination_id") or (
        destinations[0]["id"] if len(destinations) == 1 else ""
    )
    chosen = next((each for each in destinations if each["id"] == wanted), None)
    return Choice(
        str(method.get("id") or METHOD),
        str(group.get("id") or GROUP),
        destinations,
        chosen,
        str(group.get("selected_option_id") or ""),
    )


def window_of(choice: Choice, windows: Sequence[Window]) -> Window | None:
    """The chosen window; the earliest where there is a destination and none of the offered was chosen."""
    chosen = next((window for window in windows if window.key == choice.option), None)
    return chosen or (windows[0] if choice.chosen and windows else None)


def shown(choice: Choice, windows: Sequence[Window], line_ids: Sequence[str], fee: int) -> dict[str, Any]:
    """What is offered and chosen, as the protocol writes it."""
    window = window_of(choice, windows)
    group: dict[str, Any] = {
        "id": choice.group_id,
        "line_item_ids": list(line_ids),
        "options": [_option(each, fee) for each in windows],
    }
    if window:
        group["selected_option_id"] = window.key
    method: dict[str, Any] = {
        "id": choice.method_id,
        "type": "shipping",
        "line_item_ids": list(line_ids),
        "groups": [group],
    }
    if choice.destinations:
        method["destinations"] = list(choice.destinations)
    if choice.chosen:
        method["selected_destination_id"] = choice.chosen["id"]
    return {"methods": [method]}


def address_of(
    choice: Choice, buyer: Mapping[str, Any], billing: Mapping[str, Any]
) -> tuple[dict[str, str], list[Message]]:
    """The address on the parcel, and what it lacks.

    A destination without a street takes what it lacks from the billing address, where that is in the same country.
    """
    told: list[Message] = []
    given = dict(choice.chosen or {})
    same_country = given.get("address_country") in {None, "", billing.get("address_country")}
    if choice.chosen and not given.get("street_address") and same_country:
        given = {**billing, **{name: value for name, value in given.items() if value}}
    place = f"{_FIRST}.destinations[{choice.destinations.index(choice.chosen)}]" if choice.chosen else _FIRST
    if choice.chosen is None:
        told.append(
            messages.error("field_required", "say where it goes: a destination is missing", path=_FIRST)
        )
        return {}, told
    address = {
        "recipient": _name(given) or _name(buyer),
        "street": _text(given, "street_address", place, told),
        "city": _text(given, "address_locality", place, told),
        "postal_code": _text(given, "postal_code", place, told),
        "country": str(given.get("address_country") or ""),
    }
    if more := str(given.get("extended_address") or ""):
        address["street"] = f"{address['street']}, {more}"[: _LENGTHS["street_address"]]
    if not address["street"].strip():
        told.append(
            messages.error("field_required", "the destination has no street", path=f"{place}.street_address")
        )
    if not address["recipient"].strip():
        told.append(
            messages.error("field_required", "the destination has no name", path=f"{place}.first_name")
        )
    if len(address["country"]) != 2 or not address["country"].isascii() or not address["country"].isupper():
        told.append(
            messages.error(
                "field_required", "the destination's country is two letters", path=f"{place}.address_country"
            )
        )
    return address, told


def _option(window: Window, fee: int) -> dict[str, Any]:
    return {
        "id": window.key,
        "title": f"Delivery on {window.start:%A %d %B}, {window.start:%H:%M} to {window.end:%H:%M} UTC",
        "earliest_fulfillment_time": window.start.isoformat(),
        "latest_fulfillment_time": window.end.isoformat(),
        "totals": [{"type": "fulfillment", "amount": fee}, {"type": "total", "amount": fee}],
    }


def _text(given: Mapping[str, Any], name: str, place: str, told: list[Message]) -> str:
    text, longest = str(given.get(name) or ""), _LENGTHS[name]
    if len(text) > longest:
        told.append(
            messages.error("field_invalid", f"{name}: at most {longest} letters", path=f"{place}.{name}")
        )
    return text[:longest]


def _name(given: Mapping[str, Any]) -> str:
    both = (str(given.get(name) or "") for name in ("first_name", "last_name"))
    return " ".join(part for part in both if part)[:120]


def _first(found: Any) -> dict[str, Any]:
    first = found[0] if isinstance(found, list) and found else {}
    return first if isinstance(first, dict) else {}
