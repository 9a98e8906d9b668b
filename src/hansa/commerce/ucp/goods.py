"""What a platform sells, as the protocol's catalogue shows it: products with variants, one for each merchant's offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Category, Listing
from hansa.commerce.catalogue.search.port import LARGEST, LONGEST_QUESTION, Question
from hansa.commerce.pricing.selectors import Deal, deals
from hansa.commerce.stock import selectors as stock
from hansa.commerce.ucp import amounts, domain, messages, profile, sessions
from hansa.commerce.ucp.errors import Gone, InvalidRequest, TooLarge
from hansa.commerce.ucp.sessions import Call
from hansa.foundation import tenancy

Json = dict[str, Any]
MOST_AT_ONCE = 50
MOST_ON_A_PAGE, USUAL_PAGE = 50, 10
FURTHEST = 10_000
OPTION = "Variant"


@dataclass(frozen=True)
class Wanted:
    """What is searched for; at least words or a filter."""

    text: str
    categories: tuple[str, ...]
    price_from: int | None
    price_to: int | None
    cursor: str
    limit: int

    def __post_init__(self) -> None:
        if not (self.text.strip() or self.categories or self.price_from or self.price_to):
            raise InvalidRequest("say a query or a filter")
        if self.cursor and not (self.cursor.isascii() and self.cursor.isdigit() and len(self.cursor) < 6):
            raise InvalidRequest(f"{self.cursor[:40]!r} is no cursor of this search")
        if self.limit < 1:
            raise InvalidRequest(f"pagination.limit must be at least 1, not {self.limit}")


def search(call: Call, wanted: Wanted) -> Json:
    """A page of products, best first."""
    offset, limit = int(wanted.cursor or 0), min(wanted.limit, MOST_ON_A_PAGE)
    with tenancy.as_platform(call.platform.pk):
        slugs = [slug for slug in wanted.categories if slug]
        categories = tuple(Category.objects.filter(slug__in=slugs).values_list("pk", flat=True))
        if slugs and not categories:
            return _page(call, domain.SEARCH, []) | {"pagination": {"has_next_page": False}}
        text = "" if wanted.text.strip() == "*" else wanted.text.strip()[:LONGEST_QUESTION]
        found = catalogue.find(
            Question(
                platform_id=call.platform.pk,
                text=text,
                categories=categories,
                price_from=_within(wanted.price_from),
                price_to=_within(wanted.price_to),
                offset=offset,
                limit=limit,
                with_facets=False,
            )
        )
        seen = offset + len(found.listings)
        more = seen < min(found.total, FURTHEST) and bool(found.listings)
        pagination: Json = {"has_next_page": more} | ({"cursor": str(seen)} if more else {})
        if found.is_exact:
            pagination["total_count"] = found.total
        return _page(call, domain.SEARCH, _products(call, found.listings)) | {"pagination": pagination}


def look_up(call: Call, ids: Sequence[str]) -> Json:
    """The products behind these ids of products and variants, each once; each variant says what it was asked by."""
    asked = list(dict.fromkeys(ids))
    if len(asked) > MOST_AT_ONCE:
        raise TooLarge(f"at most {MOST_AT_ONCE} ids at once, not {len(asked)}")
    with tenancy.as_platform(call.platform.pk):
        inputs: dict[int, list[Json]] = {}
        named = {name: sessions.listing_of(name) for name in asked}
        products = {_product_of(name): name for name in asked if _product_of(name)}
        listings = catalogue.listings_in_order(
            platform_id=call.platform.pk, listing_ids=[each for each in named.values() if each]
        )
        for listing in listings:
            inputs[listing.pk] = [{"id": amounts.item_id(listing.pk), "match": "exact"}]
        for listing in catalogue.listings_of_products(platform_id=call.platform.pk, product_ids=products):
            inputs.setdefault(listing.pk, []).append(
                {"id": products[listing.product_id], "match": "featured"}
            )
            if listing.pk not in {each.pk for each in listings}:
                listings.append(listing)
        found = _products(call, listings)
    for product in found:
        for variant in product["variants"]:
            variant["inputs"] = inputs[sessions.listing_of(variant["id"])]
    missing = [name for name in asked if not any(name in _names(product) for product in found)]
    told = [messages.info(f"{name[:60]} is not known here", code="not_found") for name in missing]
    return _page(call, domain.LOOKUP, found) | ({"messages": told} if told else {})


def product(call: Call, name: str, selected: Sequence[Json]) -> Json:
    """One product with every offer of it, the one asked for first. Refuses with Gone what is not sold here."""
    with tenancy.as_platform(call.platform.pk):
        listing_id, product_id = sessions.listing_of(name), _product_of(name)
        known = catalogue.listings_in_order(platform_id=call.platform.pk, listing_ids=[listing_id])
        if known:
            product_id = known[0].product_id
        listings = list(
            catalogue.listings_of(call.platform.pk)
            .filter(product_id=product_id)
            .order_by("-sold_count", "pk")[: catalogue.MOST_OFFERS]
        )
        if not listings:
            raise Gone(f"{name[:60]} is not sold here")
        chosen = {str(each.get("label")) for each in selected if each.get("name") == OPTION}
        listings.sort(key=lambda each: (each.pk != listing_id, each.offer.variant.label not in chosen))
        (found,) = _products(call, listings)
        labels = list(dict.fromkeys(each.offer.variant.label for each in listings))
    if len(labels) > 1:
        found["options"] = [
            {
                "name": OPTION,
                "values": [{"label": label, "available": True, "exists": True} for label in labels if label],
            }
        ]
        found["selected"] = [{"name": OPTION, "label": listings[0].offer.variant.label or found["title"]}]
    return {"ucp": profile.envelope(domain.LOOKUP, call.caller.common, call.base_url), "product": found}


def _page(call: Call, about: str, products: list[Json]) -> Json:
    return {"ucp": profile.envelope(about, call.caller.common, call.base_url), "products": products}


def _products(call: Call, listings: Sequence[Listing]) -> list[Json]:
    """Products in the order in which their first listing comes, each with its listings as variants."""
    made = deals(platform_id=call.platform.pk, listings=listings, now=call.now)
    free = stock.available(platform_id=call.platform.pk, offer_ids=[each.offer_id for each in listings])
    found: dict[int, Json] = {}
    for listing in listings:
        own = found.setdefault(listing.product_id, _product(call, listing))
        own["variants"].append(_variant(call, listing, made[listing.pk], free[listing.offer_id]))
    for own in found.values():
        own["price_range"] = _range([variant["price"] for variant in own["variants"]])
    return list(found.values())


def _product(call: Call, listing: Listing) -> Json:
    good = listing.product
    return {
        "id": f"p{good.pk}",
        "title": good.title,
        "description": {"plain": good.description or good.title},
        "url": _page_of(call, listing),
        "categories": [{"value": listing.category.slug, "taxonomy": "merchant"}],
        "variants": [],
    }


def _variant(call: Call, listing: Listing, deal: Deal, free: int) -> Json:
    variant = listing.offer.variant
    found: Json = {
        "id": amounts.item_id(listing.pk),
        "sku": variant.sku,
        "title": listing.title,
        "description": {"plain": listing.product.description or listing.title},
        "url": _page_of(call, listing),
        "price": _price(deal.price, listing.currency),
        "availability": {"available": free > 0, "status": "in_stock" if free > 0 else "out_of_stock"},
        "seller": {"name": listing.merchant.name},
    }
    if deal.list_price > deal.price:
        found["list_price"] = _price(deal.list_price, listing.currency)
    if listing.product.gtin:
        found["barcodes"] = [{"type": "GTIN", "value": listing.product.gtin}]
    if variant.label:
        found["options"] = [{"name": OPTION, "label": variant.label}]
    if listing.rating_count:
        mean = round(listing.rating_sum / listing.rating_count, 2)
        found["rating"] = {"value": mean, "scale_min": 1, "scale_max": 5, "count": listing.rating_count}
    return found


def _page_of(call: Call, listing: Listing) -> str:
    return f"{call.base_url.replace('/ucp/', '/', 1)}/p/{listing.pk}/"


def _price(amount: int, currency: str) -> Json:
    return {"amount": amount, "currency": currency}


def _range(prices: Sequence[Json]) -> Json:
    in_order = sorted(prices, key=lambda price: int(price["amount"]))
    return {"min": in_order[0], "max": in_order[-1]}


def _names(product: Json) -> set[str]:
    return {each["id"] for variant in product["variants"] for each in variant["inputs"]}


def _product_of(name: str) -> int:
    number = name[1:]
    known = name[:1] == "p" and number.isascii() and number.isdigit() and len(number) < 10
    return int(number) if known else 0


def _within(price: int | None) -> int | None:
    return None if price is None else max(0, min(price, LARGEST))
