"""Planning demand and stock: forecast, propose, accept, receive. Each run supersedes what was still open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue.models import Listing, Offer
from hansa.commerce.planning import adapters, selectors
from hansa.commerce.planning.adapters import Advice, OfferForecast, Position
from hansa.commerce.planning.events import GoodsReceived, PurchaseOrderPlaced, ReorderProposed
from hansa.commerce.planning.models import Forecast, ForecastRun, PurchaseOrder, ReorderProposal
from hansa.commerce.stock import services as stock
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import InvalidInput, NotFound, Refused

HISTORY_DAYS = 364
HORIZON_DAYS = 28
SEED = 20_260_301
MOST_UNITS = 1_000_000


def plan_platform(
    *,
    platform_id: int,
    now: datetime,
    most_offers: int = 3_000,
    seed: int = SEED,
    merchant_ids: Iterable[int] | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> int:
    """Forecast the best-selling goods of a platform (or of some merchants) and propose orders.

    One run for each merchant, each saved in a transaction of its own, so that a merchant who fails stops
    nobody else. Answers the number of runs. ``tell`` hears (done, all). Opens its own scopes.
    """
    last = now.date() - timedelta(days=1)  # today is not over yet
    first = last - timedelta(days=HISTORY_DAYS - 1)
    with tenancy.as_platform(platform_id):
        sales = selectors.daily_sales(
            platform_id=platform_id,
            first=first,
            last=last,
            most_offers=most_offers,
            merchant_ids=merchant_ids,
        )
        owners = dict(Offer.objects.filter(pk__in=sales).values_list("pk", "merchant_id"))
    if not sales:
        return 0
    forecasts, made = adapters.forecast(sales, first=first, last=last, horizon=HORIZON_DAYS, seed=seed)
    by_merchant: dict[int, list[OfferForecast]] = defaultdict(list)
    for one in forecasts:
        by_merchant[owners[one.offer_id]].append(one)
    for done, (merchant_id, theirs) in enumerate(sorted(by_merchant.items()), start=1):
        with tenancy.as_platform(platform_id):
            _save_run(platform_id, merchant_id, last, theirs, made, now, seed)
        if tell:
            tell(done, len(by_merchant))
    return len(by_merchant)


@transaction.atomic
def accept_proposal(
    *, actor: Actor, platform_id: int, proposal_id: int, units: int | None = None, now: datetime
) -> PurchaseOrder:
    """Order what a proposal advises, or another number of units; accepting again answers the same order.

    Refuses another merchant's proposal, odd numbers, and proposals that are no longer open.
    """
    proposal = _locked_proposal(actor, platform_id, proposal_id)
    if proposal.status == ReorderProposal.Status.ACCEPTED:
        return PurchaseOrder.objects.get(proposal=proposal)
    _insist_open(proposal)
    wanted = proposal.units if units is None else units
    if not 1 <= wanted <= MOST_UNITS:
        raise InvalidInput(f"between 1 and {MOST_UNITS:,} units can be ordered, not {wanted}")
    offer = proposal.offer
    order = PurchaseOrder.objects.create(
        platform_id=platform_id,
        proposal=proposal,
        merchant_id=proposal.merchant_id,
        offer=offer,
        warehouse_id=proposal.warehouse_id,
        units=wanted,
        unit_cost=offer.unit_cost,
        ordered_at=now,
        expected_on=now.date() + timedelta(days=offer.lead_time_days),
    )
    _decide(proposal, ReorderProposal.Status.ACCEPTED, actor, now)
    outbox.record(
        PurchaseOrderPlaced(
            platform_id=platform_id,
            purchase_order_id=order.pk,
            merchant_id=order.merchant_id,
            offer_id=order.offer_id,
            units=wanted,
            at=now.isoformat(),
        )
    )
    return order


@transaction.atomic
def reject_proposal(*, actor: Actor, platform_id: int, proposal_id: int, now: datetime) -> None:
    """Turn a proposal down. Refuses one that is no longer open."""
    proposal = _locked_proposal(actor, platform_id, proposal_id)
    if proposal.status == ReorderProposal.Status.REJECTED:
        return
    _insist_open(proposal)
    _decide(proposal, ReorderProposal.Status.REJECTED, actor, now)


@transaction.atomic
def receive_purchase_order(
    *, actor: Actor, platform_id: int, purchase_order_id: int, now: datetime
) -> PurchaseOrder:
    """Put ordered goods on hand; receiving them again changes nothing. Refuses another merchant's order."""
    order = (
        PurchaseOrder.objects.select_for_update()
        .filter(platform_id=platform_id, pk=purchase_order_id)
        .first()
    )
    if order is None or not _may_run(actor, order.merchant_id, platform_id):
        raise NotFound(f"there is no purchase order {purchase_order_id} of yours here")
    if order.status == PurchaseOrder.Status.RECEIVED:
        return order
    if order.status != PurchaseOrder.Status.ORDERED:
        raise Refused(f"purchase order {purchase_order_id} is {order.status}")
    stock.receive(
        platform_id=platform_id,
        offer_id=order.offer_id,
        warehouse_id=order.warehouse_id,
        quantity=order.units,
        reference=f"purchase-order-{order.pk}",
        now=now,
    )
    order.status, order.received_at = PurchaseOrder.Status.RECEIVED, now
    order.save(update_fields=["status", "received_at"])
    outbox.record(
        GoodsReceived(
            platform_id=platform_id,
            purchase_order_id=order.pk,
            merchant_id=order.merchant_id,
            offer_id=order.offer_id,
            units=order.units,
            at=now.isoformat(),
        )
    )
    return order


def _save_run(
    platform_id: int,
    merchant_id: int,
    as_of: date,
    forecasts: list[OfferForecast],
    made: dict[str, object],
    now: datetime,
    seed: int,
) -> None:
    ReorderProposal.objects.filter(
        platform_id=platform_id, merchant_id=merchant_id, status=ReorderProposal.Status.OPEN
    ).update(status=ReorderProposal.Status.SUPERSEDED)
    run = ForecastRun.objects.create(
        platform_id=platform_id,
        merchant_id=merchant_id,
        as_of=as_of,
        horizon_days=HORIZON_DAYS,
        levels=list(adapters.LEVELS),
        error=_mean([one.error for one in forecasts]),
        naive_error=_mean([one.naive_error for one in forecasts]),
        provenance=made,
        made_at=now,
    )
    Forecast.objects.bulk_create(
        Forecast(
            platform_id=platform_id,
            run=run,
            offer_id=one.offer_id,
            model=one.model,
            mean=one.mean,
            quantiles=one.quantiles,
        )
        for one in forecasts
    )
    proposals = _propose(run, forecasts, now.date(), seed)
    ReorderProposal.objects.bulk_create(proposals)
    outbox.record(
        ReorderProposed(
            platform_id=platform_id,
            run_id=run.pk,
            merchant_id=merchant_id,
            proposals=len(proposals),
            at=now.isoformat(),
        )
    )


def _propose(
    run: ForecastRun, forecasts: list[OfferForecast], today: date, seed: int
) -> list[ReorderProposal]:
    levels = selectors.stock_positions(
        platform_id=run.platform_id, offer_ids=[one.offer_id for one in forecasts], today=today
    )
    prices = dict(
        Listing.objects.filter(
            platform_id=run.platform_id, offer_id__in=[level.offer_id for level in levels]
        ).values_list("offer_id", "price")
    )
    stocked = {level.offer_id: level for level in levels}
    asked = [one for one in forecasts if one.offer_id in stocked]
    positions = [
        Position(
            offer_id=level.offer_id,
            free=level.free,
            on_order=level.on_order,
            lead_time_days=level.lead_time_days,
            pack_size=level.pack_size,
            unit_cost=level.unit_cost,
            margin=prices.get(level.offer_id, level.unit_cost * 2) - level.unit_cost,
        )
        for one in asked
        for level in [stocked[one.offer_id]]
    ]
    return [
        _proposal(run, advice, stocked[advice.offer_id].warehouse_id)
        for advice in adapters.advise(asked, positions, seed=seed)
        if advice.units > 0
    ]


def _proposal(run: ForecastRun, advice: Advice, warehouse_id: int) -> ReorderProposal:
    return ReorderProposal(
        platform_id=run.platform_id,
        run=run,
        merchant_id=run.merchant_id,
        offer_id=advice.offer_id,
        warehouse_id=warehouse_id,
        units=min(advice.units, MOST_UNITS),
        target=advice.target,
        stockout_before=advice.stockout_before,
        stockout_after=advice.stockout_after,
        reasons=advice.reasons,
    )


def _locked_proposal(actor: Actor, platform_id: int, proposal_id: int) -> ReorderProposal:
    found = (
        ReorderProposal.objects.select_for_update(of=("self",))
        .select_related("offer")
        .filter(platform_id=platform_id, pk=proposal_id)
        .first()
    )
    if found is None or not _may_run(actor, found.merchant_id, platform_id):
        raise NotFound(f"there is no proposal {proposal_id} of yours here")
    return found


def _may_run(actor: Actor, merchant_id: int, platform_id: int) -> bool:
    return actor.may(Permission.RUN_MERCHANT, merchant_id=merchant_id) or actor.may(
        Permission.RUN_PLATFORM, platform_id=platform_id
    )


def _insist_open(proposal: ReorderProposal) -> None:
    if proposal.status != ReorderProposal.Status.OPEN:
        raise Refused(f"proposal {proposal.pk} is {proposal.status}")


def _decide(proposal: ReorderProposal, status: ReorderProposal.Status, actor: Actor, now: datetime) -> None:
    proposal.status, proposal.decided_by_id, proposal.decided_at = status, actor.user_id, now
    proposal.save(update_fields=["status", "decided_by", "decided_at"])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
