"""Reads of the catalogue. Every read of listings names the platform whose shop is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Sum

from hansa.commerce.catalogue import bundles
from hansa.commerce.catalogue.models import (
    Attribute,
    AttributeValue,
    BundleComponent,
    Category,
    Listing,
    Offer,
    Product,
    ProductPicture,
    SynonymGroup,
    Variant,
)
from hansa.commerce.catalogue.search.port import Dimension, Order, Question, Value, engine
from hansa.foundation import statements
from hansa.foundation.prepared import Prepared
from hansa.foundation.statements import Later, Rows
from hansa.kernel.errors import NotFound

MOST_OFFERS = 20  # of one variant on a page


@dataclass(frozen=True)
class Choice:
    """One value of a facet, named in both languages where it has names, and how many goods it would leave."""

    id: int
    name: str
    name_zh: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """What one may narrow by: a `Dimension`, or ``attribute:<id>`` with the attribute's name."""

    name: str
    choices: tuple[Choice, ...]
    title: str = ""
    title_zh: str = ""


@dataclass(frozen=True)
class Found:
    """A page of search results, how many there are in all (at least, unless exact), and the facets.

    ``corrected`` holds the words that were searched for instead of the asked ones, which are nowhere.
    """

    listings: list[Listing]
    total: int
    is_exact: bool = True
    corrected: str = ""
    facets: tuple[Facet, ...] = ()


def listings_of(platform_id: int) -> QuerySet[Listing]:
    """Everything that is for sale on a platform, ready to be shown."""
    return (
        Listing.objects.filter(platform_id=platform_id, is_active=True)
        .select_related("merchant", "category", "product", "offer__variant")
        .defer("words")
    )


_BY_ID = Prepared(lambda platform_id, ids: listings_of(platform_id).filter(pk__any=ids))
_OF_OFFERS = Prepared(lambda platform_id, ids: listings_of(platform_id).filter(offer_id__any=ids))
_OF_VARIANT = Prepared(
    lambda platform_id, variant_id: (
        listings_of(platform_id).filter(offer__variant_id=variant_id).order_by("pk")[:MOST_OFFERS]
    )
)
_BEST_OF_PRODUCTS = Prepared(
    lambda platform_id, ids: (
        listings_of(platform_id).filter(product_id__any=ids).order_by("-sold_count", "pk")
    )
)


def listings_for_sale(*, platform_id: int, listing_ids: Iterable[int]) -> list[Listing]:
    """These listings in key order; refuses, by id, any that this platform does not sell."""
    wanted = set(listing_ids)
    found = list(listings_of(platform_id).filter(pk__in=wanted).order_by("pk"))
    missing = wanted - {listing.pk for listing in found}
    if missing:
        raise NotFound(f"not for sale here: {', '.join(map(str, sorted(missing)))}")
    return found


def listings_in_order(*, platform_id: int, listing_ids: Iterable[int]) -> list[Listing]:
    """Those of these listings that are for sale, in the order given."""
    ids = list(listing_ids)
    found = {listing.pk: listing for listing in _BY_ID.all(platform_id=platform_id, ids=ids)}
    return [found[pk] for pk in ids if pk in found]


def listings_of_products(*, platform_id: int, product_ids: Iterable[int]) -> list[Listing]:
    """The best-selling listing here of each of these products, in the order given."""
    ids = list(product_ids)
    found: dict[int, Listing] = {}
    for listing in _BEST_OF_PRODUCTS.all(platform_id=platform_id, ids=ids) if ids else []:
        found.setdefault(listing.product_id, listing)
    return [found[pk] for pk in ids if pk in found]


def get_listing(*, platform_id: int, listing_id: int) -> Listing:
    """One listing of a platform; another platform's is as if it did not exist."""
    found = _BY_ID.first(platform_id=platform_id, ids=[listing_id])
    if found is None:
        raise NotFound(f"there is no listing {listing_id} here")
    return found


def search(
    *,
    platform_id: int,
    text: str = "",
    category_id: int | None = None,
    merchant_id: int | None = None,
    order: str = "relevance",
    offset: int = 0,
    limit: int = 24,
) -> Found:
    """Find listings by words in either language, category and merchant, best first, without facets.

    Every word must match, the last one also as a beginning, so that results come while one types.
    """
    return find(
        Question(
            platform_id=platform_id,
            text=text,
            within_category=category_id,
            merchants=() if merchant_id is None else (merchant_id,),
            order=Order(order) if order in set(Order) else Order.RELEVANCE,
            offset=offset,
            limit=limit,
            with_facets=False,
        )
    )


def find(question: Question) -> Found:
    """Answer a question through the search engine: a page of listings, how many, and the facets by name.

    A listing that the engine still knows but that is no longer for sale is left out.
    """
    answer = engine().find(question)
    return Found(
        listings_in_order(platform_id=question.platform_id, listing_ids=answer.listing_ids)
        if answer.listing_ids
        else [],
        answer.total,
        answer.is_exact,
        answer.corrected,
        _facets(answer.facets or {}),
    )


def suggest(*, platform_id: int, text: str, limit: int = 8) -> list[Listing]:
    """The best-selling goods that what has been typed so far may mean, without two of one title."""
    if not text.strip():
        return []
    question = Question(platform_id=platform_id, text=text, limit=2 * limit, with_facets=False)
    different = {listing.title: listing for listing in reversed(find(question).listings)}
    return list(reversed(different.values()))[:limit]


def _facets(counted: dict[str, tuple[Value, ...]]) -> tuple[Facet, ...]:
    """The facets with their names, those with nothing to choose between left out."""
    if not any(counted.values()):
        return ()
    named: dict[str, dict[int, tuple[str, ...]]] = {}
    ids = {name: [value.id for value in counted.get(name, ())] for name in (*_NAMED, "attribute")}
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, ids)
        for name, pk, *said in cursor.fetchall():
            named.setdefault(name, {})[pk] = tuple(said)
    found = []
    for name, values in counted.items():
        if name == "attribute":
            found += _attributes(values, named.get(name, {}))
        elif name in _NAMED:
            own = named.get(name, {})
            choices = [
                Choice(v.id, own[v.id][0], own[v.id][1], v.count, v.chosen) for v in values if v.id in own
            ]
            found.append(Facet(name, tuple(choices)))
        else:
            found.append(Facet(name, tuple(Choice(v.id, "", "", v.count, v.chosen) for v in values)))
    return tuple(facet for facet in found if facet.choices)


_NAMED = (Dimension.CATEGORY.value, Dimension.MERCHANT.value, Dimension.BRAND.value)
# Written out, because asking four times through the ORM costs more than the search itself.
_NAMES = """
select 'category', id, name, name_zh, '', '', '' from catalogue_category where id = any(%(category)s)
union all select 'merchant', id, name, name, '', '', '' from merchants_merchant where id = any(%(merchant)s)
union all select 'brand', id, name, name_zh, '', '', '' from catalogue_brand where id = any(%(brand)s)
union all select 'attribute', v.id, v.text, v.text_zh, a.id::text, a.name, a.name_zh
from catalogue_attributevalue v join catalogue_attribute a on a.id = v.attribute_id where v.id = any(%(attribute)s)
"""


def _attributes(values: tuple[Value, ...], named: dict[int, tuple[str, ...]]) -> list[Facet]:
    """One facet for each attribute, its values by name."""
    facets: dict[str, Facet] = {}
    for value in sorted(
        (v for v in values if v.id in named), key=lambda v: (int(named[v.id][2]), named[v.id])
    ):
        text, text_zh, attribute_id, title, title_zh = named[value.id]
        facet = facets.setdefault(attribute_id, Facet(f"attribute:{attribute_id}", (), title, title_zh))
        choice = Choice(value.id, text, text_zh, value.count, value.chosen)
        facets[attribute_id] = replace(facet, choices=(*facet.choices, choice))
    return list(facets.values())


def bestsellers(*, platform_id: int, limit: int = 12) -> list[Listing]:
    """What sells most on a platform."""
    return list(listings_of(platform_id).order_by("-sold_count", "pk")[:limit])


def listings_of_offers(*, platform_id: int, offer_ids: Iterable[int]) -> dict[int, Listing]:
    """What is for sale of these offers here, by offer."""
    return {each.offer_id: each for each in _OF_OFFERS.all(platform_id=platform_id, ids=list(offer_ids))}


def bestselling_offers(*, platform_id: int, limit: int) -> list[int]:
    """The offers that sell most on a platform, the best first."""
    return _best_offers(limit).all(platform_id=platform_id)


@lru_cache(maxsize=64)
def _best_offers(limit: int) -> Prepared[int]:
    return Prepared(
        lambda platform_id: (
            Listing.objects.filter(platform_id=platform_id, is_active=True)
            .order_by("-sold_count", "pk")
            .values_list("offer_id", flat=True)[:limit]
        )
    )


def top_categories(platform_id: int, *, limit: int = 12) -> list[Category]:
    """The top-level categories, the best-selling first."""
    sold = dict(
        Listing.objects.filter(platform_id=platform_id, is_active=True)
        .values_list("category__parent_id")
        .annotate(sold=Sum("sold_count"))
    )
    tops = [category for category in Category.objects.filter(parent__isnull=True) if category.pk in sold]
    return sorted(tops, key=lambda category: -sold[category.pk])[:limit]


def get_category(slug: str) -> Category:
    """The category with this slug."""
    found = Category.objects.select_related("parent").filter(slug=slug).first()
    if found is None:
        raise NotFound(f"there is no category {slug!r}")
    return found


def children_of(category: Category) -> list[Category]:
    return list(Category.objects.filter(parent=category).order_by("name"))


def offers_of_merchant(merchant_id: int) -> QuerySet[Offer]:
    """What a merchant offers anywhere in the alliance."""
    return Offer.objects.filter(merchant_id=merchant_id).select_related("variant__product").order_by("pk")


def get_offer_of(*, merchant_id: int, offer_id: int) -> Offer:
    """One of a merchant's offers; another's is as if it did not exist."""
    found = offers_of_merchant(merchant_id).filter(pk=offer_id).first()
    if found is None:
        raise NotFound(f"there is no offer {offer_id} of this merchant")
    return found


def listings_of_merchant(*, platform_id: int, merchant_id: int) -> QuerySet[Listing]:
    """A merchant's listings on a platform, shown or not, best-selling first."""
    return (
        Listing.objects.filter(platform_id=platform_id, merchant_id=merchant_id)
        .select_related("product", "category", "offer__variant")
        .defer("words")
        .order_by("-sold_count", "pk")
    )


def products() -> QuerySet[Product]:
    """Every product of the shared catalogue."""
    return Product.objects.select_related("category").order_by("pk")


def listing_of_offer(*, platform_id: int, offer_id: int) -> Listing | None:
    return listings_of(platform_id).filter(offer_id=offer_id).first()


def attributes_of(value_ids: Iterable[int]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """These attribute values by their attribute, as a question wants them; unknown values are left out."""
    ids = list(value_ids)
    if not ids:
        return ()
    found: dict[int, list[int]] = {}
    rows = AttributeValue.objects.filter(pk__in=ids).order_by("attribute_id", "pk")
    for pk, attribute_id in rows.values_list("pk", "attribute_id"):
        found.setdefault(attribute_id, []).append(pk)
    return tuple((attribute_id, tuple(values)) for attribute_id, values in found.items())


def listings_of_variant(*, platform_id: int, variant_id: int) -> list[Listing]:
    """Every merchant's listing of one variant on a platform, the oldest first."""
    return _OF_VARIANT.all(platform_id=platform_id, variant_id=variant_id)


def listings_for_feed(platform_id: int, *, after: int = 0, limit: int = 500) -> list[Listing]:
    """The next listings in key order behind one, for feeds that are read in pieces."""
    return list(listings_of(platform_id).filter(pk__gt=after).order_by("pk")[:limit])


def synonym_groups(platform_id: int) -> list[SynonymGroup]:
    """The groups of phrases that a platform's search takes for the same, oldest first."""
    return list(SynonymGroup.objects.filter(platform_id=platform_id).order_by("pk"))


def get_own_listing(*, platform_id: int, merchant_id: int, listing_id: int) -> Listing:
    """One of a merchant's listings on a platform, shown or not; another's is as if it did not exist."""
    found = (
        listings_of_merchant(platform_id=platform_id, merchant_id=merchant_id).filter(pk=listing_id).first()
    )
    if found is None:
        raise NotFound(f"there is no listing {listing_id} of yours here")
    return found


def category_tree() -> list[tuple[Category, int]]:
    """Every category with its depth, each before those below it, by name."""
    below: dict[int | None, list[Category]] = {}
    for category in Category.objects.order_by("name", "pk"):
        below.setdefault(category.parent_id, []).append(category)
    found: list[tuple[Category, int]] = []
    waiting = [(category, 0) for category in reversed(below.get(None, []))]
    while waiting:
        category, depth = waiting.pop()
        found.append((category, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(category.pk, []))]
    return found


def attributes() -> list[Attribute]:
    """Every attribute that variants may have, by name."""
    return list(Attribute.objects.order_by("name", "pk"))


def variants_of(product_id: int) -> list[Variant]:
    """The variants of a product with their values, the oldest first."""
    found = Variant.objects.filter(product_id=product_id).order_by("pk")
    return list(found.prefetch_related("values__value", "values__attribute"))


def pictures_of(product_id: int) -> list[ProductPicture]:
    """The pictures of a product in their order."""
    return list(
        ProductPicture.objects.filter(product_id=product_id).select_related("picture").order_by("position")
    )


def components_of(offer_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """What the bundles among these offers are made of: bundle to component to units. Single goods are left out."""
    return send_components_of(offer_ids).value


def send_components_of(offer_ids: Iterable[int]) -> Later[dict[int, dict[int, int]]]:
    """The same, together with what the caller sends."""
    return statements.send(_COMPONENTS, [list(offer_ids)], _by_bundle)


def with_bundles(free: Mapping[int, int]) -> dict[int, int]:
    """Units of stocked offers, and beside them the units of every bundle that these allow."""
    components = _by_bundle(statements.run(_COMPONENTS_WITHIN, [list(free)]))
    return dict(free) | {bundle: bundles.available(bundle, free, components) for bundle in components}


def bundles_of_merchant(*, platform_id: int, merchant_id: int) -> list[Listing]:
    """A merchant's bundles on a platform, shown or not, the newest first, each with its components to show."""
    return list(
        listings_of_merchant(platform_id=platform_id, merchant_id=merchant_id)
        .filter(Exists(BundleComponent.objects.filter(bundle_id=OuterRef("offer_id"))))
        .prefetch_related("offer__components__component__variant__product")
        .order_by("-pk")
    )


def _by_bundle(rows: Rows) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = {}
    for bundle_id, component_id, quantity in rows:
        found.setdefault(bundle_id, {})[component_id] = quantity
    return found


_COMPONENTS = """
select bundle_id, component_id, quantity from catalogue_bundlecomponent
where bundle_id = any(%s::bigint[]) order by bundle_id, component_id
"""
_COMPONENTS_WITHIN = """
select bundle_id, component_id, quantity from catalogue_bundlecomponent
where bundle_id in (select bundle_id from catalogue_bundlecomponent where component_id = any(%s::bigint[]))
order by bundle_id, component_id
"""
