"""History read in bulk out of PostgreSQL: COPY into Arrow, a slice of ids at a time, identities made tokens.

The only place of the alliance that knows commerce's tables by name: a selector of rows would cost ten
times as much on a million lines. It reads, never writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pyarrow as pa
import pyarrow.csv as csv
from django.db import connection

from hansa.alliance.lake.contracts import BEHAVIOUR, ORDER_LINES, TableContract
from hansa.alliance.lake.tokens import token_of_user
from hansa.foundation import tenancy

SLICE = 200_000
_USER = "user_id"  # who it was; becomes `subject` before anything else sees it

# A slice is cut out by its ids before anything is joined: behind the tenant walls the planner guesses that
# few rows pass, and would otherwise walk every order once for each slice.
_PAID_LINES = """
with line as materialized (
  select * from orders_orderline where id > {after} and id <= {until} and not is_void
)
select platform.code as member, line.id as event_id, person.id as user_id, variant.product_id, line.offer_id,
       line.quantity, line.total, owner.currency,
       (extract(epoch from line.placed_at) * 1000000)::bigint as placed_at
from line
join orders_order owner on owner.id = line.order_id
join accounts_platform platform on platform.id = line.platform_id
join catalogue_offer offer on offer.id = line.offer_id
join catalogue_variant variant on variant.id = offer.variant_id
left join accounts_user person on person.id = line.buyer_id and person.consents_to_personalisation
where owner.status in ('paid', 'shipped', 'delivered')
   or exists (select from orders_orderstatuschange step where step.order_id = owner.id and step.new = 'paid')
order by line.id
"""

_ACTS = """
with act as materialized (
  select * from behaviour_behaviourevent where id > {after} and id <= {until}
  and kind in ('view', 'cart', 'purchase', 'rating', 'follow', 'unfollow', 'hide')
)
select platform.code as member, act.id as event_id, person.id as user_id, act.kind, listing.product_id,
       listing.offer_id, act.value,
       (extract(epoch from act.at) * 1000000)::bigint as at
from act
join accounts_platform platform on platform.id = act.platform_id
left join catalogue_listing listing on listing.id = act.listing_id
left join accounts_user person on person.id = act.user_id and person.consents_to_personalisation
order by act.id
"""


@dataclass(frozen=True)
class Source:
    """Where a lake table's history comes from."""

    contract: TableContract
    table: str
    query: str


SOURCES = (
    Source(ORDER_LINES, "orders_orderline", _PAID_LINES),
    Source(BEHAVIOUR, "behaviour_behaviourevent", _ACTS),
)


def slices_of(source: Source, *, key: bytes, size: int = SLICE) -> Iterator[pa.Table]:
    """Yield the history in id order as typed rows without ``bucket``, ready to be checked.

    Each slice is read in a short transaction of its own, so that nothing stays open while it is written.
    """
    first, last = _span(source)
    for after in range(first - 1, last, size):
        with tenancy.as_alliance():
            raw = _copied(source, source.query.format(after=after, until=after + size))
        if raw.num_rows:
            yield _named_by_token(raw, source.contract, key=key)


def _span(source: Source) -> tuple[int, int]:
    with tenancy.as_alliance(), connection.cursor() as cursor:
        cursor.execute(f"select coalesce(min(id), 1), coalesce(max(id), 0) from {source.table}")  # noqa: S608
        first, last = cursor.fetchone()
    return first, last


def _copied(source: Source, query: str) -> pa.Table:
    buffer = BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy ({query}) to stdout with (format csv, header)") as rows,
    ):
        for block in rows:
            buffer.write(block)
    buffer.seek(0)
    kinds = {field.name: _as_copied(field.type) for field in source.contract.schema} | {_USER: pa.int64()}
    options = csv.ConvertOptions(
        column_types=kinds, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    return csv.read_csv(buffer, convert_options=options)


def _as_copied(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_timestamp(kind) else kind


def _named_by_token(raw: pa.Table, contract: TableContract, *, key: bytes) -> pa.Table:
    """Replace each person's number by the token; a person is hashed once, not once a row."""
    users = raw[_USER].combine_chunks().dictionary_encode()
    tokens = pa.array([token_of_user(user, key=key) for user in users.dictionary.to_pylist()], pa.string())
    subject = tokens.take(users.indices)
    named = raw.drop_columns([_USER]).append_column("subject", subject)
    given = pa.schema([field for field in contract.schema if field.name != "bucket"])
    fields = [pa.field(field.name, field.type) for field in given]
    return named.select(given.names).cast(pa.schema(fields))
