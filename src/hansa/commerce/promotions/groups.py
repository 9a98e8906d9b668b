"""Group buys: opening, taking a place, holding it with money, leaving, and closing those whose deadline has come.

A checkout takes a place with its purchase and then has the money held; a group forms when the money of enough
places is held, never before. What becomes of each purchase then is told by PlaceDecided: the checkout takes the
money of a group that has formed and lets go of that of one that has failed. The group's row is locked before a
place is; a checkout locks it late, after its stock, and whoever gives back does so in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from hansa.commerce.promotions.domain import GROUP_OPEN_FOR, GroupState, Kind, group_state
from hansa.commerce.promotions.events import PlaceDecided
from hansa.commerce.promotions.models import BuyingGroup, GroupMember, Promotion
from hansa.foundation import outbox
from hansa.kernel.errors import NotFound, Refused


class GroupClosed(Refused):
    """The group has formed, failed, run out of time or places, or the buyer has a place in it already."""

    code = "group_closed"


class GroupHasFormed(Refused):
    """The place is kept: its group has formed, and the money is being taken."""

    code = "group_has_formed"


@dataclass(frozen=True)
class Decided:
    """A group that has come to its end, and the purchases that waited for it."""

    group_id: int
    state: GroupState
    references: tuple[str, ...]


@transaction.atomic
def open_group(
    *, platform_id: int, promotion_id: int, listing_id: int, buyer_id: int, now: datetime
) -> BuyingGroup:
    """Open a group for a group buy that runs; it ends after a day, at the latest with its promotion."""
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
        listing_id=listing_id,
        opened_by_id=buyer_id,
        needed=promotion.needed_buyers or 2,
        deadline=deadline_of(promotion, now),
    )


def deadline_of(promotion: Promotion, now: datetime) -> datetime:
    """When a group that is opened now would end."""
    return min(now + GROUP_OPEN_FOR, promotion.ends_at)


@transaction.atomic
def join(*, platform_id: int, group_id: int, buyer_id: int, reference: str, now: datetime) -> None:
    """Take a place in an open group with a purchase whose money is not held yet.

    Refuses with GroupClosed a group that is not open any more or has no place left, and a second place for one
    buyer.
    """
    group = _locked(platform_id, group_id)
    if group.state != GroupState.OPEN or group.deadline <= now:
        raise GroupClosed("this group is closed; open one of your own")
    if GroupMember.objects.filter(group=group, buyer_id=buyer_id, has_left=False).exists():
        raise GroupClosed("you are in this group already")
    if group.joined >= group.needed:
        raise GroupClosed("all places of this group are taken; open one of your own")
    GroupMember.objects.create(
        platform_id=platform_id, group=group, buyer_id=buyer_id, reference=reference, joined_at=now
    )
    BuyingGroup.objects.filter(pk=group.pk).update(joined=F("joined") + 1)


@transaction.atomic
def hold(*, reference: str, now: datetime) -> GroupState | None:
    """Note that the money of a place is held, and say where its group then stands; again changes nothing.

    The group forms with the last one that it needs. None where the purchase has no place (any more).
    """
    place = GroupMember.objects.filter(reference=reference, has_left=False).first()
    if place is None:
        return None
    group = _locked(place.platform_id, place.group_id)
    if not GroupMember.objects.filter(pk=place.pk, has_left=False).update(is_held=True):
        return None
    decided = _decide(group, now)
    return decided.state if decided else GroupState(group.state)


@transaction.atomic
def leave(*, reference: str) -> None:
    """Give up the place of a purchase in a group that is still open; once it has ended the place is kept."""
    for member in GroupMember.objects.filter(reference=reference, has_left=False).order_by("group_id"):
        group = _locked(member.platform_id, member.group_id)
        if group.state == GroupState.OPEN:
            left = GroupMember.objects.filter(pk=member.pk, has_left=False).update(has_left=True)
            BuyingGroup.objects.filter(pk=group.pk).update(joined=F("joined") - left)


def insist_on_having_left(*, reference: str) -> None:
    """Refuse with GroupHasFormed where the place was kept, in the transaction that wanted to leave."""
    kept = GroupMember.objects.filter(reference=reference, has_left=False, group__state=GroupState.FORMED)
    if kept.exists():
        raise GroupHasFormed("your group has formed and your payment is being taken; try again in a minute")


@transaction.atomic
def settle_due(*, platform_id: int, now: datetime) -> list[Decided]:
    """Close the open groups whose deadline has come; each is answered once, with its purchases."""
    due = BuyingGroup.objects.filter(platform_id=platform_id, state=GroupState.OPEN, deadline__lte=now)
    locked = due.select_for_update(skip_locked=True).order_by("pk")
    return [decided for group in locked if (decided := _decide(group, now)) is not None]


def _decide(group: BuyingGroup, now: datetime) -> Decided | None:
    """End a locked group where its time has come, and tell each place of it; None where nothing changes."""
    own = GroupMember.objects.filter(group=group, has_left=False).order_by("pk")
    places = list(own.values_list("reference", "is_held"))
    held = sum(is_held for _, is_held in places)
    state = group_state(
        GroupState(group.state), held=held, needed=group.needed, deadline=group.deadline, now=now
    )
    if state == group.state:
        return None
    group.state, group.ended_at = state.value, now
    group.save(update_fields=["state", "ended_at"])
    references = tuple(reference for reference, _ in places)
    outbox.record_all(
        [
            PlaceDecided(
                platform_id=group.platform_id,
                group_id=group.pk,
                reference=reference,
                has_formed=state is GroupState.FORMED,
                at=now.isoformat(),
            )
            for reference in references
        ]
    )
    return Decided(group.pk, state, references)


def _locked(platform_id: int, group_id: int) -> BuyingGroup:
    found = BuyingGroup.objects.select_for_update().filter(platform_id=platform_id, pk=group_id).first()
    if found is None:
        raise NotFound(f"there is no group {group_id} here")
    return found
