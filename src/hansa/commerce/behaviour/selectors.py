"""Reads of what people do, of what is made of it, and of what they said to that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from hansa.commerce.behaviour import learning
from hansa.commerce.behaviour.models import BehaviourEvent, Follow, ForgottenSpan, Mute, ProfileLine
from hansa.commerce.catalogue.models import Listing
from hansa.foundation import statements

Axis = ProfileLine.Axis
NO_ACTS = ("impression", "click")  # exposure and what came of it: no act of its own


@dataclass(frozen=True)
class Line:
    """One line of a profile: what it weighs now, in looks of today, how many acts it comes from, and the last."""

    key: int
    weight: float
    acts: int
    last_at: datetime


@dataclass(frozen=True)
class Taste:
    """A person's profile on one platform as of a moment; on each axis the heaviest line first."""

    since: datetime
    lines: Mapping[Axis, tuple[Line, ...]]

    def share(self, axis: Axis, key: int) -> float:
        """Which part of all that weighs for something on an axis a line has; nought for what weighs against."""
        line = self._found[axis].get(key)
        return max(0.0, line.weight) / self._whole[axis] if line and self._whole[axis] else 0.0

    @cached_property
    def _found(self) -> dict[Axis, dict[int, Line]]:
        return {axis: {line.key: line for line in lines} for axis, lines in self.lines.items()}

    @cached_property
    def _whole(self) -> dict[Axis, float]:
        return {axis: sum(max(0.0, line.weight) for line in lines) for axis, lines in self.lines.items()}


@dataclass(frozen=True)
class Mutes:
    """What must not be recommended to a visitor; categories with all that stand below them."""

    products: frozenset[int] = frozenset()
    offers: frozenset[int] = frozenset()
    merchants: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    brands: Mapping[int, str] = field(default_factory=dict)

    def cover(self, listing: Listing) -> bool:
        """Whether a listing is not to be recommended. Its product is read for the brand, where brands are muted."""
        return (
            listing.product_id in self.products
            or listing.merchant_id in self.merchants
            or listing.category_id in self.categories
            or bool(self.brands and listing.product.brand in self.brands.values())
        )


@dataclass(frozen=True)
class SeenAct:
    """An act of a visitor: with a good, or a search's words; ``value`` is units, stars, or how much was found."""

    kind: str
    listing_id: int | None
    offer_id: int | None
    product_id: int | None
    value: int | None
    words: str
    at: datetime


@dataclass(frozen=True)
class Span:
    """A time from a moment to before another."""

    since: datetime
    until: datetime


def find_taste(*, platform_id: int, user_id: int | None, now: datetime) -> Taste | None:
    """A person's profile as of now: the heaviest lines first. None for whom none is kept, and without their consent."""
    if user_id is None:
        return None
    rows = statements.run(_TASTE, {"platform": platform_id, "user": user_id})
    if not rows:
        return None
    lines: dict[Axis, list[Line]] = {axis: [] for axis in Axis}
    for _, axis, key, mass, acts, last_at in rows:
        if axis is not None:
            lines[Axis(axis)].append(Line(key, learning.faded(mass, now), acts, last_at))
    heaviest = {axis: sorted(some, key=lambda line: (-line.weight, line.key)) for axis, some in lines.items()}
    return Taste(rows[0][0], {axis: tuple(some) for axis, some in heaviest.items()})


def mutes_of(*, platform_id: int, visitor: str) -> Mutes:
    """What a visitor said not to be interested in, in one round trip."""
    found: dict[str, dict[int, str]] = {
        kind: {} for kind in ("good", "offer", "merchant", "category", "brand")
    }
    for kind, key, name in statements.run(_MUTED, {"platform": platform_id, "visitor": visitor}):
        found[kind][key] = name
    return Mutes(
        products=frozenset(found["good"]),
        offers=frozenset(found["offer"]),
        merchants=frozenset(found["merchant"]),
        categories=frozenset(found["category"]),
        brands=found["brand"],
    )


def muted(*, platform_id: int, visitor: str) -> list[Mute]:
    """The same as it was said, newest first."""
    return list(Mute.objects.filter(platform_id=platform_id, visitor=visitor).order_by("-at", "-pk"))


def acts_of(*, platform_id: int, visitor: str, limit: int = 200) -> list[SeenAct]:
    """A visitor's newest acts, newest first: all but impressions and clicks."""
    asked = {"platform": platform_id, "visitor": visitor, "limit": limit}
    return [SeenAct(*row) for row in statements.run(_ACTS, asked)]


def log_of(*, platform_id: int, visitor: str) -> QuerySet[BehaviourEvent]:
    """A visitor's acts as they stand in the log: all but impressions and clicks."""
    mine = BehaviourEvent.objects.filter(platform_id=platform_id, visitor=visitor)
    return mine.exclude(kind__in=NO_ACTS)


def forgotten_spans(*, platform_id: int, user_id: int | None) -> list[Span]:
    """The times whose acts a person had deleted: nothing is recommended for purchases of then either."""
    spans = ForgottenSpan.objects.filter(platform_id=platform_id, user_id=user_id or 0)
    return [Span(since, until) for since, until in spans.values_list("since", "until")]


def is_following(*, user_id: int | None, merchant_id: int) -> bool:
    """Say whether this person follows the merchant."""
    return user_id is not None and Follow.objects.filter(user_id=user_id, merchant_id=merchant_id).exists()


def count_followers(merchant_id: int) -> int:
    """How many people follow the merchant."""
    return Follow.objects.filter(merchant_id=merchant_id).count()


_TASTE = """
select p.since, l.axis, l.key, l.mass, l.acts, l.last_at
from behaviour_profile p
join accounts_user u on u.id = p.user_id and u.consents_to_personalisation
left join behaviour_profileline l on l.profile_id = p.id
where p.platform_id = %(platform)s and p.user_id = %(user)s
"""
# By the index that leaves exposure out: the condition stands here as it stands there.
_ACTS = """
select e.kind, e.listing_id, l.offer_id, l.product_id, e.value, e.words, e.at
from (
  select * from behaviour_behaviourevent
  where platform_id = %(platform)s and visitor = %(visitor)s and not (kind in ('impression', 'click'))
  order by at desc, id desc limit %(limit)s
) e left join catalogue_listing l on l.id = e.listing_id
order by e.at desc, e.id desc
"""
_MUTED = """
with recursive mine as materialized (
  select kind, key from behaviour_mute where platform_id = %(platform)s and visitor = %(visitor)s
), below (id) as (
  select key from mine where kind = 'category'
  union select c.id from catalogue_category c join below on c.parent_id = below.id
)
select mine.kind, mine.key, coalesce(b.name, '')
from mine left join catalogue_brand b on mine.kind = 'brand' and b.id = mine.key where mine.kind <> 'category'
union all select 'category', id, '' from below
union all select 'offer', l.offer_id, ''
from mine join catalogue_listing l on l.product_id = mine.key and l.platform_id = %(platform)s where mine.kind = 'good'
"""
