"""The API's doors to what is for sale."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from hansa.commerce.accounts.api import inside
from hansa.commerce.catalogue import selectors, services
from hansa.commerce.catalogue.models import Listing
from hansa.foundation.paging import MOST
from hansa.kernel.errors import InvalidInput

router = Router(tags=["products"])


class PriceOut(Schema):
    amount: int
    currency: str


class ProductOut(Schema):
    id: int
    title: str
    brand: str
    category: str
    merchant_id: int
    merchant: str
    sku: str
    price: PriceOut
    rating: float | None
    ratings: int
    is_active: bool

    @staticmethod
    def of(listing: Listing) -> ProductOut:
        return ProductOut(
            id=listing.pk,
            title=listing.title,
            brand=listing.product.brand,
            category=listing.category.slug,
            merchant_id=listing.merchant_id,
            merchant=listing.merchant.name,
            sku=listing.offer.variant.sku,
            price=PriceOut(amount=listing.price, currency=listing.currency),
            rating=round(listing.rating_sum / listing.rating_count, 2) if listing.rating_count else None,
            ratings=listing.rating_count,
            is_active=listing.is_active,
        )


class ProductPage(Schema):
    items: list[ProductOut]
    total: int
    next_cursor: str


class ProductChange(Schema):
    """Minor units and a currency, or whether the good is shown; at least one of them."""

    price: PriceOut | None = None
    is_active: bool | None = None


@router.get("/products/", response=ProductPage)
def list_products(
    request: HttpRequest,
    platform: str = "",
    q: str = "",
    category: str = "",
    merchant_id: int | None = None,
    order: str = "relevance",
    cursor: str = "",
    limit: int = 20,
) -> ProductPage:
    """Search what a platform sells. The cursor is the number of goods already seen."""
    if not 1 <= limit <= MOST:
        raise InvalidInput(f"limit must be between 1 and {MOST}, not {limit}")
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 7):
        raise InvalidInput(f"{cursor!r} is no cursor of this list")
    offset = int(cursor or 0)
    with inside(request, platform) as call:
        found = selectors.search(
            platform_id=call.platform.pk,
            text=q,
            category_id=selectors.get_category(category).pk if category else None,
            merchant_id=merchant_id,
            order=order,
            offset=offset,
            limit=limit,
        )
        seen = offset + len(found.listings)
        return ProductPage(
            items=[ProductOut.of(listing) for listing in found.listings],
            total=found.total,
            next_cursor=str(seen) if seen < found.total else "",
        )


@router.get("/products/{listing_id}", response=ProductOut)
def get_product(request: HttpRequest, listing_id: int, platform: str = "") -> ProductOut:
    """One good of a platform; another platform's is as if it did not exist."""
    with inside(request, platform) as call:
        return ProductOut.of(selectors.get_listing(platform_id=call.platform.pk, listing_id=listing_id))


@router.patch("/products/{listing_id}", response=ProductOut)
def change_product(
    request: HttpRequest, listing_id: int, body: ProductChange, platform: str = ""
) -> ProductOut:
    """Change the price of one's own good, or show and hide it."""
    if body.price is None and body.is_active is None:
        raise InvalidInput("say a price or is_active")
    with inside(request, platform) as call:
        if body.price is not None:
            services.set_price(
                actor=call.actor,
                platform_id=call.platform.pk,
                listing_id=listing_id,
                price=body.price.amount,
                currency=body.price.currency,
                now=call.now,
            )
        if body.is_active is not None:
            services.set_active(
                actor=call.actor,
                platform_id=call.platform.pk,
                listing_id=listing_id,
                is_active=body.is_active,
            )
        listing = Listing.objects.select_related("merchant", "category", "product", "offer__variant").get(
            pk=listing_id
        )
        return ProductOut.of(listing)
