"""The API's doors to lists of goods."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status

from hansa.commerce.accounts.api import ANYBODY, inside
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.wishlists import selectors, services
from hansa.commerce.wishlists.models import Wishlist

router = Router(tags=["wishlists"])


class WishlistOut(Schema):
    id: int
    name: str
    is_first: bool
    token: str
    goods: int
    created_at: datetime


class WishedOut(Schema):
    id: int
    title: str
    price: int
    currency: str


class WishlistWithGoods(Schema):
    name: str
    items: list[WishedOut]


class NameIn(Schema):
    name: str


class SharedIn(Schema):
    is_shared: bool


class SharedOut(Schema):
    token: str


class MoveIn(Schema):
    listing_id: int | None = None


class MovedOut(Schema):
    moved: int
    left: int


@router.get("/wishlists/", response=list[WishlistOut], auth=ANYBODY)
def list_wishlists(request: HttpRequest, platform: str = "") -> list[Wishlist]:
    """One's own lists, the first first."""
    with inside(request, platform) as call:
        return list(selectors.lists_of(platform_id=call.platform.pk, actor=call.actor))


@router.post("/wishlists/", response={201: WishlistOut})
def post_wishlist(request: HttpRequest, body: NameIn, platform: str = "") -> Status[Wishlist]:
    """Begin another list."""
    with inside(request, platform) as call:
        made = services.make_list(
            platform_id=call.platform.pk, actor=call.actor, name=body.name, now=call.now
        )
        own = selectors.get_own(platform_id=call.platform.pk, actor=call.actor, wishlist_id=made.pk)
        return Status(201, own)


@router.get("/wishlists/shared/{token}", response=WishlistWithGoods, auth=ANYBODY)
def get_shared_wishlist(request: HttpRequest, token: str, platform: str = "") -> dict[str, object]:
    """The list behind a shared address."""
    with inside(request, platform) as call:
        return _with_goods(selectors.get_shared(platform_id=call.platform.pk, token=token))


@router.get("/wishlists/{wishlist_id}", response=WishlistWithGoods, auth=ANYBODY)
def get_wishlist(request: HttpRequest, wishlist_id: int, platform: str = "") -> dict[str, object]:
    """One of one's own lists with the goods that are for sale."""
    with inside(request, platform) as call:
        return _with_goods(
            selectors.get_own(platform_id=call.platform.pk, actor=call.actor, wishlist_id=wishlist_id)
        )


@router.patch("/wishlists/{wishlist_id}", response={204: None})
def rename_wishlist(request: HttpRequest, wishlist_id: int, body: NameIn, platform: str = "") -> Status[None]:
    """Call a list something else."""
    with inside(request, platform) as call:
        services.rename(
            platform_id=call.platform.pk, actor=call.actor, wishlist_id=wishlist_id, name=body.name
        )
        return Status(204, None)


@router.delete("/wishlists/{wishlist_id}", response={204: None})
def delete_wishlist(request: HttpRequest, wishlist_id: int, platform: str = "") -> Status[None]:
    """Throw a list away."""
    with inside(request, platform) as call:
        services.delete(platform_id=call.platform.pk, actor=call.actor, wishlist_id=wishlist_id)
        return Status(204, None)


@router.put("/wishlists/{wishlist_id}/shared", response=SharedOut)
def share_wishlist(
    request: HttpRequest, wishlist_id: int, body: SharedIn, platform: str = ""
) -> dict[str, str]:
    """Give a list an address that others can open, or take it away."""
    with inside(request, platform) as call:
        token = services.share(
            platform_id=call.platform.pk,
            actor=call.actor,
            wishlist_id=wishlist_id,
            is_shared=body.is_shared,
        )
        return {"token": token}


@router.put("/wishes/{listing_id}", response={204: None}, auth=ANYBODY)
def put_wish(
    request: HttpRequest, listing_id: int, platform: str = "", wishlist_id: int | None = None
) -> Status[None]:
    """Put a good on a list of one's own, the first where none is named."""
    with inside(request, platform) as call:
        services.add(
            platform_id=call.platform.pk,
            actor=call.actor,
            listing_id=listing_id,
            wishlist_id=wishlist_id,
            now=call.now,
        )
        return Status(204, None)


@router.delete("/wishes/{listing_id}", response={204: None}, auth=ANYBODY)
def delete_wish(
    request: HttpRequest, listing_id: int, platform: str = "", wishlist_id: int | None = None
) -> Status[None]:
    """Take a good off one list of one's own, or off all of them."""
    with inside(request, platform) as call:
        services.remove(
            platform_id=call.platform.pk, actor=call.actor, listing_id=listing_id, wishlist_id=wishlist_id
        )
        return Status(204, None)


@router.post("/wishlists/{wishlist_id}/move-to-cart", response=MovedOut, auth=ANYBODY)
def move_wishes(request: HttpRequest, wishlist_id: int, body: MoveIn, platform: str = "") -> services.Moved:
    """Put one unit of a good, or of everything on the list that can be had, into the cart."""
    with inside(request, platform) as call:
        return services.move_to_cart(
            platform_id=call.platform.pk,
            actor=call.actor,
            wishlist_id=wishlist_id,
            listing_id=body.listing_id,
            now=call.now,
        )


def _with_goods(wishlist: Wishlist) -> dict[str, object]:
    goods: list[Listing] = selectors.listings_on(wishlist)
    return {"name": wishlist.name, "items": goods}
