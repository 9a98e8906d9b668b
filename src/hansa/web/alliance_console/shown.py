"""How the alliance console shows things: fingerprints, leave that holds or has ended, runs that agree, open pairs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.alliance.models import AuditEvent, GatewayMessage, Grant, JobRun, Member
from hansa.alliance.selectors import OpenDebt

_REASONS = {
    "unsigned": gettext_lazy("not signed"),
    "unknown_key": gettext_lazy("signed with a key that no member has"),
    "bad_signature": gettext_lazy("the signature does not fit"),
    "changed_body": gettext_lazy("the body was changed on its way"),
    "stale": gettext_lazy("too old"),
    "from_the_future": gettext_lazy("dated in the future"),
    "replayed": gettext_lazy("sent before: its nonce is spent"),
    "sender_not_active": gettext_lazy("the sender is no active member"),
    "receiver_not_active": gettext_lazy("the receiver is no active member"),
    "no_grant": gettext_lazy("no leave for this purpose"),
}
_SCOPES = {
    "stock.promise": gettext_lazy("ask what can be delivered"),
    "order.forward": gettext_lazy("have orders fulfilled"),
}


@dataclass(frozen=True)
class Key:
    """A member with the fingerprint of its public key, in groups that can be read aloud."""

    member: Member
    fingerprint: str


@dataclass(frozen=True)
class Leave:
    """A grant and whether it holds now."""

    grant: Grant
    what: str
    state: str
    word: str

    @property
    def can_end(self) -> bool:
        return self.state in {"active", "scheduled"}

    @property
    def fee_share(self) -> float:
        return self.grant.fee_bp / 10_000


@dataclass(frozen=True)
class Call:
    """A message at the gateway, with the reason of a refusal in words."""

    message: GatewayMessage
    what: str
    why: str


@dataclass(frozen=True)
class Run:
    """A run of a joint job, what it read, and the other engines that made the same of the same."""

    run: JobRun
    read: str
    agrees_with: list[str]
    differs_from: list[str]


@dataclass(frozen=True)
class OpenPair:
    """What is open between two platforms in one currency: both directions, and who would pay."""

    one: str
    two: str
    currency: str
    sales: int
    one_owes: int
    two_owes: int

    @property
    def debtor(self) -> str:
        return self.one if self.one_owes >= self.two_owes else self.two

    @property
    def creditor(self) -> str:
        return self.two if self.one_owes >= self.two_owes else self.one

    @property
    def net(self) -> int:
        return abs(self.one_owes - self.two_owes)


@dataclass(frozen=True)
class Line:
    """A line of the audit chain with its body as terms and values."""

    event: AuditEvent
    facts: list[tuple[str, str]]


def keys(members: Iterable[Member]) -> list[Key]:
    """A key's id ends with the first 16 hexadecimal digits of its SHA-256: the fingerprint."""
    found = []
    for member in members:
        digits = member.key_id.rpartition("-")[2]
        found.append(Key(member, " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))))
    return found


def leaves(grants: Iterable[Grant], *, now: datetime) -> list[Leave]:
    """Grants, each with its state now."""
    return [Leave(grant, scope_word(grant.scope), *_state(grant, now)) for grant in grants]


def calls(messages: Iterable[GatewayMessage]) -> list[Call]:
    return [
        Call(message, scope_word(message.scope), "" if message.accepted else reason_word(message.reason))
        for message in messages
    ]


def runs(found: Sequence[JobRun]) -> list[Run]:
    """Runs, each beside those of other engines with the same code, parameters and table versions."""
    alike: dict[str, list[JobRun]] = defaultdict(list)
    for run in found:
        alike[_recipe(run)].append(run)
    shown = []
    for run in found:
        others = [other for other in alike[_recipe(run)] if other.engine != run.engine]
        agrees = {other.engine for other in others if other.content_hash == run.content_hash}
        differs = {other.engine for other in others if other.content_hash != run.content_hash}
        read = ", ".join(f"{name} v{version}" for name, version in sorted(run.inputs.items()))
        shown.append(Run(run, read, sorted(agrees), sorted(differs)))
    return shown


def open_pairs(debts: Iterable[OpenDebt]) -> list[OpenPair]:
    """Both directions of each pair of platforms together, currency by currency."""
    amounts: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for debt in debts:
        one, two = sorted((debt.debtor, debt.creditor))
        sums = amounts[one, two, debt.currency]
        sums[0] += debt.items
        sums[1 if debt.debtor == one else 2] += debt.amount
    return [
        OpenPair(one, two, currency, sales, one_owes, two_owes)
        for (one, two, currency), (sales, one_owes, two_owes) in sorted(amounts.items())
    ]


def lines(events: Iterable[AuditEvent]) -> list[Line]:
    return [Line(event, [(term, _said(value)) for term, value in event.body.items()]) for event in events]


def reason_word(reason: str) -> str:
    """Why a call was refused, in the reader's language."""
    return str(_REASONS.get(reason, reason))


def scope_word(scope: str) -> str:
    """What a leave is for, in the reader's language."""
    return str(_SCOPES.get(scope, scope))


def _state(grant: Grant, now: datetime) -> tuple[str, str]:
    if grant.revoked_at is not None and grant.revoked_at <= now:
        return "revoked", _("ended early")
    if grant.not_after <= now:
        return "ended", _("run out")
    if grant.not_before > now:
        return "scheduled", _("to come")
    return "active", _("holds")


def _recipe(run: JobRun) -> str:
    return json.dumps([run.job, run.code_hash, run.params, run.inputs], sort_keys=True)


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
