"""Making goods: a product, its variants, a merchant's offers of them, and where these are listed.

Whoever calls has checked that the actor may; each function writes in the caller's transaction and tenant scope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import bounds, facts, gtin, selectors, services, standing, trail
from hansa.commerce.catalogue.events import ListingPriced
from hansa.commerce.catalogue.models import BundleComponent, Category, Listing, Offer, Product, Variant
from hansa.commerce.merchants import selectors as merchants
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import InvalidInput, NotFound, Refused

MOST_IN_BUNDLE = 20
MOST_UNITS = 1_000
MOST_VARIANTS = 50


class SkuTaken(Refused):
    """A variant of another product has this SKU."""

    code = "sku_taken"


class ArticleKnown(Refused):
    """Somebody sells this very article already, so there is a product of it."""

    code = "article_known"


@dataclass(frozen=True)
class Described:
    """What a product is, for every merchant who offers it."""

    title: str
    category_id: int
    title_zh: str = ""
    brand: str = ""
    description: str = ""
    gtin: str = ""


@dataclass(frozen=True)
class Terms:
    """What one merchant says of one variant. Amounts in minor units of the platform's currency."""

    sku: str
    price: int
    unit_cost: int = 0
    label: str = ""
    weight_g: int = 500
    pack_size: int = 1
    lead_time_days: int = 3
    is_active: bool = True


def make_product(described: Described, *, now: datetime, external_ref: str | None = None) -> Product:
    """Write down a new product. Refuses an empty title, an unknown category and a GTIN with a wrong check digit."""
    said = facts.checked(Product(), {name: getattr(described, name) for name in (*facts.LONGEST, "gtin")})
    if not Category.objects.filter(pk=described.category_id).exists():
        raise NotFound(f"there is no category {described.category_id}")
    return Product.objects.create(
        **said,
        category_id=described.category_id,
        external_ref=external_ref,
        created_at=now,
    )


def insist_on_new_article(number: str) -> None:
    """Refuse with ArticleKnown a GTIN, however long it is written, that a product has; none at all is nobody's."""
    there = Variant.objects.filter(product__gtin__in=gtin.forms(number)).order_by("pk").first()
    if there is not None:
        raise ArticleKnown(f"this article is there as {there.sku}; use that SKU to offer it too")


def make_variant(product: Product, terms: Terms) -> Variant:
    """Write down a new variant. Refuses weights out of `bounds`, and with SkuTaken a SKU that is in use anywhere."""
    bounds.insist(weight_g=terms.weight_g)
    variant, is_new = Variant.objects.get_or_create(
        sku=terms.sku, defaults={"product": product, "label": terms.label, "weight_g": terms.weight_g}
    )
    if not is_new:
        raise SkuTaken(f"the SKU {terms.sku} is in use already; please choose another")
    return variant


def make_offer(variant: Variant, terms: Terms, *, merchant_id: int, now: datetime) -> Offer:
    """Offer a variant; the merchant's offer that is there already is answered as it is. Refuses what is out of `bounds`."""
    bounds.insist(unit_cost=terms.unit_cost, pack_size=terms.pack_size, lead_time_days=terms.lead_time_days)
    offer, _ = Offer.objects.get_or_create(
        merchant_id=merchant_id,
        variant=variant,
        defaults={
            "unit_cost": terms.unit_cost,
            "pack_size": terms.pack_size,
            "lead_time_days": terms.lead_time_days,
            "created_at": now,
        },
    )
    return offer


def list_offer(
    offer: Offer, *, platform: Platform, price: int, now: datetime, is_active: bool = True
) -> Listing:
    """Show an offer in a platform's shop at a price, findable at once; one that is listed gets the new price."""
    if price < 1:
        raise InvalidInput(f"{offer.variant.sku}: a price must be at least 1 minor unit, not {price}")
    if is_active:
        standing.insist_on_approved(offer.merchant_id)
    product = offer.variant.product
    listing, is_new = Listing.objects.get_or_create(
        platform=platform,
        offer=offer,
        defaults={
            "merchant_id": offer.merchant_id,
            "product": product,
            "category_id": product.category_id,
            "title": services.title_of(product, offer.variant),
            "price": price,
            "currency": platform.currency,
            "is_active": is_active,
            "listed_at": now,
        },
    )
    is_priced = is_new or listing.price != price
    if is_new:
        services.index(listing)
    elif is_priced or listing.is_active != is_active:
        listing.price, listing.is_active = price, is_active
        listing.is_held_back = listing.is_held_back and not is_active
        listing.save(update_fields=["price", "is_active", "is_held_back"])
    if is_priced:
        outbox.record(
            ListingPriced(platform_id=platform.pk, listing_id=listing.pk, price=price, at=now.isoformat())
        )
    return listing


@transaction.atomic
def sell_new(
    *, actor: Actor, platform: Platform, merchant_id: int, described: Described, terms: Terms, now: datetime
) -> Listing:
    """Write down a product that nobody sells yet, and list the merchant's first variant of it.

    Refuses SKUs that are taken, articles that are sold already, facts that cannot be, and platforms without a
    store of the merchant.
    """
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    merchants.get_store(platform_id=platform.pk, merchant_id=merchant_id)
    insist_on_new_article(gtin.read(described.gtin))
    product = make_product(described, now=now)
    offer = make_offer(make_variant(product, terms), terms, merchant_id=merchant_id, now=now)
    return list_offer(offer, platform=platform, price=terms.price, now=now, is_active=terms.is_active)


@transaction.atomic
def change_offer(
    *,
    actor: Actor,
    merchant_id: int,
    offer_id: int,
    unit_cost: int | None = None,
    pack_size: int | None = None,
    lead_time_days: int | None = None,
    now: datetime,
) -> Offer:
    """Say what a unit costs the merchant, how many come in a pack and how long they take; what is None stays.

    Refuses offers of others, and what is out of its `bounds`.
    """
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    offer = Offer.objects.select_for_update().filter(pk=offer_id, merchant_id=merchant_id).first()
    if offer is None:
        raise NotFound(f"there is no offer {offer_id} of yours")
    asked = {"unit_cost": unit_cost, "pack_size": pack_size, "lead_time_days": lead_time_days}
    wanted = {name: value for name, value in asked.items() if value is not None}
    bounds.insist(**wanted)
    before = {name: getattr(offer, name) for name in wanted}
    Offer.objects.filter(pk=offer.pk).update(**wanted)
    offer.refresh_from_db()
    trail.note("offer", offer.pk, actor=actor, before=before, after=wanted, now=now)
    return offer


@transaction.atomic
def add_variants(
    *,
    actor: Actor,
    platform: Platform,
    merchant_id: int,
    product_id: int,
    wanted: Sequence[tuple[Terms, Mapping[str, str]]],
    now: datetime,
) -> list[Listing]:
    """Offer more variants of a product that the merchant offers already, each with its values of attributes by code.

    A new variant is its merchant's own, so it needs nobody's word. Refuses SKUs that are taken, values that cannot
    be, and products of others; then none is made.
    """
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    if not 1 <= len(wanted) <= MOST_VARIANTS:
        raise InvalidInput(f"between 1 and {MOST_VARIANTS} variants at once, not {len(wanted)}")
    product = Product.objects.select_for_update().filter(pk=product_id).first()
    offers = Offer.objects.filter(variant__product_id=product_id, merchant_id=merchant_id)
    if product is None or not offers.exists():
        raise NotFound(f"there is no product {product_id} of yours here")
    variants = [make_variant(product, terms) for terms, _values in wanted]
    said = facts.checked(product, {"attributes": {terms.sku: values for terms, values in wanted}})
    facts.write_values(product, said["attributes"])
    trail.note(
        "product", product_id, actor=actor, before={}, after={"variants": [v.sku for v in variants]}, now=now
    )
    return [
        list_offer(
            make_offer(variant, terms, merchant_id=merchant_id, now=now),
            platform=platform,
            price=terms.price,
            now=now,
            is_active=terms.is_active,
        )
        for variant, (terms, _values) in zip(variants, wanted, strict=True)
    ]


def sell_at(
    *,
    actor: Actor,
    platform: Platform,
    merchant_id: int,
    offer_id: int,
    price: int,
    is_active: bool,
    now: datetime,
) -> Listing:
    """Show a merchant's offer on a platform where it keeps a store, at a price of that platform; or hide it there.

    Refuses offers of others and platforms without a store of the merchant.
    """
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    with tenancy.as_platform(platform.pk):
        merchants.get_store(platform_id=platform.pk, merchant_id=merchant_id)
        offer = selectors.get_offer_of(merchant_id=merchant_id, offer_id=offer_id)
        return list_offer(offer, platform=platform, price=price, now=now, is_active=is_active)


@transaction.atomic
def make_bundle(
    *,
    actor: Actor,
    platform: Platform,
    merchant_id: int,
    terms: Terms,
    title: str,
    title_zh: str = "",
    components: Mapping[int, int],
    now: datetime,
) -> Listing:
    """List a bundle of a merchant's own offers (offer id to units) at a price of its own; it costs what they cost.

    Refuses offers of other merchants, because one order line is one merchant's money; bundles within bundles;
    and fewer than two units in all. What a bundle is made of never changes: make another one instead.
    """
    actor.require(Permission.RUN_MERCHANT, merchant_id=merchant_id)
    if not all(1 <= units <= MOST_UNITS for units in components.values()):
        raise InvalidInput(f"each part of a bundle has 1 to {MOST_UNITS} units")
    if sum(components.values()) < 2 or len(components) > MOST_IN_BUNDLE:
        raise InvalidInput(f"a bundle has at least two units, of at most {MOST_IN_BUNDLE} different goods")
    parts = _own_single_offers(merchant_id, components)
    first = parts[0].variant.product
    product = make_product(Described(title, first.category_id, title_zh), now=now)
    terms = replace(terms, unit_cost=sum(part.unit_cost * components[part.pk] for part in parts))
    offer = make_offer(make_variant(product, terms), terms, merchant_id=merchant_id, now=now)
    BundleComponent.objects.bulk_create(
        BundleComponent(bundle=offer, component=part, quantity=components[part.pk]) for part in parts
    )
    return list_offer(offer, platform=platform, price=terms.price, now=now, is_active=terms.is_active)


def _own_single_offers(merchant_id: int, components: Mapping[int, int]) -> list[Offer]:
    offers = list(
        Offer.objects.filter(pk__in=components, merchant_id=merchant_id)
        .select_related("variant__product")
        .order_by("pk")
    )
    missing = components.keys() - {offer.pk for offer in offers}
    if missing:
        raise NotFound(f"not offered by this merchant: {', '.join(map(str, sorted(missing)))}")
    nested = BundleComponent.objects.filter(bundle__in=offers).values_list("bundle__variant__sku", flat=True)
    if skus := sorted(set(nested)):
        raise Refused(f"a bundle cannot hold a bundle: {', '.join(skus)}")
    return offers
