"""Group buys: opening, joining, leaving, and settling those whose deadline has come.

A checkout authorises the money and joins with its purchase; it captures when the group has formed (`join` or
`settle_due` says so) and lets go of the money of every purchase that a failed group names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from hansa.commerce.promotions.domain import GroupState, Kind, group_state
from hansa.commerce.promotions.models import BuyingGroup, GroupMember, Promotion
from hansa.kernel.errors import NotFound, Refused


class GroupClosed(Refused):
    """The group has formed, failed or run out of time, or the buyer has a place in it already."""

    code = "group_closed"


@dataclass(frozen=True)
class Settled:
    """A group that has come to its end, and the purchases that waited for it."""

    group_id: int
    state: GroupState
    references: tuple[str, ...]


@transaction.atomic
def open_group(
    *, platform_id: int, promotion_id: int, buyer_id: int, deadline: datetime, now: datetime
) -> BuyingGroup:
    """Open a group for a group buy that runs; its deadline is at the latest the promotion's end."""
    promotion = Promotion.objects.filter(
        platform_id=platform_id,
        pk=promotion_id,
        kind=Kind.GROUP,
        starts_at__lte=now,
        ends_at__gt=now,
        awaits_platform=False,
    ).first()
    if promotion is None:
        raise NotFound(f"there is no group buy {promotion_id} here")
    return BuyingGroup.objects.create(
        platform_id=platform_id,
        promotion=promotion,
        opened_by_id=buyer_id,
        deadline=min(deadline, promotion.ends_at),
    )


@transaction.atomic
def join(*, platform_id: int, group_id: int, buyer_id: int, reference: str, now: datetime) -> Settled | None:
    """Take a place in an open group with a purchase; answers the formed group when this was the last one needed.

    Refuses with GroupClosed a group that is not open any more and a second place for one buyer.
    """
    group = _locked(platform_id, group_id)
    needed = group.promotion.needed_buyers or 0
    has_place = GroupMember.objects.filter(group=group, buyer_id=buyer_id, has_left=False).exists()
    if group.state != GroupState.OPEN or group.deadline <= now or has_place:
        raise GroupClosed("this group takes nobody more, or you are in it already")
    GroupMember.objects.create(
        platform_id=platform_id, group=group, buyer_id=buyer_id, reference=reference, joined_at=now
    )
    group.joined += 1
    return _advance(group, needed, now)


@transaction.atomic
def leave(*, reference: str) -> None:
    """Give up the place of a purchase in a group that is still open; in a formed group it is kept."""
    for member in GroupMember.objects.filter(reference=reference, has_left=False).order_by("group_id"):
        group = _locked(member.platform_id, member.group_id)
        if group.state == GroupState.OPEN:
            left = GroupMember.objects.filter(pk=member.pk, has_left=False).update(has_left=True)
            BuyingGroup.objects.filter(pk=group.pk).update(joined=F("joined") - left)


@transaction.atomic
def settle_due(*, platform_id: int, now: datetime) -> list[Settled]:
    """Close the open groups whose deadline has come; each is answered once, with the purchases to let go of."""
    due = BuyingGroup.objects.filter(platform_id=platform_id, state=GroupState.OPEN, deadline__lte=now)
    settled = []
    for group in (
        due.select_for_update(skip_locked=True, of=("self",)).select_related("promotion").order_by("pk")
    ):
        ended = _advance(group, group.promotion.needed_buyers or 0, now)
        if ended is not None:
            settled.append(ended)
    return settled


def _advance(group: BuyingGroup, needed: int, now: datetime) -> Settled | None:
    state = group_state(
        GroupState(group.state), joined=group.joined, needed=needed, deadline=group.deadline, now=now
    )
    group.state = state.value
    group.save(update_fields=["state", "joined"])
    if state is GroupState.OPEN:
        return None
    own = GroupMember.objects.filter(group=group, has_left=False).order_by("pk")
    return Settled(group.pk, state, tuple(own.values_list("reference", flat=True)))


def _locked(platform_id: int, group_id: int) -> BuyingGroup:
    found = (
        BuyingGroup.objects.select_for_update(of=("self",))
        .select_related("promotion")
        .filter(platform_id=platform_id, pk=group_id)
        .first()
    )
    if found is None:
        raise NotFound(f"there is no group {group_id} here")
    return found
