"""Filling lists, sharing them, moving goods to the cart, and telling owners of prices and stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.checkout import cart
from hansa.commerce.notices import services as notices
from hansa.commerce.notices.services import Kind, Told
from hansa.commerce.stock import selectors as stock
from hansa.commerce.wishlists import selectors
from hansa.commerce.wishlists.models import Wish, Wishlist
from hansa.kernel import ids
from hansa.kernel.errors import InvalidInput, Refused

MOST_LISTS = 20
MOST_WISHES = 300


@dataclass(frozen=True)
class Moved:
    """What came of moving a list to the cart."""

    moved: int
    left: int


@transaction.atomic
def add(
    *, platform_id: int, actor: Actor, listing_id: int, wishlist_id: int | None = None, now: datetime
) -> Wish:
    """Put a good on a list of one's own, the first where none is named; one that is there stays as it is.

    Refuses goods that are not sold here, another's list, and more than 300 goods on one list.
    """
    listing = catalogue.get_listing(platform_id=platform_id, listing_id=listing_id)
    wishlist = _lock(platform_id, actor, wishlist_id, now)
    known = Wish.objects.filter(wishlist=wishlist, listing=listing).first()
    if known is not None:
        return known
    if Wish.objects.filter(wishlist=wishlist).count() >= MOST_WISHES:
        raise Refused(f"a list holds {MOST_WISHES} goods; take something off first")
    free = stock.available(platform_id=platform_id, offer_ids=[listing.offer_id])
    return Wish.objects.create(
        platform_id=platform_id,
        wishlist=wishlist,
        listing=listing,
        price_known=listing.price,
        was_out=free.get(listing.offer_id, 0) <= 0,
        added_at=now,
    )


@transaction.atomic
def remove(*, platform_id: int, actor: Actor, listing_id: int, wishlist_id: int | None = None) -> int:
    """Take a good off one list of one's own, or off all of them; says off how many. What is not there is fine."""
    lists = selectors.lists_of(platform_id=platform_id, actor=actor)
    if wishlist_id is not None:
        lists = lists.filter(pk=wishlist_id)
    deleted, _ = Wish.objects.filter(wishlist__in=lists.order_by(), listing_id=listing_id).delete()
    return deleted


@transaction.atomic
def make_list(*, platform_id: int, actor: Actor, name: str, now: datetime) -> Wishlist:
    """Begin another list; refuses visitors without a name and more than twenty."""
    if actor.user_id is None:
        raise InvalidInput("sign in to keep several lists")
    _lock(platform_id, actor, None, now)  # two at once take turns here
    if selectors.lists_of(platform_id=platform_id, actor=actor).count() >= MOST_LISTS:
        raise Refused(f"there are {MOST_LISTS} lists at most; delete one first")
    return Wishlist.objects.create(
        platform_id=platform_id, owner_id=actor.user_id, name=_name(name), created_at=now
    )


@transaction.atomic
def rename(*, platform_id: int, actor: Actor, wishlist_id: int, name: str) -> None:
    """Call a list something else."""
    wishlist = selectors.get_own(platform_id=platform_id, actor=actor, wishlist_id=wishlist_id)
    Wishlist.objects.filter(pk=wishlist.pk).update(name=_name(name))


@transaction.atomic
def delete(*, platform_id: int, actor: Actor, wishlist_id: int) -> None:
    """Throw a list away with what is on it."""
    selectors.get_own(platform_id=platform_id, actor=actor, wishlist_id=wishlist_id).delete()


@transaction.atomic
def share(*, platform_id: int, actor: Actor, wishlist_id: int, is_shared: bool) -> str:
    """Give a list an address that others can open, or take it away; answers the token, empty for a private list.

    A list that is shared anew gets a new address: the old one stays shut.
    """
    if actor.user_id is None:
        raise InvalidInput("sign in to share a list")
    selectors.get_own(platform_id=platform_id, actor=actor, wishlist_id=wishlist_id)
    wishlist = Wishlist.objects.select_for_update().get(pk=wishlist_id)
    if bool(wishlist.token) != is_shared:
        wishlist.token = ids.token() if is_shared else ""
        wishlist.save(update_fields=["token"])
    return wishlist.token


@transaction.atomic(savepoint=False)
def move_to_cart(
    *, platform_id: int, actor: Actor, wishlist_id: int, listing_id: int | None = None, now: datetime
) -> Moved:
    """Put one unit of a good, or of everything on the list that can be had, into the cart and off the list."""
    wishlist = selectors.get_own(platform_id=platform_id, actor=actor, wishlist_id=wishlist_id)
    wishes = Wish.objects.filter(wishlist=wishlist).select_related("listing")
    if listing_id is not None:
        wishes = wishes.filter(listing_id=listing_id)
    wanted = [wish for wish in wishes.order_by("pk") if wish.listing.is_active]
    free = stock.available(platform_id=platform_id, offer_ids=[wish.listing.offer_id for wish in wanted])
    possible = [wish for wish in wanted if free.get(wish.listing.offer_id, 0) > 0]
    for wish in possible:
        cart.add(
            platform_id=platform_id,
            actor=actor,
            listing_id=wish.listing_id,
            quantity=1,
            source="wishlist",
            now=now,
        )
    Wish.objects.filter(pk__in=[wish.pk for wish in possible]).delete()
    return Moved(len(possible), wishes.count())


@transaction.atomic
def hand_over(*, platform_id: int, visitor: str, actor: Actor, now: datetime) -> None:
    """Put what a visitor had on their list onto the first list of the person they turned out to be."""
    theirs = Wishlist.objects.select_for_update().filter(platform_id=platform_id, visitor=visitor).first()
    if theirs is None or actor.user_id is None:
        return
    own = _lock(platform_id, actor, None, now)
    known = Wish.objects.filter(wishlist=own).values("listing_id")
    room = MOST_WISHES - len(known)
    new = Wish.objects.filter(wishlist=theirs).exclude(listing_id__in=known).order_by("pk")[: max(room, 0)]
    Wish.objects.filter(pk__in=[wish.pk for wish in new]).update(wishlist=own)
    theirs.delete()


@transaction.atomic
def note_price(*, platform_id: int, listing_id: int, price: int, now: datetime) -> int:
    """Tell who has a good on a list that it costs less than they know; says how many were told.

    Of a good that is hidden nobody is told, and they know what they knew.
    """
    cheaper = (
        Wish.objects.select_for_update(of=("self",))
        .filter(
            platform_id=platform_id, listing_id=listing_id, price_known__gt=price, listing__is_active=True
        )
        .select_related("wishlist", "listing")
        .order_by("pk")
    )
    wishes = list(cheaper)
    told = {
        wish.wishlist.owner_id: Told(
            wish.wishlist.owner_id,
            Kind.CHEAPER,
            f"cheaper:{listing_id}:{price}:{wish.price_known}",
            listing_id=listing_id,
            values={"price": price, "before": wish.price_known, "currency": wish.listing.currency},
        )
        for wish in wishes
        if wish.wishlist.owner_id is not None
    }
    Wish.objects.filter(pk__in=[wish.pk for wish in wishes]).update(price_known=price)
    return notices.give(platform_id=platform_id, told=told.values(), now=now)


@transaction.atomic
def note_stock(*, platform_id: int, now: datetime) -> int:
    """Look which goods on lists ran out or came back, and tell of those that came back; says how many were told."""
    wishes = Wish.objects.filter(platform_id=platform_id)
    offers = dict(wishes.values_list("listing_id", "listing__offer_id").distinct())
    free = stock.available(platform_id=platform_id, offer_ids=set(offers.values()))
    there = {listing_id for listing_id, offer_id in offers.items() if free.get(offer_id, 0) > 0}
    wishes.filter(was_out=False).exclude(listing_id__in=there).update(was_out=True)
    back = wishes.filter(was_out=True, listing_id__in=there, listing__is_active=True)
    came = list(_locked(back))
    told = {
        (wish.wishlist.owner_id, wish.listing_id): Told(
            wish.wishlist.owner_id,
            Kind.BACK,
            f"back:{wish.listing_id}:{now:%Y-%m-%dT%H:%M}",
            listing_id=wish.listing_id,
        )
        for wish in came
        if wish.wishlist.owner_id is not None
    }
    wishes.filter(pk__in=[wish.pk for wish in came]).update(was_out=False)
    return notices.give(platform_id=platform_id, told=told.values(), now=now)


def _locked(wishes: QuerySet[Wish]) -> QuerySet[Wish]:
    """These wishes, ours alone until the transaction ends; what another looks at just now is left to them."""
    return wishes.select_for_update(of=("self",), skip_locked=True).select_related("wishlist").order_by("pk")


def _lock(platform_id: int, actor: Actor, wishlist_id: int | None, now: datetime) -> Wishlist:
    """A list of this person, the first where none is named, locked so that two at once count right."""
    if wishlist_id is not None:
        selectors.get_own(platform_id=platform_id, actor=actor, wishlist_id=wishlist_id)
        return Wishlist.objects.select_for_update().get(pk=wishlist_id)
    whose = {"owner_id": actor.user_id} if actor.user_id is not None else {"visitor": actor.visitor}
    first, _ = Wishlist.objects.select_for_update().get_or_create(
        platform_id=platform_id, is_first=True, **whose, defaults={"created_at": now}
    )
    return first


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > 80 or "\x00" in name:
        raise InvalidInput("a list's name has 1 to 80 characters")
    return name
