"""Reads of lists: one's own, and those that somebody shares."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import NEWCOMER
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.wishlists.models import Wish, Wishlist
from hansa.kernel.errors import NotFound


def lists_of(*, platform_id: int, actor: Actor) -> QuerySet[Wishlist]:
    """A person's or a visitor's lists on a platform, the first first, each with the ``goods`` on it counted."""
    is_visitor = actor.user_id is None  # the lists of persons have no visitor
    whose = Q(owner=None, visitor=actor.visitor) if is_visitor else Q(owner_id=actor.user_id)
    found = Wishlist.objects.filter(whose, platform_id=platform_id)
    return found.annotate(goods=Count("wishes")).order_by("-is_first", "pk")


def get_own(*, platform_id: int, actor: Actor, wishlist_id: int) -> Wishlist:
    """One of one's own lists; another's is as if it did not exist."""
    found = lists_of(platform_id=platform_id, actor=actor).filter(pk=wishlist_id).first()
    if found is None:
        raise NotFound(f"there is no list {wishlist_id} of yours here")
    return found


def get_shared(*, platform_id: int, token: str) -> Wishlist:
    """The list behind a shared address; refuses one that is private now or never was."""
    found = (
        Wishlist.objects.filter(platform_id=platform_id, token=token.replace("\x00", ""))
        .exclude(token="")
        .select_related("owner")
        .first()
    )
    if found is None:
        raise NotFound("there is no list behind this address any more")
    return found


def listings_on(wishlist: Wishlist) -> list[Listing]:
    """The goods on a list that are for sale, the last one put there first."""
    wanted = Wish.objects.filter(wishlist=wishlist).order_by("-pk").values_list("listing_id", flat=True)
    return catalogue.listings_in_order(platform_id=wishlist.platform_id, listing_ids=wanted)


def wished(*, platform_id: int, actor: Actor, listing_ids: Iterable[int]) -> set[int]:
    """Those of these listings that are on any list of this person."""
    if actor is NEWCOMER:
        return set()
    lists = lists_of(platform_id=platform_id, actor=actor).order_by()
    found = Wish.objects.filter(wishlist__in=lists.values("pk"), listing_id__in=list(listing_ids))
    return set(found.values_list("listing_id", flat=True))
