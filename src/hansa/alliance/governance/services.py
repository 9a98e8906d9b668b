"""Admitting members and giving leave. Each act and its audit line commit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

from django.db import transaction

from hansa.alliance.governance import audit, keys, selectors
from hansa.alliance.models import Grant, Member
from hansa.commerce.accounts import selectors as accounts
from hansa.foundation.state import state_dir
from hansa.kernel.errors import InvalidInput, NotFound, Refused

SELL = "sell"  # the purpose of leave to sell another member's goods
FOUNDING_TERM = timedelta(days=365)


@dataclass(frozen=True)
class Leave:
    """What one member allows another: a capability or a dataset, for a purpose and a time, at a price."""

    giver: Member
    receiver: Member
    scope: str
    purpose: str
    not_before: datetime
    not_after: datetime
    fee_bp: int = 0


def key_folder() -> Path:
    """The folder of this installation's private keys."""
    return state_dir() / "keys"


@transaction.atomic
def admit_member(*, code: str, endpoint: str = "", actor_name: str, now: datetime) -> Member:
    """Take a platform into the alliance with a key of its own; admitting it again changes nothing.

    Refuses a platform that was suspended or has left: that takes a decision, not a repetition.
    """
    platform = accounts.get_platform(code)
    earlier = Member.objects.select_for_update().filter(platform=platform).first()
    if earlier is not None:
        if earlier.status != Member.Status.ACTIVE:
            raise Refused(f"{platform.code} is {earlier.status}; use reinstate_member")
        return earlier
    public = keys.create_signing_key(key_folder(), platform.code)
    member = Member.objects.create(
        platform=platform,
        key_id=public.key_id,
        public_key=public.pem,
        endpoint=endpoint.rstrip("/"),
        joined_at=now,
    )
    body = {"member": platform.code, "key_id": public.key_id, "endpoint": member.endpoint}
    audit.record(act="member.admitted", actor=actor_name, body=body, now=now)
    return member


def found_alliance(
    *, codes: Sequence[str], endpoint: str, fee_bp: int, actor_name: str, now: datetime
) -> list[Member]:
    """Admit these platforms and let each sell the others' goods for a finder's fee.

    For an alliance of equals, such as the demo's; others admit and grant one by one. Again changes
    nothing but the address where their gateways answer.
    """
    founders = [admit_member(code=code, endpoint=endpoint, actor_name=actor_name, now=now) for code in codes]
    for founder in founders:
        move_member(member=founder, endpoint=endpoint, actor_name=actor_name, now=now)
    for giver, receiver in permutations(founders, 2):
        for scope in ("stock.promise", "order.forward"):
            if (
                selectors.find_grant(giver=giver, receiver=receiver, scope=scope, purpose=SELL, now=now)
                is None
            ):
                fee = fee_bp if scope == "order.forward" else 0
                leave = Leave(giver, receiver, scope, SELL, now, now + FOUNDING_TERM, fee)
                grant(leave=leave, actor_name=actor_name, now=now)
    return founders


@transaction.atomic
def move_member(*, member: Member, endpoint: str, actor_name: str, now: datetime) -> None:
    """Note where a member's gateway answers from now on; the same address again changes nothing."""
    address = endpoint.rstrip("/")
    if Member.objects.filter(pk=member.pk).exclude(endpoint=address).update(endpoint=address):
        member.endpoint = address
        body = {"member": member.platform.code, "endpoint": address}
        audit.record(act="member.moved", actor=actor_name, body=body, now=now)


@transaction.atomic
def suspend_member(*, member: Member, reason: str, actor_name: str, now: datetime) -> None:
    """Keep a member's calls and data out until it is reinstated; doing it again changes nothing."""
    changed = Member.objects.filter(pk=member.pk, status=Member.Status.ACTIVE).update(
        status=Member.Status.SUSPENDED, revoked_at=now
    )
    if changed:
        body = {"member": member.platform.code, "reason": reason}
        audit.record(act="member.suspended", actor=actor_name, body=body, now=now)


@transaction.atomic
def reinstate_member(*, member: Member, actor_name: str, now: datetime) -> None:
    """Let a suspended member take part again; doing it again changes nothing."""
    changed = Member.objects.filter(pk=member.pk, status=Member.Status.SUSPENDED).update(
        status=Member.Status.ACTIVE, revoked_at=None
    )
    if changed:
        audit.record(
            act="member.reinstated", actor=actor_name, body={"member": member.platform.code}, now=now
        )


@transaction.atomic
def grant(*, leave: Leave, actor_name: str, now: datetime) -> Grant:
    """Give leave. Refuses one to oneself, over no time, or between members of which one is not active."""
    for member in (leave.giver, leave.receiver):
        member.refresh_from_db(fields=["status"])
        if member.status != Member.Status.ACTIVE:
            raise Refused(f"{member.platform.code} is {member.status}: it gives and takes no leave")
    if leave.giver.pk == leave.receiver.pk:
        raise InvalidInput(f"{leave.giver.platform.code} needs no leave from itself")
    if leave.not_after <= leave.not_before:
        raise InvalidInput(
            f"the leave would end at {leave.not_after}, before it begins at {leave.not_before}"
        )
    if not 0 <= leave.fee_bp <= 10_000:
        raise InvalidInput(f"a fee of {leave.fee_bp} basis points is not between 0 and 10000")
    given = Grant.objects.create(
        giver=leave.giver,
        receiver=leave.receiver,
        scope=leave.scope,
        purpose=leave.purpose,
        fee_bp=leave.fee_bp,
        not_before=leave.not_before,
        not_after=leave.not_after,
    )
    audit.record(act="grant.given", actor=actor_name, body=_said(given), now=now)
    return given


@transaction.atomic
def revoke(*, grant_id: int, actor_name: str, now: datetime) -> Grant:
    """End a leave at once; revoking it again changes nothing. Refuses an id that was never given."""
    given = Grant.objects.select_for_update().filter(pk=grant_id).first()
    if given is None:
        raise NotFound(f"there is no grant {grant_id}")
    if given.revoked_at is None:
        given.revoked_at = now
        given.save(update_fields=["revoked_at"])
        audit.record(act="grant.revoked", actor=actor_name, body=_said(given), now=now)
    return given


def _said(given: Grant) -> dict[str, object]:
    return {
        "grant": given.pk,
        "giver": given.giver.platform.code,
        "receiver": given.receiver.platform.code,
        "scope": given.scope,
        "purpose": given.purpose,
        "fee_bp": given.fee_bp,
        "not_before": given.not_before.isoformat(),
        "not_after": given.not_after.isoformat(),
    }
