"""The API's doors to forecasts, proposals and purchase orders of one's own goods."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Router, Schema, Status

from hansa.commerce.accounts.api import inside
from hansa.commerce.planning import asking, selectors, services
from hansa.commerce.planning.models import PurchaseOrder, ReorderProposal
from hansa.foundation.paging import newest_first, sorted_page

router = Router(tags=["planning"])


class ProposalOut(Schema):
    id: int
    offer_id: int
    title: str
    units: int
    stockout_before: float
    stockout_after: float
    reasons: list[str]
    status: str

    @staticmethod
    def resolve_title(proposal: ReorderProposal) -> str:
        return proposal.offer.variant.product.title


class ProposalPage(Schema):
    items: list[ProposalOut]
    next_cursor: str


class AcceptIn(Schema):
    units: int | None = None


class PurchaseOrderOut(Schema):
    id: int
    offer_id: int
    units: int
    status: str
    expected_on: date


class PurchaseOrderPage(Schema):
    items: list[PurchaseOrderOut]
    next_cursor: str


@router.get("/merchants/{merchant_id}/proposals/", response=ProposalPage)
def list_proposals(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Proposals that wait for the merchant's decision, the likeliest stock-out first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        rows = selectors.open_proposals(platform_id=call.platform.pk, merchant_id=merchant_id)
        likeliest = {"likeliest": "-stockout_before"}
        page = sorted_page(rows, sorts=likeliest, sort="likeliest", cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.get("/merchants/{merchant_id}/purchase-orders/", response=PurchaseOrderPage)
def list_purchase_orders(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """The merchant's goods on order and received, newest first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        rows = selectors.purchase_orders(platform_id=call.platform.pk, merchant_id=merchant_id)
        page = newest_first(rows, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/proposals/{proposal_id}/reject", response={204: None})
def reject_proposal(request: HttpRequest, proposal_id: int, platform: str = "") -> Status[None]:
    """Turn a proposal down."""
    with inside(request, platform) as call:
        services.reject_proposal(
            actor=call.actor, platform_id=call.platform.pk, proposal_id=proposal_id, now=call.now
        )
        return Status(204, None)


@router.post("/proposals/{proposal_id}/accept", response=PurchaseOrderOut)
def accept_proposal(
    request: HttpRequest, proposal_id: int, body: AcceptIn, platform: str = ""
) -> PurchaseOrder:
    """Order what a proposal advises, or another number of units."""
    with inside(request, platform) as call:
        return services.accept_proposal(
            actor=call.actor,
            platform_id=call.platform.pk,
            proposal_id=proposal_id,
            units=body.units,
            now=call.now,
        )


@router.post("/purchase-orders/{purchase_order_id}/receive", response=PurchaseOrderOut)
def receive_purchase_order(request: HttpRequest, purchase_order_id: int, platform: str = "") -> PurchaseOrder:
    """Put ordered goods on hand; once, however often it is called."""
    with inside(request, platform) as call:
        return services.receive_purchase_order(
            actor=call.actor,
            platform_id=call.platform.pk,
            purchase_order_id=purchase_order_id,
            now=call.now,
        )


class PlanAskedOut(Schema):
    """``is_new`` is false when a plan was on its way already."""

    is_new: bool


@router.post("/merchants/{merchant_id}/plans/", response={202: PlanAskedOut})
def ask_for_plan(request: HttpRequest, merchant_id: int, platform: str = "") -> Status[PlanAskedOut]:
    """Ask for a fresh forecast of the merchant's goods; asking twice asks once."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        is_new = asking.ask_for_plan(actor=call.actor, platform_id=call.platform.pk, merchant_id=merchant_id)
        return Status(202, PlanAskedOut(is_new=is_new))


@router.post("/plans/", response={202: PlanAskedOut})
def ask_for_platform_plan(request: HttpRequest, platform: str = "") -> Status[PlanAskedOut]:
    """Ask for a fresh forecast of the platform's best-selling goods; asking twice asks once."""
    with inside(request, platform) as call:
        is_new = asking.ask_for_plan(actor=call.actor, platform_id=call.platform.pk, merchant_id=None)
        return Status(202, PlanAskedOut(is_new=is_new))
