"""Writing down what people do, with their consent, and telling the rest of the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour.events import BehaviourSeen
from hansa.commerce.behaviour.models import BehaviourEvent, Follow
from hansa.commerce.catalogue.models import Listing
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput

Kind = BehaviourEvent.Kind
# Exposure is counted but not told: it is a hundred times as frequent and changes no profile.
_TOLD = frozenset({Kind.VIEW, Kind.CART, Kind.PURCHASE, Kind.RATING, Kind.FOLLOW, Kind.UNFOLLOW, Kind.HIDE})
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Exposure:
    """A listing that was shown (or clicked) at a place on a page."""

    kind: str
    listing_id: int
    placement: str
    position: int
    request_id: str


@transaction.atomic
def record_exposures(
    *, platform_id: int, actor: Actor, exposures: Sequence[Exposure], source: str = "", now: datetime
) -> int:
    """Write down what a page showed and what was clicked; the same exposure again is not counted twice.

    Listings of other platforms and unknown kinds are refused as a whole.
    """
    if len(exposures) > MOST_AT_ONCE:
        raise InvalidInput(f"at most {MOST_AT_ONCE} exposures at once")
    if any(each.kind not in {Kind.IMPRESSION, Kind.CLICK} for each in exposures):
        raise InvalidInput("an exposure is an impression or a click")
    merchants = dict(
        Listing.objects.filter(
            platform_id=platform_id, pk__in=[each.listing_id for each in exposures]
        ).values_list("pk", "merchant_id")
    )
    unknown = {each.listing_id for each in exposures} - merchants.keys()
    if unknown:
        raise InvalidInput(f"no such listings here: {sorted(unknown)}")
    rows = BehaviourEvent.objects.bulk_create(
        [
            BehaviourEvent(
                platform_id=platform_id,
                kind=each.kind,
                user_id=actor.user_id,
                visitor=actor.visitor,
                listing_id=each.listing_id,
                merchant_id=merchants[each.listing_id],
                placement=each.placement[:30],
                position=max(0, min(each.position, 32_000)),
                request_id=each.request_id[:40],
                source=source[:40],
                at=now,
            )
            for each in exposures
        ],
        ignore_conflicts=True,
    )
    return len(rows)


def record_view(*, platform_id: int, actor: Actor, listing: Listing, source: str = "", now: datetime) -> None:
    """A product page was looked at."""
    _record(Kind.VIEW, platform_id, actor, listing, source=source, now=now)


def record_cart(
    *, platform_id: int, actor: Actor, listing: Listing, quantity: int, source: str = "", now: datetime
) -> None:
    """Units were put into a cart."""
    _record(Kind.CART, platform_id, actor, listing, value=quantity, source=source, now=now)


def record_purchase(
    *, platform_id: int, actor: Actor, listing: Listing, quantity: int, now: datetime
) -> None:
    """Units were bought and paid."""
    _record(Kind.PURCHASE, platform_id, actor, listing, value=quantity, now=now)


def record_rating(*, platform_id: int, actor: Actor, listing: Listing, stars: int, now: datetime) -> None:
    """A bought good was rated."""
    _record(Kind.RATING, platform_id, actor, listing, value=stars, now=now)


def record_hide(*, platform_id: int, actor: Actor, listing: Listing, now: datetime) -> None:
    """Somebody does not want to be shown this good."""
    _record(Kind.HIDE, platform_id, actor, listing, now=now)


@transaction.atomic
def record_search(*, platform_id: int, actor: Actor, words: str, found: int, now: datetime) -> None:
    """Words were searched for, with so many results."""
    BehaviourEvent.objects.create(
        platform_id=platform_id,
        kind=Kind.SEARCH,
        user_id=actor.user_id,
        visitor=actor.visitor,
        words=words[:200],
        value=found,
        at=now,
    )


@transaction.atomic
def follow(*, platform_id: int, actor: Actor, merchant_id: int, now: datetime) -> bool:
    """Follow a merchant, or stop following; answers whether it is followed now. Needs a signed-in person."""
    if actor.user_id is None:
        raise InvalidInput("sign in to follow a merchant")
    deleted, _ = Follow.objects.filter(user_id=actor.user_id, merchant_id=merchant_id).delete()
    if not deleted:
        Follow.objects.create(user_id=actor.user_id, merchant_id=merchant_id, since=now)
    event = BehaviourEvent.objects.create(
        platform_id=platform_id,
        kind=Kind.UNFOLLOW if deleted else Kind.FOLLOW,
        user_id=actor.user_id,
        visitor=actor.visitor,
        merchant_id=merchant_id,
        at=now,
    )
    _tell(event, None)
    return not deleted


@transaction.atomic
def _record(
    kind: BehaviourEvent.Kind,
    platform_id: int,
    actor: Actor,
    listing: Listing,
    *,
    value: int | None = None,
    source: str = "",
    now: datetime,
) -> None:
    event = BehaviourEvent.objects.create(
        platform_id=platform_id,
        kind=kind,
        user_id=actor.user_id,
        visitor=actor.visitor,
        listing_id=listing.pk,
        merchant_id=listing.merchant_id,
        value=value,
        source=source[:40],
        at=now,
    )
    if kind in _TOLD:
        _tell(event, listing)


def _tell(event: BehaviourEvent, listing: Listing | None) -> None:
    outbox.record(
        BehaviourSeen(
            platform_id=event.platform_id,
            behaviour_id=event.pk,
            kind=event.kind,
            user_id=event.user_id,
            visitor=event.visitor,
            listing_id=event.listing_id,
            offer_id=listing.offer_id if listing else None,
            product_id=listing.product_id if listing else None,
            value=event.value,
            at=event.at.isoformat(),
        )
    )
