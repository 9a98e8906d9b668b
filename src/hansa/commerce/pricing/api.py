"""The API's doors to price lists and to the way a platform taxes."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from hansa.commerce.accounts.api import inside
from hansa.commerce.pricing import lists
from hansa.commerce.pricing.domain.tax import Rounding
from hansa.commerce.pricing.models import ListPrice, PriceList
from hansa.foundation.inputs import Moment, Price
from hansa.foundation.paging import newest_first, sorted_page
from hansa.kernel.errors import NotFound

router = Router(tags=["prices"])


class PriceListIn(Schema):
    """The smallest priority decides first; a list without a start or an end holds always."""

    name: str = Field(min_length=1, max_length=lists.LONGEST_NAME)
    priority: int = Field(100, ge=1, le=lists.MOST_PRIORITY)
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class PriceListOut(Schema):
    id: int
    name: str
    currency: str
    priority: int
    starts_at: datetime | None
    ends_at: datetime | None


class PriceListPage(Schema):
    items: list[PriceListOut]
    next_cursor: str


class ListPriceIn(Schema):
    """Without a price the good is taken off the list; the merchant is needed where several offer it."""

    sku: str = Field(min_length=1, max_length=64)
    merchant_id: int | None = None
    min_quantity: int = Field(1, ge=1, le=lists.MOST_UNITS)
    price: Price | None = None


class ListPriceOut(Schema):
    sku: str
    merchant_id: int
    min_quantity: int
    price: int

    @staticmethod
    def resolve_sku(row: ListPrice) -> str:
        return row.listing.offer.variant.sku

    @staticmethod
    def resolve_merchant_id(row: ListPrice) -> int:
        return row.listing.merchant_id


class ListPricePage(Schema):
    items: list[ListPriceOut]
    next_cursor: str


class TaxIn(Schema):
    country: str
    prices_include_tax: bool = True
    rounding: Rounding = Rounding.LINE


class TaxOut(TaxIn):
    """``reduced`` are the categories that do not bear the standard rate in the country, by id."""

    reduced: dict[int, str]


class TaxClassIn(Schema):
    tax_class: str


@router.get("/price-lists/", response=PriceListPage)
def list_price_lists(
    request: HttpRequest, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """Every price list of the platform, newest first."""
    with inside(request, platform) as call:
        own = PriceList.objects.filter(platform_id=call.platform.pk)
        page = newest_first(own, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/price-lists/", response={201: PriceListOut})
def make_price_list(request: HttpRequest, body: PriceListIn, platform: str = "") -> Status[PriceList]:
    """Begin a list of prices for everybody, in the platform's currency."""
    with inside(request, platform) as call:
        made = lists.make_price_list(actor=call.actor, platform=call.platform, now=call.now, **body.dict())
        return Status(201, made)


@router.get("/price-lists/{price_list_id}/prices/", response=ListPricePage)
def list_prices(
    request: HttpRequest, price_list_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """The prices on a list, good by good."""
    with inside(request, platform) as call:
        if not PriceList.objects.filter(platform_id=call.platform.pk, pk=price_list_id).exists():
            raise NotFound(f"there is no price list {price_list_id} here")
        rows = lists.prices_on(platform_id=call.platform.pk, price_list_id=price_list_id)
        page = sorted_page(rows, sorts={"good": "listing_id"}, sort="good", cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.put("/price-lists/{price_list_id}/prices/", response={204: None})
def set_list_price(
    request: HttpRequest, price_list_id: int, body: ListPriceIn, platform: str = ""
) -> Status[None]:
    """Say what one unit of a good costs on a list from so many units on, or take it off the list."""
    with inside(request, platform) as call:
        lists.set_list_price(
            actor=call.actor,
            platform_id=call.platform.pk,
            price_list_id=price_list_id,
            now=call.now,
            **body.dict(),
        )
        return Status(204, None)


@router.get("/tax", response=TaxOut)
def get_tax(request: HttpRequest, platform: str = "") -> TaxOut:
    """How the platform taxes; refused where it has not said so yet."""
    with inside(request, platform) as call:
        return _tax(call.platform.pk)


@router.put("/tax", response=TaxOut)
def set_tax(request: HttpRequest, body: TaxIn, platform: str = "") -> TaxOut:
    """Say in which country the platform taxes, whether its prices contain the tax, and where it is rounded."""
    with inside(request, platform) as call:
        lists.set_tax(
            actor=call.actor,
            platform_id=call.platform.pk,
            country=body.country,
            prices_include_tax=body.prices_include_tax,
            rounding=body.rounding.value,
            now=call.now,
        )
        return _tax(call.platform.pk)


@router.put("/tax/categories/{category_id}", response=TaxOut)
def class_category(request: HttpRequest, category_id: int, body: TaxClassIn, platform: str = "") -> TaxOut:
    """Say which rate the goods of a category bear in the platform's country."""
    with inside(request, platform) as call:
        lists.class_category(
            actor=call.actor,
            platform_id=call.platform.pk,
            category_id=category_id,
            tax_class=body.tax_class,
            now=call.now,
        )
        return _tax(call.platform.pk)


def _tax(platform_id: int) -> TaxOut:
    said = lists.tax_of(platform_id)
    if said is None:
        raise NotFound("this platform has not said yet how it taxes")
    return TaxOut(
        country=said.country,
        prices_include_tax=said.prices_include_tax,
        rounding=Rounding(said.rounding),
        reduced=lists.tax_classes(said),
    )
