"""The API's doors to what is for sale."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Query, Router, Schema, UploadedFile

from hansa.commerce.accounts.api import ANYBODY, inside, outside
from hansa.commerce.catalogue import selectors, services
from hansa.commerce.catalogue.exchange import services as exchange
from hansa.commerce.catalogue.exchange.tables import CSV_KIND, MOST_BYTES, XLSX_KIND
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.catalogue.search.port import (
    BAND_EDGES,
    LARGEST,
    LONGEST_QUESTION,
    MOST_CHOSEN,
    Order,
    Question,
)
from hansa.commerce.catalogue.selectors import Facet
from hansa.foundation import paging
from hansa.kernel.errors import InvalidInput

router = Router(tags=["products"])
FILE_KINDS = {
    CSV_KIND: "text/csv; charset=utf-8",
    XLSX_KIND: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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


class ChoiceOut(Schema):
    id: int
    name: str
    name_zh: str
    count: int
    chosen: bool


class FacetOut(Schema):
    """Counts are what one would see by choosing the value beside what is chosen in the other facets.

    ``price`` ids are bands between the edges of ``price_band_edges``; ``rating`` ids are stars and up;
    ``availability`` 1 is in stock.
    """

    name: str
    title: str
    title_zh: str
    choices: list[ChoiceOut]


class ProductPage(Schema):
    """``total_is_exact`` is false where there are more than the search counts: then numbers are "at least"."""

    items: list[ProductOut]
    total: int
    total_is_exact: bool
    corrected: str
    facets: list[FacetOut]
    price_band_edges: list[int]
    next_cursor: str


class Narrowing(Schema):
    """What a search may be narrowed by; values of one name widen, different names narrow."""

    category: list[str] = Field(default_factory=list)
    merchant_id: list[int] = Field(default_factory=list)
    brand_id: list[int] = Field(default_factory=list)
    attribute_value_id: list[int] = Field(default_factory=list)
    price_band: list[int] = Field(default_factory=list)
    price_from: int | None = None
    price_to: int | None = None
    stars_from: int = 0
    in_stock: bool = False


class ProductChange(Schema):
    """Minor units and a currency, or whether the good is shown; at least one of them."""

    price: PriceOut | None = None
    is_active: bool | None = None


@router.get("/products/", response=ProductPage, auth=ANYBODY)
def list_products(
    request: HttpRequest,
    narrowing: Query[Narrowing],
    platform: str = "",
    q: str = "",
    order: str = "relevance",
    cursor: str = "",
    limit: int = 20,
    facets: bool = False,
) -> ProductPage:
    """Search what a platform sells. A cursor counts for the same question only; ``facets`` asks for counts."""
    paging.check_limit(limit)
    with inside(request, platform) as call:
        asked = f"products {call.platform.pk} {q} {order} {narrowing.model_dump_json()}"
        offset = int(paging.unsealed(asked, cursor)[0]) if cursor else 0
        found = selectors.find(
            Question(
                platform_id=call.platform.pk,
                text=q[:LONGEST_QUESTION],
                categories=tuple(selectors.get_category(slug).pk for slug in narrowing.category),
                merchants=tuple(_keys(narrowing.merchant_id)),
                brands=tuple(_keys(narrowing.brand_id)),
                attributes=selectors.attributes_of(_keys(narrowing.attribute_value_id)),
                bands=tuple(narrowing.price_band),
                price_from=_within(narrowing.price_from),
                price_to=_within(narrowing.price_to),
                stars_from=narrowing.stars_from,
                in_stock=narrowing.in_stock,
                order=Order(order) if order in set(Order) else Order.RELEVANCE,
                offset=offset,
                limit=limit,
                with_facets=facets,
            )
        )
        seen = offset + len(found.listings)
        more = seen < found.total or (not found.is_exact and len(found.listings) == limit)
        return ProductPage(
            items=[ProductOut.of(listing) for listing in found.listings],
            total=found.total,
            total_is_exact=found.is_exact,
            corrected=found.corrected,
            facets=[_facet(facet) for facet in found.facets],
            price_band_edges=list(BAND_EDGES),
            next_cursor=paging.sealed(asked, [seen]) if more and found.listings else "",
        )


@router.get("/products/suggestions", response=list[str], auth=ANYBODY)
def suggest_products(request: HttpRequest, platform: str = "", q: str = "") -> list[str]:
    """What somebody may be about to type: titles of the best-selling goods that fit so far."""
    with inside(request, platform) as call:
        found = selectors.suggest(platform_id=call.platform.pk, text=q[:LONGEST_QUESTION])
        return [listing.title for listing in found]


def _facet(facet: Facet) -> FacetOut:
    choices = [
        ChoiceOut(id=each.id, name=each.name, name_zh=each.name_zh, count=each.count, chosen=each.is_chosen)
        for each in facet.choices
    ]
    return FacetOut(name=facet.name, title=facet.title, title_zh=facet.title_zh, choices=choices)


def _keys(ids: list[int]) -> list[int]:
    # A number that no table holds is nobody's; the packed columns hold 31 bits.
    return [each if 0 < each <= LARGEST else LARGEST for each in ids[:MOST_CHOSEN]]


def _within(price: int | None) -> int | None:
    return None if price is None else max(0, min(price, LARGEST))


@router.get("/products/{listing_id}", response=ProductOut, auth=ANYBODY)
def get_product(request: HttpRequest, listing_id: int, platform: str = "") -> ProductOut:
    """One good of a platform; another platform's is as if it did not exist."""
    with inside(request, platform) as call:
        return ProductOut.of(selectors.get_listing(platform_id=call.platform.pk, listing_id=listing_id))


class RowProblemOut(Schema):
    """``column`` is empty where the row as a whole does not fit."""

    line: int
    column: str
    value: str
    reason: str


class GoodsReportOut(Schema):
    """What became of the rows; ``waiting`` ones ask the operator to change what another merchant offers too."""

    dry_run: bool
    new: int
    changed: int
    waiting: int
    same: int
    refused: int
    problems: list[RowProblemOut]


@router.get("/merchants/{merchant_id}/goods")
def export_goods(
    request: HttpRequest, merchant_id: int, form: str = "csv", platform: str = ""
) -> HttpResponse:
    """Everything that a merchant lists on a platform, as a file: ``csv`` or ``xlsx``."""
    if form not in FILE_KINDS:
        raise InvalidInput(f"{form!r} is no kind of file; there are: {', '.join(FILE_KINDS)}")
    call = outside(request, platform)
    data = exchange.export_goods(actor=call.actor, platform=call.platform, merchant_id=merchant_id, kind=form)
    return HttpResponse(data, content_type=FILE_KINDS[form])


@router.post("/merchants/{merchant_id}/goods", response=GoodsReportOut)
def import_goods(
    request: HttpRequest,
    merchant_id: int,
    file: File[UploadedFile],
    platform: str = "",
    dry_run: bool = False,
) -> GoodsReportOut:
    """Bring goods in from a CSV or XLSX file, each row whole or not at all; a dry run only tells what would be."""
    call = outside(request, platform)
    report = exchange.import_goods(
        actor=call.actor,
        platform=call.platform,
        merchant_id=merchant_id,
        data=bytes(file.read(MOST_BYTES + 1)),
        now=call.now,
        dry_run=dry_run,
    )
    problems = [RowProblemOut(**asdict(each)) for each in report.problems]
    return GoodsReportOut(dry_run=report.is_dry_run, problems=problems, **report.counts)


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
