"""Reads of purchases and orders, each scoped to who looks."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.orders.errors import NoSuchPurchase
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine


def purchases_of(user_id: int) -> QuerySet[OrderGroup]:
    """A buyer's purchases on the platform in scope, newest first."""
    return OrderGroup.objects.filter(buyer_id=user_id).order_by("-placed_at", "-pk")


def purchase_detail(*, platform_id: int, number: str, actor: Actor, token: str = "") -> OrderGroup:
    """One purchase with its orders and lines, for its buyer, for who holds its token, or for the operator.

    A stranger's purchase is as if it did not exist.
    """
    group = _with_lines(OrderGroup.objects.filter(platform_id=platform_id, number=number)).first()
    if group is None or not _may_see(group, actor, token):
        raise NoSuchPurchase(f"there is no purchase {number} of yours here")
    return group


def group_with_lines(group_id: int) -> OrderGroup:
    """One purchase with all its orders and lines, for our own use."""
    group = _with_lines(OrderGroup.objects.filter(pk=group_id)).first()
    if group is None:
        raise NoSuchPurchase(f"there is no purchase {group_id}")
    return group


def orders_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[Order]:
    """A merchant's orders on a platform, newest first."""
    return (
        Order.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .select_related("group")
        .prefetch_related("lines")
        .order_by("-placed_at", "-pk")
    )


def orders_of_platform(platform_id: int) -> QuerySet[OrderGroup]:
    """Every purchase on a platform, newest first."""
    return (
        OrderGroup.objects.filter(platform_id=platform_id)
        .select_related("buyer")
        .order_by("-placed_at", "-pk")
    )


def bought_offers(*, user_id: int, limit: int = 500) -> list[int]:
    """The offers a person bought, oldest first, each time it was bought."""
    rows = (
        OrderLine.objects.filter(buyer_id=user_id, is_void=False)
        .order_by("-placed_at", "-pk")
        .values_list("offer_id", flat=True)[:limit]
    )
    return list(reversed(list(rows)))


def find_delivered_line(*, line_id: int, buyer_id: int) -> OrderLine | None:
    """A line that this buyer bought and received."""
    return (
        OrderLine.objects.select_related("order__group")
        .filter(pk=line_id, buyer_id=buyer_id, order__status="delivered", is_void=False)
        .first()
    )


def _with_lines(groups: QuerySet[OrderGroup]) -> QuerySet[OrderGroup]:
    lines = OrderLine.objects.select_related("offer__variant__product").order_by("pk")
    orders = Order.objects.select_related("merchant").order_by("pk")
    return groups.select_related("outlet").prefetch_related(
        Prefetch("orders", queryset=orders), Prefetch("orders__lines", queryset=lines), "orders__changes"
    )


def _may_see(group: OrderGroup, actor: Actor, token: str) -> bool:
    if group.buyer_id is not None and group.buyer_id == actor.user_id:
        return True
    if token and group.token and token == group.token:
        return True
    return actor.may(Permission.SEE_PLATFORM, platform_id=group.platform_id)
