"""One good offered by several merchants, and goods as other machines read them: JSON-LD and feeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from hansa.commerce.catalogue import featured, structured
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.media.encoding import Size
from hansa.foundation import tenancy
from hansa.kernel.money import Money
from hansa.web import pictures
from hansa.web.doors import Visit, phased_shop_page
from hansa.web.storefront import shown
from hansa.web.storefront.shown import Good, Today
from hansa.web.templatetags.words import category_name, in_language


def offered_beside(listing: Listing, visit: Visit) -> list[Listing]:
    """Every listing here of what this listing offers, itself among them."""
    found = catalogue.listings_of_variant(platform_id=visit.platform.pk, variant_id=listing.offer.variant_id)
    return found if listing.pk in {each.pk for each in found} else [*found, listing]


def ranked(offered: Sequence[Listing], visit: Visit, now: Today) -> list[Good]:
    """The offers of one good, the featured one first (rules: `catalogue.featured`)."""
    goods = {good.listing.pk: good for good in shown.listings(offered, visit, now=now)}
    candidates = [
        featured.Candidate(
            pk,
            good.price,
            0,  # the platform's own tours bring every merchant's goods on the same day
            good.in_stock,
            good.listing.rating_sum,
            good.listing.rating_count,
        )
        for pk, good in goods.items()
    ]
    return [goods[candidate.listing_id] for candidate in featured.ranked(candidates)]


def described(request: HttpRequest, good: Good) -> structured.Described:
    """A good as machines read it, with absolute addresses."""
    listing = good.listing
    return structured.Described(
        id=str(listing.pk),
        group_id=str(listing.product_id),
        title=good.title,
        description=listing.product.description,
        url=request.build_absolute_uri(good.url),
        price=Money(max(good.price, 1), listing.currency),
        is_available=good.in_stock,
        brand=listing.product.brand,
        gtin=listing.product.gtin,
        sku=listing.offer.variant.sku,
        merchant=listing.merchant.name,
        category=category_name(listing.category),
        image_url=_image_url(request, listing.product.cover),
        stars=good.rating or None,
        ratings=listing.rating_count,
    )


@dataclass(frozen=True)
class ShownPicture:
    """A picture, and what it shows in the reader's language."""

    digest: str
    alt: str


def pictures_of(good: Good) -> list[ShownPicture]:
    """A good's pictures in their order; one that nobody described is called like the good."""
    if not good.listing.product.cover:
        return []
    return [
        ShownPicture(each.picture.digest, in_language(each.alt, each.alt_zh) or good.title)
        for each in catalogue.pictures_of(good.listing.product_id)
    ]


def _image_url(request: HttpRequest, cover: str) -> str:
    """A JPEG, because not every reader of feeds takes WebP."""
    return request.build_absolute_uri(pictures.url_of(cover, Size.LARGE, "jpg")) if cover else ""


@require_GET
@phased_shop_page
def feed(request: HttpRequest, visit: Visit, form: str) -> HttpResponse:
    """Everything that is on sale here as a Google Merchant feed, XML or TSV."""
    goods = _everything(request, visit)
    if form == "tsv":
        pieces, kind = structured.google_tsv(goods), "text/tab-separated-values"
    else:
        home = request.build_absolute_uri(reverse("shop:home", args=[visit.platform.code]))
        pieces, kind = structured.google_xml(goods, title=visit.platform.name, url=home), "application/xml"
    answer = StreamingHttpResponse(pieces, content_type=f"{kind}; charset=utf-8")
    return cast("HttpResponse", answer)  # Django's stubs give the two no common name that a view may return


def _everything(request: HttpRequest, visit: Visit) -> Iterator[structured.Described]:
    """Goods in key order, a piece at a time: no transaction is open while the reader is slow."""
    last = 0
    while True:
        with tenancy.as_platform(visit.platform.pk):
            found = catalogue.listings_for_feed(visit.platform.pk, after=last)
            described_goods = [described(request, good) for good in shown.listings(found, visit)]
        if not found:
            return
        yield from described_goods
        last = found[-1].pk
