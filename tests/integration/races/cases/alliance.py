"""A race at the gate between platforms: a member is revoked while its call is on its way in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from hansa.alliance.gateway import services as gateway
from hansa.alliance.gateway.signing import CallRefused
from hansa.alliance.governance import services as governance
from hansa.alliance.models import AuditEvent
from tests.factories import NOON
from tests.integration.alliance.scene import a_call, a_pair, leave
from tests.integration.races.harness import Answer, Begin, Case, Race

SCOPE = "stock.promise"


def revoked_member() -> Begin:
    """By the audit chain, no call is let in after its sender was suspended or its leave was revoked."""
    pair = a_pair()
    since = 0

    def begin(number: int, many: int) -> Case:
        nonlocal since
        later = NOON + timedelta(seconds=1)
        governance.reinstate_member(member=pair.seller, actor_name="steward", now=NOON)
        for grant in pair.grants:
            governance.revoke(grant_id=grant.pk, actor_name="steward", now=later)
        pair.grants[:] = [leave(pair.fulfiller, pair.seller, SCOPE)]
        since = AuditEvent.objects.latest("sequence").sequence
        calls = [
            partial(
                gateway.admit,
                a_call(pair, nonce=f"nonce-{number:04}-{place}"),
                receiver_code="alster",
                scope=SCOPE,
                now=NOON,
            )
            for place in range(many - 1)
        ]
        revoke = (
            partial(
                governance.suspend_member, member=pair.seller, reason="no", actor_name="steward", now=later
            )
            if number % 2
            else partial(governance.revoke, grant_id=pair.grants[0].pk, actor_name="steward", now=later)
        )

        def insist(answers: Sequence[Answer]) -> None:
            chain = AuditEvent.objects.filter(sequence__gt=since).order_by("sequence")
            acts = [each.act for each in chain]
            end = acts.index("member.suspended" if number % 2 else "grant.revoked")
            assert acts[:end] == ["gateway.accepted"] * end, acts
            assert acts[end + 1 :] == ["gateway.refused"] * (many - 1 - end), acts
            assert sum(isinstance(each, CallRefused) for each in answers) == many - 1 - end

        return Case([*calls, revoke], insist)

    return begin


RACES = [Race("member revoke x in-flight message", revoked_member)]
