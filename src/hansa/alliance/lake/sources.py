"""History read in bulk out of PostgreSQL: COPY into Arrow, a slice of ids at a time, identities made tokens.

The only place of the alliance that knows commerce's tables by name: a selector of rows would cost ten
times as much on a million lines. It reads, never writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
from django.db import connection

from hansa.alliance.lake.contracts import BEHAVIOUR, ORDER_LINES, TableContract
from hansa.alliance.lake.tokens import token_of_user
from hansa.foundation import tenancy

SLICE = 200_000
_USER = "user_id"  # who it was; becomes `subject` before anything else sees it

_PAID_LINES = """
select platform.code as member, line.id as event_id, person.id as user_id, variant.product_id, line.offer_id,
       line.quantity, line.total, owner.currency,
       (extract(epoch from line.placed_at) * 1000000)::bigint as placed_at
from orders_orderline line
join orders_order owner on owner.id = line.order_id
join accounts_platform platform on platform.id = line.platform_id
join catalogue_offer offer on offer.id = line.offer_id
join catalogue_variant variant on variant.id = offer.variant_id
left join accounts_user person on person.id = line.buyer_id and person.consents_to_personalisation
where line.id > {after} and not line.is_void
  and (owner.status in ('paid', 'shipped', 'delivered')
       or exists (select from orders_orderstatuschange step
                  where step.order_id = owner.id and step.new = 'paid'))
order by line.id limit {limit}
"""

_ACTS = """
select platform.code as member, act.id as event_id, person.id as user_id, act.kind, listing.product_id,
       listing.offer_id, act.value,
       (extract(epoch from act.at) * 1000000)::bigint as at
from behaviour_behaviourevent act
join accounts_platform platform on platform.id = act.platform_id
left join catalogue_listing listing on listing.id = act.listing_id
left join accounts_user person on person.id = act.user_id and person.consents_to_personalisation
where act.id > {after}
  and act.kind in ('view', 'cart', 'purchase', 'rating', 'follow', 'unfollow', 'hide')
order by act.id limit {limit}
"""


@dataclass(frozen=True)
class Source:
    """Where a lake table's history comes from."""

    contract: TableContract
    query: str


SOURCES = (Source(ORDER_LINES, _PAID_LINES), Source(BEHAVIOUR, _ACTS))


def slices_of(source: Source, *, key: bytes, size: int = SLICE) -> Iterator[pa.Table]:
    """Yield the history in id order as typed rows without ``bucket``, ready to be checked.

    Each slice is read in a short transaction of its own, so that nothing stays open while it is written.
    """
    after = 0
    while True:
        with tenancy.as_alliance():
            raw = _copied(source, source.query.format(after=after, limit=size))
        if raw.num_rows:
            yield _named_by_token(raw, source.contract, key=key)
            after = pc.max(raw["event_id"]).as_py()
        if raw.num_rows < size:
            return


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
