"""Rows of articles that nobody knows yet, written down all together: statements for a file, not for each row.

What this cannot take (other merchants' articles, attributes, groups that are there as numbers) `services` takes row
by row, as it takes everything when somebody else writes down the same at this moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue import facts, gtin, services, standing
from hansa.commerce.catalogue.events import ListingPriced
from hansa.commerce.catalogue.exchange.rows import PRODUCT, Good, Problem
from hansa.commerce.catalogue.goods import ArticleKnown
from hansa.commerce.catalogue.models import Category, Listing, Offer, Product, Variant
from hansa.foundation import outbox
from hansa.kernel.errors import HansaError, Refused

GROUP = "m{merchant}:{group}"
AT_ONCE = 1_000


@dataclass(frozen=True)
class Desk:
    """Who brings a file, for which merchant, where and when."""

    actor: Actor
    platform: Platform
    merchant_id: int
    now: datetime


class Misfit(Refused):
    """A row that makes sense by itself and does not fit to what is there, because of one of its cells."""

    code = "row_misfit"

    def __init__(self, message: str, *, column: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass
class Written:
    """What was taken, by SKU, and why some was not."""

    skus: set[str] = field(default_factory=set)
    problems: dict[str, Problem] = field(default_factory=dict)


def write_down(desk: Desk, goods: Iterable[Good]) -> Written:
    """Make products, variants, offers and listings of those goods that are new and plain; the others stay as they are.

    In the caller's transaction, with the merchant's store locked.
    """
    plain = _plain(desk, list(goods))
    try:
        if any(good.is_active for good in plain):
            standing.insist_on_approved(desk.merchant_id)
        with transaction.atomic():
            return _written(desk, plain)
    except (HansaError, IntegrityError):  # row by row it will be seen which ones cannot be
        return Written()


def problem_of(good: Good, refusal: HansaError) -> Problem:
    """A refusal as a slip of the row; of the row as a whole where it names no column."""
    column = refusal.column if isinstance(refusal, Misfit) else ""
    column = "gtin" if isinstance(refusal, ArticleKnown) else column
    return Problem(good.line, column, good.given[column or "sku"][:80], refusal.message)


def _plain(desk: Desk, goods: list[Good]) -> list[Good]:
    known = set(Variant.objects.filter(sku__in=[good.sku for good in goods]).values_list("sku", flat=True))
    apart = {good.given["group"] for good in goods if good.attributes or good.sku in known} - {""}
    return [
        good
        for good in goods
        if not good.attributes
        and good.sku not in known
        and good.given["group"] not in apart
        and not good.given["group"].startswith("#")
    ]


def _written(desk: Desk, plain: Sequence[Good]) -> Written:
    written, products = Written(), _Products(desk, plain)
    pairs: list[tuple[Good, Product]] = []
    for good in plain:
        try:
            pairs.append((good, products.of(good)))
        except HansaError as refusal:
            written.problems[good.sku] = problem_of(good, refusal)
    Product.objects.bulk_create(products.made, batch_size=AT_ONCE)
    variants = [
        Variant(product=product, sku=good.sku, label=good.given["label"], weight_g=good.weight_g)
        for good, product in pairs
    ]
    Variant.objects.bulk_create(variants, batch_size=AT_ONCE)
    offers = [
        Offer(
            merchant_id=desk.merchant_id,
            variant=variant,
            unit_cost=good.unit_cost,
            pack_size=good.pack_size,
            lead_time_days=good.lead_time_days,
            created_at=desk.now,
        )
        for (good, _product), variant in zip(pairs, variants, strict=True)
    ]
    Offer.objects.bulk_create(offers, batch_size=AT_ONCE)
    _list(desk, pairs, offers)
    written.skus = {good.sku for good, _product in pairs}
    return written


def _list(desk: Desk, pairs: Sequence[tuple[Good, Product]], offers: Sequence[Offer]) -> None:
    listings = [
        Listing(
            platform=desk.platform,
            offer=offer,
            merchant_id=desk.merchant_id,
            product=product,
            category=product.category,
            title=services.title_of(product, offer.variant),
            price=good.price,
            currency=desk.platform.currency,
            is_active=good.is_active,
            listed_at=desk.now,
        )
        for (good, product), offer in zip(pairs, offers, strict=True)
    ]
    Listing.objects.bulk_create(listings, batch_size=AT_ONCE)
    services.index_all(listings)
    at = desk.now.isoformat()
    outbox.record_all(
        [
            ListingPriced(platform_id=desk.platform.pk, listing_id=each.pk, price=each.price, at=at)
            for each in listings
        ]
    )


class _Products:
    """The products that new variants belong to: of groups that are there, and new ones, which it gathers."""

    def __init__(self, desk: Desk, plain: Sequence[Good]) -> None:
        self.made: list[Product] = []
        self._desk = desk
        refs = {ref for good in plain if (ref := self._ref(good))}
        self._by_ref: dict[str | None, Product] = {
            product.external_ref: product
            for product in Product.objects.filter(external_ref__in=refs).select_related("category")
        }
        slugs = {good.given["category"] for good in plain}
        self._categories = {each.slug: each for each in Category.objects.filter(slug__in=slugs)}
        forms = {form for good in plain for form in gtin.forms(good.given["gtin"])}
        self._articles = dict(
            Variant.objects.filter(product__gtin__in=forms)
            .order_by("-pk")
            .values_list("product__gtin", "sku")
        )

    def of(self, good: Good) -> Product:
        """The product of a good; refuses as `services` does row by row."""
        ref = self._ref(good)
        if ref is not None and ref in self._by_ref:
            return self._by_ref[ref]
        forms = gtin.forms(good.given["gtin"])
        there = next((self._articles[form] for form in forms if form in self._articles), None)
        if there is not None:
            raise ArticleKnown(f"this article is there as {there}; use that SKU to offer it too")
        category = self._categories.get(good.given["category"])
        if category is None:
            raise Misfit("there is no such category; use the slug of one", column="category")
        said = facts.checked(Product(), {name: good.given[name] for name in PRODUCT if name != "category"})
        product = Product(**said, category=category, external_ref=ref, created_at=self._desk.now)
        self.made.append(product)
        self._by_ref |= {ref: product} if ref else {}
        self._articles |= dict.fromkeys(forms, good.sku)
        return product

    def _ref(self, good: Good) -> str | None:
        group = good.given["group"]
        return GROUP.format(merchant=self._desk.merchant_id, group=group) if group else None
