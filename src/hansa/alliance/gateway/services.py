"""The gate: whether a signed call may pass, and the calls we make ourselves.

Every decision leaves a message and one audit line, committed before the call has any effect; so a nonce
is spent even when what was asked for is then refused, and a repetition needs a new signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from hansa.alliance.gateway import client, signing
from hansa.alliance.gateway.signing import CallRefused, Reason, Request, Signed
from hansa.alliance.governance import audit, keys
from hansa.alliance.governance import selectors as governance
from hansa.alliance.governance.services import key_folder
from hansa.alliance.models import GatewayMessage, Grant, Member
from hansa.kernel import ids
from hansa.kernel.errors import InvalidInput

PATHS: Mapping[str, str] = {"stock.promise": "stock-promises", "order.forward": "orders"}


@dataclass(frozen=True)
class Admitted:
    """A call that may pass: who calls whom, under which leave."""

    sender: Member
    receiver: Member
    grant: Grant
    idempotency_key: str


def admit(request: Request, *, receiver_code: str, scope: str, now: datetime) -> Admitted:
    """Let a call pass or refuse it with CallRefused and the reason; either way it is written down.

    Passes a call of an active member that is signed with the key the registry holds for it, within a minute
    of our clock, with a nonce never used before, over this very body, under a leave for scope and purpose.
    Must be called outside any transaction: a refusal is kept although it is raised.
    """
    receiver = governance.get_member(receiver_code)
    signed: Signed | None = None
    try:
        signed = signing.read(request)
        return _decide(request, signed, receiver, scope, now)
    except CallRefused as refusal:
        _keep_refusal(refusal, signed, receiver, scope, now)
        raise


def call_member(
    *,
    sender: Member,
    receiver: Member,
    scope: str,
    purpose: str,
    body: Mapping[str, object],
    now: datetime,
    idempotency_key: str = "",
) -> Mapping[str, object]:
    """Call another member's gateway in our member's name and answer what it says.

    Refusals of the other side come back as our own kinds; Unavailable when it does not answer in time,
    and then the same idempotency key may be sent again. Must be called outside any transaction.
    """
    if scope not in PATHS:
        raise InvalidInput(f"there is no capability {scope!r}; there are: {', '.join(PATHS)}")
    if not receiver.endpoint:
        raise InvalidInput(f"{receiver.platform.code} has told no endpoint")
    request = Request(
        method="POST",
        url=f"{receiver.endpoint}/alliance/v1/{receiver.platform.code}/{PATHS[scope]}",
        body=client.encoded(body),
        headers={"content-type": "application/json"},
    )
    signing.sign(
        request,
        key_id=sender.key_id,
        private_key=keys.signing_key(key_folder(), sender.key_id),
        purpose=purpose,
        nonce=ids.token(),
        idempotency_key=idempotency_key or ids.token(),
        now=now,
    )
    return client.send(request)


def _decide(request: Request, signed: Signed, receiver: Member, scope: str, now: datetime) -> Admitted:
    sender = _active_sender(signed)
    signing.verify(request, signed, public_key=sender.public_key, now=now)
    try:
        grant = _let_in(signed, sender, receiver, scope, now)
    except IntegrityError as error:
        raise CallRefused(Reason.REPLAYED, "this call was made before: its nonce is spent") from error
    return Admitted(sender, receiver, grant, request.headers[signing.IDEMPOTENCY_KEY])


@transaction.atomic
def _let_in(signed: Signed, sender: Member, receiver: Member, scope: str, now: datetime) -> Grant:
    """Write the call down, and only then look whether it may pass: a refusal undoes the writing.

    Whoever suspends or revokes writes into the audit chain as well, so that they come before the call or after it.
    """
    _keep(signed, sender, receiver, scope, now)
    _active_sender(signed)
    receiver.refresh_from_db(fields=["status"])
    if receiver.status != Member.Status.ACTIVE:
        raise CallRefused(Reason.RECEIVER_NOT_ACTIVE, f"{receiver.platform.code} is {receiver.status}")
    grant = governance.find_grant(
        giver=receiver, receiver=sender, scope=scope, purpose=signed.purpose, now=now
    )
    if grant is None or grant.revoked_at is not None:  # revoked is revoked, whatever our two clocks say
        said = f"{receiver.platform.code} has given {sender.platform.code} no leave for {scope}"
        raise CallRefused(Reason.NO_GRANT, f"{said} to {signed.purpose[:60]!r}")
    return grant


def _active_sender(signed: Signed) -> Member:
    sender = governance.find_member_by_key(signed.key_id)
    if sender is None:
        raise CallRefused(Reason.UNKNOWN_KEY, f"no member has the key {signed.key_id[:80]!r}")
    if sender.status != Member.Status.ACTIVE:
        raise CallRefused(Reason.SENDER_NOT_ACTIVE, f"{sender.platform.code} is {sender.status}")
    return sender


def _keep(signed: Signed, sender: Member, receiver: Member, scope: str, now: datetime) -> None:
    GatewayMessage.objects.create(
        sender=sender,
        receiver=receiver,
        nonce=signed.nonce,
        scope=scope,
        purpose=signed.purpose[:60],
        accepted=True,
        issued_at=signed.created,
        received_at=now,
    )
    body = {
        "receiver": receiver.platform.code,
        "scope": scope,
        "purpose": signed.purpose,
        "nonce": signed.nonce,
    }
    audit.record(act="gateway.accepted", actor=sender.platform.code, body=body, now=now)


@transaction.atomic
def _keep_refusal(
    refusal: CallRefused, signed: Signed | None, receiver: Member, scope: str, now: datetime
) -> None:
    claimed = governance.find_member_by_key(signed.key_id) if signed else None
    GatewayMessage.objects.create(
        sender=claimed,
        receiver=receiver,
        nonce=signed.nonce if signed else "",
        scope=scope,
        purpose=signed.purpose[:60] if signed else "",
        accepted=False,
        reason=refusal.reason.value,
        issued_at=signed.created if signed else None,
        received_at=now,
    )
    body = {
        "receiver": receiver.platform.code,
        "scope": scope,
        "reason": refusal.reason.value,
        "claimed_key": signed.key_id[:80] if signed else "",
    }
    actor = f"claims to be {claimed.platform.code}" if claimed else "somebody unknown"
    audit.record(act="gateway.refused", actor=actor, body=body, now=now)
