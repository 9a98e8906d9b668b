"""Reads of returns, exchanges and disputes. Who may see one is asked here, once."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.aftersale.domain import Terms
from hansa.commerce.aftersale.models import (
    Dispute,
    DisputeEntry,
    Exchange,
    ReturnLine,
    ReturnPhoto,
    ReturnRequest,
    ReturnStep,
    ReturnTerms,
)
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders.models import Order, OrderGroup
from hansa.kernel.errors import NotFound


def terms_of(platform_id: int) -> Terms:
    """A platform's own terms, or the usual ones."""
    own = ReturnTerms.objects.filter(platform_id=platform_id).first()
    return Terms(own.window_days, own.answer_days, own.review_days) if own else Terms()


def returns_of_purchase(group_id: int) -> list[ReturnRequest]:
    """The returns of a purchase, the newest first."""
    return list(_returns().filter(order__group_id=group_id))


def returns_of_merchant(*, platform_id: int, merchant_id: int, state: str = "") -> QuerySet[ReturnRequest]:
    """A merchant's returns on a platform, or those in one state, the newest first."""
    return _in_state(_returns().filter(platform_id=platform_id, order__merchant_id=merchant_id), state)


def returns_of_platform(platform_id: int, *, state: str = "") -> QuerySet[ReturnRequest]:
    """Every return on a platform, or those in one state, the newest first."""
    return _in_state(_returns().filter(platform_id=platform_id), state)


def get_return(*, platform_id: int, number: str, actor: Actor, token: str = "") -> ReturnRequest:
    """One return for its buyer, who holds the purchase's token, its merchant or the operator; to others it is not there."""
    found = (
        _returns()
        .prefetch_related(
            Prefetch("steps", queryset=ReturnStep.objects.order_by("pk")),
            Prefetch("photos", queryset=ReturnPhoto.objects.defer("content").order_by("pk")),
        )
        .filter(platform_id=platform_id, number=number)
        .first()
    )
    if found is None or not _may_see(found.order, actor, token):
        raise NotFound(f"there is no return {number} of yours here")
    return found


def get_photo(*, platform_id: int, number: str, photo_id: int, actor: Actor, token: str = "") -> bytes:
    """A photo of a return, for those who may see the return."""
    found = get_return(platform_id=platform_id, number=number, actor=actor, token=token)
    photo = ReturnPhoto.objects.filter(request=found, pk=photo_id).first()
    if photo is None:
        raise NotFound(f"there is no photo {photo_id} here")
    return bytes(photo.content)


def kindred_listings(platform_id: int, offer_id: int) -> list[Listing]:
    """What an offer can be exchanged for: itself, and other variants of its product by the same merchant."""
    own = catalogue.listing_of_offer(platform_id=platform_id, offer_id=offer_id)
    if own is None:
        return []
    found = catalogue.listings_of(platform_id).filter(product_id=own.product_id, merchant_id=own.merchant_id)
    return list(found.order_by("pk"))


def find_exchange(*, order_id: int, exchange_id: int) -> Exchange | None:
    """An exchange of goods of this order, with its line and the good that went out."""
    return (
        Exchange.objects.select_related("offer__variant__product")
        .prefetch_related("request__lines__line")
        .filter(pk=exchange_id, request__order_id=order_id)
        .first()
    )


def disputes_of_purchase(group_id: int) -> list[Dispute]:
    """The disputes over a purchase's orders, the newest first."""
    return list(_disputes().filter(order__group_id=group_id))


def disputes_of_merchant(*, platform_id: int, merchant_id: int, state: str = "") -> QuerySet[Dispute]:
    """A merchant's disputes on a platform, or those in one state, the newest first."""
    return _disputes_in_state(
        _disputes().filter(platform_id=platform_id, order__merchant_id=merchant_id), state
    )


def disputes_of_platform(platform_id: int, *, state: str = "") -> QuerySet[Dispute]:
    """Every dispute on a platform, or those in one state, the newest first."""
    return _disputes_in_state(_disputes().filter(platform_id=platform_id), state)


def get_dispute(*, platform_id: int, number: str, actor: Actor, token: str = "") -> Dispute:
    """One dispute for its buyer, who holds the purchase's token, its merchant or the operator; to others it is not there."""
    entries = DisputeEntry.objects.defer("content").order_by("pk")
    found = (
        _disputes()
        .prefetch_related(Prefetch("entries", queryset=entries))
        .filter(platform_id=platform_id, number=number)
        .first()
    )
    if found is None or not _may_see(found.order, actor, token):
        raise NotFound(f"there is no dispute {number} of yours here")
    return found


def get_file(*, platform_id: int, number: str, entry_id: int, actor: Actor, token: str = "") -> DisputeEntry:
    """A file of a dispute, for those who may see the dispute."""
    found = get_dispute(platform_id=platform_id, number=number, actor=actor, token=token)
    entry = DisputeEntry.objects.filter(dispute=found, pk=entry_id).exclude(file_name="").first()
    if entry is None:
        raise NotFound(f"there is no file {entry_id} here")
    return entry


def owns(group: OrderGroup, actor: Actor, token: str) -> bool:
    """Whether somebody may act for the buyer of a purchase: the buyer, or who holds a guest's token."""
    if group.buyer_id is not None and group.buyer_id == actor.user_id:
        return True
    return bool(token and group.token and token == group.token)


def side_of(order: Order, actor: Actor, token: str) -> str:
    """For whom somebody who may see a dispute speaks in it."""
    if owns(order.group, actor, token):
        return "buyer"
    return "merchant" if actor.may(Permission.RUN_MERCHANT, merchant_id=order.merchant_id) else "platform"


def _may_see(order: Order, actor: Actor, token: str) -> bool:
    return (
        owns(order.group, actor, token)
        or actor.may(Permission.SEE_MERCHANT, merchant_id=order.merchant_id)
        or actor.may(Permission.SEE_PLATFORM, platform_id=order.platform_id)
    )


def _returns() -> QuerySet[ReturnRequest]:
    lines = ReturnLine.objects.select_related("line").order_by("pk")
    return (
        ReturnRequest.objects.select_related(
            "order__group", "order__merchant", "exchange", "wants__variant__product"
        )
        .prefetch_related(Prefetch("lines", queryset=lines))
        .order_by("-pk")
    )


def _disputes() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("order__group", "order__merchant", "chargeback").order_by("-pk")


def _in_state(found: QuerySet[ReturnRequest], state: str) -> QuerySet[ReturnRequest]:
    return found.filter(state=state) if state else found


def _disputes_in_state(found: QuerySet[Dispute], state: str) -> QuerySet[Dispute]:
    return found.filter(state=state) if state else found
