"""The API's doors to acts and profiles: telling acts in batches, one's own profile, and what one says to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.api import ANYBODY, inside
from hansa.commerce.behaviour import intake, learning, naming, selectors, steering
from hansa.commerce.behaviour.naming import Things
from hansa.commerce.behaviour.selectors import Axis, Line, Taste
from hansa.foundation.paging import newest_first

router = Router(tags=["profile"])


class ActIn(Schema):
    """``kind`` is impression, click, view, search or share; all but a search name a product, a search has words."""

    kind: str
    product_id: int | None = None
    placement: str = ""
    position: int | None = None
    request_id: str = ""
    words: str = ""
    found: int | None = None


class ActsIn(Schema):
    acts: list[ActIn] = Field(max_length=intake.MOST_AT_ONCE)


class CountedOut(Schema):
    counted: int


class DeletedOut(Schema):
    deleted: int


class LineOut(Schema):
    """``share`` is the part of all on its axis; a price band goes from ``price_from`` to below ``price_to``."""

    axis: str
    key: int
    name: str
    share: float
    weight: float
    acts: int
    last_at: datetime
    price_from: int | None = None
    price_to: int | None = None


class ProfileOut(Schema):
    """Without ``since`` no profile is kept: there was nothing yet, or the person does not consent."""

    consents: bool
    since: datetime | None
    half_life_days: int
    lines: list[LineOut]


class ActOut(Schema):
    id: int
    kind: str
    product_id: int | None = Field(None, alias="listing_id")
    merchant_id: int | None
    value: int | None
    words: str
    at: datetime


class ActPage(Schema):
    items: list[ActOut]
    next_cursor: str


class MuteOut(Schema):
    """``key`` is a product's id, or that of a merchant, category or brand."""

    kind: str
    key: int
    name: str
    at: datetime


@router.post("/acts/", response=CountedOut, auth=ANYBODY)
def tell_acts(request: HttpRequest, body: ActsIn, platform: str = "") -> dict[str, int]:
    """Tell what the caller was shown and did, up to 200 acts at once; the same exposure again is not counted.

    Nothing is kept of who does not consent to personalisation, nor of guests, who were not asked.
    """
    with inside(request, platform) as call:
        if not call.actor.is_signed_in:
            return {"counted": 0}
        told = [
            intake.Act(
                act.kind,
                act.product_id,
                act.placement,
                act.position,
                act.request_id,
                act.words,
                act.found,
            )
            for act in body.acts
        ]
        return {
            "counted": intake.record_acts(
                platform_id=call.platform.pk, actor=call.actor, acts=told, now=call.now
            )
        }


@router.get("/profile/", response=ProfileOut)
def get_profile(request: HttpRequest, platform: str = "") -> dict[str, object]:
    """What is believed of the caller's taste, on each axis the heaviest line first."""
    with inside(request, platform) as call:
        platform_id, user_id = call.platform.pk, call.actor.user_id
        person = accounts.find_user(user_id)
        taste = selectors.find_taste(platform_id=platform_id, user_id=user_id, now=call.now)
        return {
            "consents": person is not None and person.consents_to_personalisation,
            "since": taste.since if taste else None,
            "half_life_days": learning.HALF_LIFE_S // 86_400,
            "lines": _lines(platform_id, taste) if taste else [],
        }


@router.delete("/profile/lines/{axis}/{key}", response={204: None})
def remove_line(request: HttpRequest, axis: str, key: int, platform: str = "") -> Status[None]:
    """Take a line off: what was done until now no longer counts for it."""
    with inside(request, platform) as call:
        steering.remove_line(platform_id=call.platform.pk, actor=call.actor, axis=axis, key=key, now=call.now)
        return Status(204, None)


@router.get("/profile/acts/", response=ActPage)
def list_acts(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """What the caller did, newest first: all but impressions and clicks."""
    with inside(request, platform) as call:
        rows = selectors.log_of(platform_id=call.platform.pk, visitor=call.actor.visitor)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.delete("/profile/acts/", response=DeletedOut)
def delete_acts(
    request: HttpRequest,
    platform: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> dict[str, int]:
    """Delete what the caller did from `since` to before `until`, everything without them."""
    with inside(request, platform) as call:
        return {
            "deleted": steering.delete_history(
                platform_id=call.platform.pk, actor=call.actor, since=since, until=until, now=call.now
            )
        }


@router.get("/mutes/", response=list[MuteOut], auth=ANYBODY)
def list_mutes(request: HttpRequest, platform: str = "") -> list[dict[str, object]]:
    """What the caller does not want recommended, newest first."""
    with inside(request, platform) as call:
        said = selectors.muted(platform_id=call.platform.pk, visitor=call.actor.visitor)
        things = naming.things(platform_id=call.platform.pk, wanted=[(mute.kind, mute.key) for mute in said])
        shown: list[dict[str, object]] = []
        for mute in said:
            good = things.goods.get(mute.key) if mute.kind == "good" else None
            if mute.kind != "good" or good is not None:
                key, name = (good.pk, good.title) if good else (mute.key, _name(things, mute.kind, mute.key))
                shown.append({"kind": mute.kind, "key": key, "name": name, "at": mute.at})
        return shown


@router.put("/mutes/{kind}/{key}", response={204: None}, auth=ANYBODY)
def mute(request: HttpRequest, kind: str, key: int, platform: str = "") -> Status[None]:
    """Recommend nothing of a good, merchant, category or brand to the caller any more."""
    with inside(request, platform) as call:
        steering.mute(
            platform_id=call.platform.pk,
            actor=call.actor,
            kind=kind,
            key=key,
            is_noted=call.actor.is_signed_in,
            now=call.now,
        )
        return Status(204, None)


@router.delete("/mutes/{kind}/{key}", response={204: None}, auth=ANYBODY)
def unmute(request: HttpRequest, kind: str, key: int, platform: str = "") -> Status[None]:
    """Take it back."""
    with inside(request, platform) as call:
        steering.unmute(
            platform_id=call.platform.pk,
            actor=call.actor,
            kind=kind,
            key=key,
            is_noted=call.actor.is_signed_in,
            now=call.now,
        )
        return Status(204, None)


def _lines(platform_id: int, taste: Taste) -> list[dict[str, object]]:
    wanted = [(axis.value, line.key) for axis, lines in taste.lines.items() for line in lines]
    things = naming.things(platform_id=platform_id, wanted=wanted)
    return [_line(taste, things, axis, line) for axis, lines in taste.lines.items() for line in lines]


def _line(taste: Taste, things: Things, axis: Axis, line: Line) -> dict[str, object]:
    lowest, end = learning.bounds_of(line.key) if axis == Axis.PRICE else (None, None)
    return {
        "axis": axis.value,
        "key": line.key,
        "name": _name(things, axis.value, line.key),
        "share": round(taste.share(axis, line.key), 6),
        "weight": round(line.weight, 6),
        "acts": line.acts,
        "last_at": line.last_at,
        "price_from": lowest,
        "price_to": end,
    }


def _name(things: Things, kind: str, key: int) -> str:
    """What a key is called; price bands and hours say it by themselves."""
    named: dict[str, Mapping[int, object]] = {
        "category": things.categories,
        "brand": things.brands,
        "merchant": things.merchants,
    }
    return str(named.get(kind, {}).get(key, ""))
