"""Reads for the steward's page and for the shop: what the alliance is, has done and owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, QuerySet, Sum

from hansa.alliance.governance import audit
from hansa.alliance.governance import selectors as governance
from hansa.alliance.lake import tables
from hansa.alliance.lake.contracts import CONTRACTS
from hansa.alliance.lake.services import lake_root
from hansa.alliance.models import (
    AuditEvent,
    CoPurchase,
    GatewayMessage,
    Grant,
    JobRun,
    LakeInbox,
    LakeQuarantine,
    Member,
    SettlementBatch,
    SettlementItem,
)
from hansa.foundation.prepared import Prepared


@dataclass(frozen=True)
class LakeState:
    """A table of the lake: how it stands, what waits to get in, and what was turned away."""

    name: str
    meaning: str
    version: int | None
    rows: int
    files: int
    written_at: datetime | None
    waiting: int
    quarantined: int


@dataclass(frozen=True)
class Companion:
    """A product that is bought by the same people, anywhere in the alliance."""

    product_id: int
    buyers: int
    members: int
    strength_ppm: int


@dataclass(frozen=True)
class OpenDebt:
    """What one platform owes another and has not been settled, in minor units."""

    debtor: str
    creditor: str
    currency: str
    items: int
    amount: int


@dataclass(frozen=True)
class Pair:
    """Two products that the same people bought, by name."""

    product_id: int
    title: str
    other_id: int
    other_title: str
    buyers: int
    members: int
    strength_ppm: int

    @property
    def strength(self) -> float:
        """The squared cosine of the two buyer sets, from 0 to 1."""
        return self.strength_ppm / 1_000_000


@dataclass(frozen=True)
class Decisions:
    """How many calls the gateway let through and how many it refused, by reason."""

    accepted: int
    refused: dict[str, int]


def members() -> QuerySet[Member]:
    """Every member with its platform, in order of joining."""
    return governance.members()


def grants() -> QuerySet[Grant]:
    """Every leave ever given, the newest first."""
    return governance.grants()


def last_messages(limit: int = 50) -> Sequence[GatewayMessage]:
    """The last calls at the gateway, let through or refused, the newest first."""
    return list(
        GatewayMessage.objects.select_related("sender__platform", "receiver__platform").order_by("-pk")[
            :limit
        ]
    )


def job_runs(limit: int = 20) -> Sequence[JobRun]:
    """The last runs of joint jobs, the newest first."""
    return list(JobRun.objects.order_by("-pk")[:limit])


def audit_tail(limit: int = 50) -> Sequence[AuditEvent]:
    """The end of the audit chain, the newest line first."""
    return list(AuditEvent.objects.order_by("-sequence")[:limit])


def first_broken_audit_line() -> int | None:
    """Where the audit chain is broken, or None when it holds from end to end."""
    return audit.verify_chain()


def settlement_batches(limit: int = 20) -> Sequence[SettlementBatch]:
    """The last settlements, the newest first, with how many sales each holds."""
    batches = SettlementBatch.objects.select_related("debtor", "creditor").annotate(sales=Count("items"))
    return list(batches.order_by("-pk")[:limit])


def open_items(limit: int = 50) -> Sequence[SettlementItem]:
    """Sales that no settlement holds yet, the oldest first."""
    waiting = SettlementItem.objects.filter(batch__isnull=True).select_related("debtor", "creditor")
    return list(waiting.order_by("pk")[:limit])


def items_of_batch(batch_id: int) -> Sequence[SettlementItem]:
    """The sales that a settlement holds, the oldest first."""
    items = SettlementItem.objects.filter(batch_id=batch_id).select_related("debtor", "creditor")
    return list(items.order_by("pk"))


def open_debts() -> list[OpenDebt]:
    """What is open between platforms, direction by direction."""
    rows = (
        SettlementItem.objects.filter(batch__isnull=True)
        .values("debtor__code", "creditor__code", "currency")
        .annotate(items=Count("pk"), amount=Sum("amount"))
        .order_by("debtor__code", "creditor__code", "currency")
    )
    return [
        OpenDebt(row["debtor__code"], row["creditor__code"], row["currency"], row["items"], row["amount"])
        for row in rows
    ]


def open_pairs() -> list[tuple[int, int, str]]:
    """The pairs of platforms, by id, and currencies between which something is open."""
    rows = SettlementItem.objects.filter(batch__isnull=True).values_list(
        "debtor_id", "creditor_id", "currency"
    )
    return sorted({(min(one, two), max(one, two), currency) for one, two, currency in rows.distinct()})


def lake_tables() -> list[LakeState]:
    """The lake's tables with versions and row counts. Opens Delta logs: not before a process forks."""
    waiting = _counted(LakeInbox.objects.all())
    quarantined = _counted(LakeQuarantine.objects.all())
    states = [(contract, tables.state_of(lake_root(), contract)) for contract in CONTRACTS.values()]
    return [
        LakeState(
            name=contract.name,
            meaning=contract.meaning,
            version=state.version,
            rows=state.rows,
            files=state.files,
            written_at=state.written_at,
            waiting=waiting.get(contract.name, 0),
            quarantined=quarantined.get(contract.name, 0),
        )
        for contract, state in states
    ]


def co_purchased_with(*, product_id: int, limit: int = 8) -> list[Companion]:
    """What else the buyers of a product bought anywhere in the alliance, the strongest first; may be empty."""
    return [Companion(*row) for row in _companions(limit).all(product_id=product_id)]


@lru_cache(maxsize=64)
def _companions(limit: int) -> Prepared[tuple[int, ...]]:
    return Prepared(
        lambda product_id: (
            CoPurchase.objects.filter(product_id=product_id)
            .order_by("-run_id", "rank")
            .values_list("other_id", "buyers", "members", "strength_ppm")[:limit]
        )
    )


def strongest_pairs(limit: int = 20) -> list[Pair]:
    """The strongest pairs of the last run, each once, with the names of the products."""
    rows = CoPurchase.objects.order_by(
        "-run_id", "-strength_ppm", "-buyers", "product_id", "other_id"
    ).values_list(
        "product_id",
        "product__title",
        "other_id",
        "other__title",
        "buyers",
        "members",
        "strength_ppm",
    )
    pairs: dict[frozenset[int], Pair] = {}
    for row in rows[: 2 * limit]:  # a pair may stand there in both directions
        pairs.setdefault(frozenset((row[0], row[2])), Pair(*row))
    return list(pairs.values())[:limit]


def gateway_decisions() -> Decisions:
    """What the gateway has decided so far."""
    counted = {
        (row["accepted"], row["reason"]): row["count"]
        for row in GatewayMessage.objects.values("accepted", "reason").annotate(count=Count("pk"))
    }
    refused = {reason: count for (accepted, reason), count in sorted(counted.items()) if not accepted}
    return Decisions(sum(count for (accepted, _), count in counted.items() if accepted), refused)


def audit_length() -> int:
    """How many lines the audit chain has."""
    return AuditEvent.objects.count()


def _counted(rows: QuerySet[LakeInbox] | QuerySet[LakeQuarantine]) -> dict[str, int]:
    return {row["table"]: row["count"] for row in rows.values("table").annotate(count=Count("pk"))}
