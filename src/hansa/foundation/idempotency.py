"""Requests that may be sent twice: the same key and body get the same answer, another body is refused."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from psycopg.types.json import Jsonb

from hansa.foundation import statements
from hansa.foundation.models import IdempotencyRecord
from hansa.foundation.statements import Later, Rows
from hansa.kernel.errors import InvalidInput, Refused


class KeyUsedForAnotherRequest(Refused):
    """The key came before with another body."""

    code = "idempotency_key_reused"


def claim(*, scope: str, key: str, body: Any) -> Later[IdempotencyRecord | None]:
    """Claim a key in the running transaction, before its effect.

    Comes to None when the key is new: go on, the claim commits with the effect. Otherwise comes to the
    earlier record; a second request waits here until the first has committed or rolled back.
    Refuses a key that was used with another body.
    """
    if not key or len(key) > 255:
        raise InvalidInput("the idempotency key must have 1 to 255 characters")
    digest = _digest(body)

    def read(claimed: Rows) -> IdempotencyRecord | None:
        return None if claimed else _earlier(scope, key, digest)

    return statements.send(_CLAIM, [scope, key, digest], read)


def answer(*, scope: str, key: str, answer: Any) -> None:
    """Keep the answer beside its key, in the transaction of the effect."""
    statements.send(_ANSWER, [Jsonb(answer), scope, key])


def _earlier(scope: str, key: str, digest: str) -> IdempotencyRecord:
    earlier = IdempotencyRecord.objects.get(scope=scope, key=key)
    if earlier.body_hash != digest:
        raise KeyUsedForAnotherRequest(f"the key {key!r} was already used with another request")
    return earlier


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


_CLAIM = """
insert into idempotency_record (scope, key, body_hash, answer, at) values (%s, %s, %s, null, now())
on conflict do nothing returning 1
"""
_ANSWER = "update idempotency_record set answer = %s where scope = %s and key = %s"
