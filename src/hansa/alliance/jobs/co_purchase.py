"""Which products the same people buy anywhere in the alliance. One ibis expression for every engine.

Portable on purpose: whole numbers, exact distinct counts, a total order in every window, no engine's
own functions, explicit nulls, and a final ``select`` in the order of ``RESULT``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

import ibis
import pyarrow as pa
from ibis import _

from hansa.kernel.errors import BrokenInvariant, InvalidInput

NAME = "co-purchase"
READS = ("order_lines",)
RESULT = pa.schema(
    [
        pa.field("product_id", pa.int64(), nullable=False),
        pa.field("other_id", pa.int64(), nullable=False),
        pa.field("buyers", pa.int64(), nullable=False),
        pa.field("members", pa.int64(), nullable=False),
        pa.field("strength_ppm", pa.int64(), nullable=False),
        pa.field("rank", pa.int64(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Params:
    """What the members approve when they approve a run.

    ``members`` whose lines are read; ``since`` to before ``until``, in UTC; a pair is released when at
    least ``least_buyers`` people at ``least_members`` members bought both; ``most_products`` is what one
    person can contribute, so that nobody who buys everything shapes the result; ``top`` pairs a product.
    """

    members: Sequence[str]
    since: datetime
    until: datetime
    least_buyers: int = 10
    least_members: int = 2
    most_products: int = 100
    top: int = 20

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise InvalidInput("the window of co-purchase takes times with a zone")
        if self.since >= self.until:
            raise InvalidInput(f"the window of co-purchase is empty: {self.since} to {self.until}")
        if len(set(self.members)) != len(self.members) or any(not member for member in self.members):
            raise InvalidInput(f"each member is named once: {list(self.members)}")
        if not 1 <= self.least_members <= len(self.members):
            raise InvalidInput(
                f"pairs bought at {self.least_members} members cannot come from {list(self.members)}"
            )
        if self.least_buyers < 2:
            raise InvalidInput(
                "a pair that one person bought is never released: least_buyers must be 2 or more"
            )
        if self.most_products < 2 or self.top < 1:
            raise InvalidInput("most_products must be at least 2 and top at least 1")


def expression(tables: Mapping[str, ibis.Table], params: Params) -> ibis.Table:
    """Pairs of products with their buyers, contributing members, strength and rank, as `RESULT` says.

    Strength is the squared cosine of the two buyer sets, buyers²/(a·b) in millionths, rounded down: it
    ranks pairs by how much more often they meet than their popularity alone would make them.
    """
    bought = _bought(tables["order_lines"], params)
    popular = (
        bought.group_by("product_id").agg(buyers_of=_.count()).filter(_.buyers_of >= params.least_buyers)
    )
    pairs = _pairs(_profiles(bought, popular, params), params)
    return _ranked(pairs, popular, params)


def check_release(result: pa.Table, params: Params) -> None:
    """Look at what leaves the room once more; refuses, as our own fault, a group that is too small."""
    rows = zip(
        result["buyers"].to_pylist(), result["members"].to_pylist(), result["rank"].to_pylist(), strict=True
    )
    for buyers, members, rank in rows:
        if buyers < params.least_buyers or members < params.least_members or rank > params.top:
            raise BrokenInvariant(
                f"co-purchase would release {buyers} buyers at {members} members, rank {rank}"
            )


def _flag(position: int) -> str:
    return f"at_{position}"


def _bought(lines: ibis.Table, params: Params) -> ibis.Table:
    """One row for each person and product, with a flag for each member where it was bought."""
    in_window = lines.filter(
        lines.subject.notnull(),
        lines.member.isin(list(params.members)),
        lines.placed_at >= ibis.literal(params.since, type="timestamp('UTC')"),
        lines.placed_at < ibis.literal(params.until, type="timestamp('UTC')"),
    )
    flags = {
        _flag(position): (in_window.member == member).cast("int64").max()
        for position, member in enumerate(params.members)
    }
    return in_window.group_by("subject", "product_id").agg(
        times=in_window.count(), last_at=in_window.placed_at.max(), **flags
    )


def _profiles(bought: ibis.Table, popular: ibis.Table, params: Params) -> ibis.Table:
    """Each person's most bought products; rare products cannot be in a pair that is released."""
    known = bought.semi_join(popular, "product_id")
    most_bought = ibis.window(
        group_by=known.subject,
        order_by=[known.times.desc(), known.last_at.desc(), known.product_id.asc()],
    )
    place = known.mutate(place=ibis.row_number().over(most_bought))
    return place.filter(place.place < params.most_products).drop("place", "times", "last_at")


def _pairs(profiles: ibis.Table, params: Params) -> ibis.Table:
    """Both directions of each pair that enough people at enough members bought."""
    one, two = profiles, profiles.view()
    met = one.join(two, [one.subject == two.subject, one.product_id < two.product_id], rname="{name}_two")
    flags = [_flag(position) for position in range(len(params.members))]
    counted = met.group_by("product_id", "product_id_two").agg(
        buyers=met.count(),
        **{flag: ibis.greatest(met[flag], met[f"{flag}_two"]).max() for flag in flags},
    )
    members = reduce(lambda total, flag: total + counted[flag], flags[1:], counted[flags[0]])
    strong = counted.mutate(members=members).filter(
        _.buyers >= params.least_buyers, _.members >= params.least_members
    )
    there = strong.select(
        product_id=strong.product_id,
        other_id=strong.product_id_two,
        buyers=strong.buyers,
        members=strong.members,
    )
    back = strong.select(
        product_id=strong.product_id_two,
        other_id=strong.product_id,
        buyers=strong.buyers,
        members=strong.members,
    )
    return there.union(back)


def _ranked(pairs: ibis.Table, popular: ibis.Table, params: Params) -> ibis.Table:
    own, others = popular, popular.view()
    joined = pairs.join(own, pairs.product_id == own.product_id)
    sized = joined.join(others, joined.other_id == others.product_id, rname="{name}_other")
    squared = sized.buyers.cast("int64") * sized.buyers * 1_000_000
    strength = (squared // (sized.buyers_of * sized.buyers_of_other)).cast("int64")
    scored = sized.select("product_id", "other_id", "buyers", "members", strength_ppm=strength)
    best = ibis.window(
        group_by=scored.product_id,
        order_by=[scored.strength_ppm.desc(), scored.buyers.desc(), scored.other_id.asc()],
    )
    ranked = scored.mutate(rank=ibis.row_number().over(best) + 1)
    kept = ranked.filter(ranked.rank <= params.top)
    return kept.select([kept[field.name].cast("int64").name(field.name) for field in RESULT])
