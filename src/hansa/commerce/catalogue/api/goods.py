"""The API's doors to a merchant's own goods: products, variants, offers, listings, pictures, bundles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, File, Router, Schema, Status, UploadedFile

from hansa.commerce.accounts.api import inside, outside
from hansa.commerce.catalogue import bounds, edits, facts, goods, selectors
from hansa.commerce.catalogue.api import ProductOut
from hansa.commerce.catalogue.models import Listing, Offer, ProductEdit
from hansa.commerce.media import services as media
from hansa.commerce.media.encoding import MOST_BYTES
from hansa.foundation import tenancy
from hansa.foundation.inputs import Price
from hansa.foundation.paging import newest_first

router = Router(tags=["products"])


UnitCost = Annotated[int, Field(ge=bounds.UNIT_COST.least, le=bounds.UNIT_COST.most)]
Weight = Annotated[int, Field(ge=bounds.WEIGHT_G.least, le=bounds.WEIGHT_G.most)]
PackSize = Annotated[int, Field(ge=bounds.PACK_SIZE.least, le=bounds.PACK_SIZE.most)]
LeadTime = Annotated[int, Field(ge=bounds.LEAD_TIME_DAYS.least, le=bounds.LEAD_TIME_DAYS.most)]


class SoldIn(Schema):
    """What the merchant says of what is sold; amounts in minor units of the platform's currency."""

    sku: str = Field(min_length=1, max_length=64)
    price: Price
    label: str = Field("", max_length=80)
    weight_g: Weight = 500
    pack_size: PackSize = 1
    lead_time_days: LeadTime = 3
    is_active: bool = True

    def terms(self) -> goods.Terms:
        return goods.Terms(**self.dict(include=set(goods.Terms.__dataclass_fields__)))


class TermsIn(SoldIn):
    """And what one costs the merchant."""

    unit_cost: UnitCost


class NewProductIn(TermsIn):
    """A product that nobody sells yet, with the merchant's first variant of it. ``category`` is a slug."""

    title: str = Field(min_length=1, max_length=200)
    category: str
    title_zh: str = Field("", max_length=200)
    brand: str = Field("", max_length=120)
    description: str = Field("", max_length=5_000)
    gtin: str = Field("", max_length=14)


class VariantIn(TermsIn):
    """``values`` are of attributes, by their codes."""

    values: dict[str, str] = Field(default_factory=dict)


class VariantsIn(Schema):
    """All of them are made, or none."""

    variants: list[VariantIn] = Field(min_length=1, max_length=goods.MOST_VARIANTS)


class PictureIn(Schema):
    digest: str
    alt: str = Field("", max_length=facts.LONGEST_ALT)
    alt_zh: str = Field("", max_length=facts.LONGEST_ALT)


class FactsIn(Schema):
    """What the product shall say; what is left out stays. ``attributes`` are values by SKU and by code."""

    title: str | None = None
    title_zh: str | None = None
    brand: str | None = None
    description: str | None = None
    category: str | None = None
    gtin: str | None = None
    pictures: list[PictureIn] | None = None
    attributes: dict[str, dict[str, str]] | None = None


class EditOut(Schema):
    """``waiting`` asks the operator, because another merchant offers the product too; ``applied`` is done."""

    id: int
    product_id: int
    merchant_id: int
    state: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    proposed_at: datetime
    decided_at: datetime | None


class EditPage(Schema):
    items: list[EditOut]
    next_cursor: str


class OfferIn(Schema):
    """What is left out stays."""

    unit_cost: UnitCost | None = None
    pack_size: PackSize | None = None
    lead_time_days: LeadTime | None = None


class OfferOut(Schema):
    id: int
    sku: str
    unit_cost: int
    pack_size: int
    lead_time_days: int

    @staticmethod
    def resolve_sku(offer: Offer) -> str:
        return offer.variant.sku


class ListingIn(Schema):
    price: Price
    is_active: bool = True


class BundleIn(SoldIn):
    """``components`` are the merchant's own offers, by id, and how many units of each; it costs what they cost."""

    title: str = Field(min_length=1, max_length=200)
    title_zh: str = Field("", max_length=200)
    components: dict[int, int]


class PictureOut(Schema):
    """``digest`` names the picture where a product's pictures are said."""

    digest: str


@router.post("/merchants/{merchant_id}/products/", response={201: ProductOut})
def create_product(
    request: HttpRequest, merchant_id: int, body: NewProductIn, platform: str = ""
) -> Status[ProductOut]:
    """Write down a product that nobody sells yet and list it here."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        described = goods.Described(
            title=body.title,
            category_id=selectors.get_category(body.category).pk,
            title_zh=body.title_zh,
            brand=body.brand,
            description=body.description,
            gtin=body.gtin,
        )
        listing = goods.sell_new(
            actor=call.actor,
            platform=call.platform,
            merchant_id=merchant_id,
            described=described,
            terms=body.terms(),
            now=call.now,
        )
        return Status(201, ProductOut.of(_whole(listing)))


@router.patch("/merchants/{merchant_id}/products/{product_id}", response=EditOut)
def edit_product(
    request: HttpRequest, merchant_id: int, product_id: int, body: FactsIn, platform: str = ""
) -> ProductEdit:
    """Change what is said of a product: at once, or when the operator agrees, where others offer it too."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return edits.propose(
            actor=call.actor,
            platform_id=call.platform.pk,
            merchant_id=merchant_id,
            product_id=product_id,
            wanted=body.dict(exclude_none=True),
            now=call.now,
        )


@router.get("/merchants/{merchant_id}/edits/", response=EditPage)
def list_own_edits(
    request: HttpRequest, merchant_id: int, platform: str = "", cursor: str = "", limit: int = 20
) -> dict[str, object]:
    """What the merchant asked to be changed in products, newest first."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        own = edits.edits_on(call.platform.pk).filter(merchant_id=merchant_id)
        page = newest_first(own, cursor=cursor, limit=limit)
        return {"items": page.rows, "next_cursor": page.next_cursor}


@router.post("/merchants/{merchant_id}/products/{product_id}/variants/", response={201: list[ProductOut]})
def add_variants(
    request: HttpRequest,
    merchant_id: int,
    product_id: int,
    body: VariantsIn,
    platform: str = "",
) -> Status[list[ProductOut]]:
    """List more variants of a product that the merchant offers already; all or none."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        listings = goods.add_variants(
            actor=call.actor,
            platform=call.platform,
            merchant_id=merchant_id,
            product_id=product_id,
            wanted=[(each.terms(), each.values) for each in body.variants],
            now=call.now,
        )
        return Status(201, [ProductOut.of(_whole(each)) for each in listings])


@router.patch("/merchants/{merchant_id}/offers/{offer_id}", response=OfferOut)
def change_offer(
    request: HttpRequest, merchant_id: int, offer_id: int, body: OfferIn, platform: str = ""
) -> Offer:
    """Say what a unit costs the merchant, how many come in a pack and how long they take."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        return goods.change_offer(
            actor=call.actor, merchant_id=merchant_id, offer_id=offer_id, now=call.now, **body.dict()
        )


@router.put("/merchants/{merchant_id}/offers/{offer_id}/listing", response=ProductOut)
def list_offer(
    request: HttpRequest, merchant_id: int, offer_id: int, body: ListingIn, platform: str = ""
) -> ProductOut:
    """Show an offer on a platform where the merchant keeps a store, at a price of that platform; or hide it there."""
    call = outside(request, platform, merchant_id=merchant_id)
    with tenancy.as_platform(call.platform.pk):
        listing = goods.sell_at(
            actor=call.actor,
            platform=call.platform,
            merchant_id=merchant_id,
            offer_id=offer_id,
            price=body.price,
            is_active=body.is_active,
            now=call.now,
        )
        return ProductOut.of(_whole(listing))


@router.post("/merchants/{merchant_id}/bundles/", response={201: ProductOut})
def create_bundle(
    request: HttpRequest, merchant_id: int, body: BundleIn, platform: str = ""
) -> Status[ProductOut]:
    """List several of the merchant's own goods as one, at a price of its own."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        listing = goods.make_bundle(
            actor=call.actor,
            platform=call.platform,
            merchant_id=merchant_id,
            terms=body.terms(),
            title=body.title,
            title_zh=body.title_zh,
            components=body.components,
            now=call.now,
        )
        return Status(201, ProductOut.of(_whole(listing)))


@router.post("/merchants/{merchant_id}/pictures/", response={201: PictureOut})
def take_in_picture(
    request: HttpRequest, merchant_id: int, file: File[UploadedFile], platform: str = ""
) -> Status[PictureOut]:
    """Keep a picture, to be named by its digest where a product's pictures are said; again it is the same one."""
    with inside(request, platform, merchant_id=merchant_id) as call:
        picture = media.take_in(bytes(file.read(MOST_BYTES + 1)), now=call.now)
        return Status(201, PictureOut(digest=picture.digest))


def _whole(listing: Listing) -> Listing:
    return Listing.objects.select_related("merchant", "category", "product", "offer__variant").get(
        pk=listing.pk
    )
