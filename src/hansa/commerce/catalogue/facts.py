"""What is said of a product, as one plain value: read, checked, compared and written back.

A fact is a field by its name: ``title``, ``title_zh``, ``brand``, ``description``, ``category`` (slug), ``gtin``,
``pictures`` (digest, alt, alt_zh of each in order) and ``attributes`` (by SKU, by code). All are JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from hansa.commerce.catalogue import gtin, services
from hansa.commerce.catalogue.models import (
    Attribute,
    AttributeValue,
    Category,
    Listing,
    Product,
    ProductPicture,
    Variant,
    VariantValue,
)
from hansa.commerce.media import selectors as media
from hansa.foundation import tenancy
from hansa.kernel.errors import InvalidInput, NotFound

MOST_PICTURES = 10
LONGEST = {"title": 200, "title_zh": 200, "brand": 120, "description": 5_000}
LONGEST_ALT = 200
LONGEST_VALUE = 80
YES_NO = {"yes": "yes", "no": "no", "是": "yes", "否": "no"}

Facts = dict[str, Any]


def of(product: Product) -> Facts:
    """Everything that is said of a product now."""
    return {
        **{name: getattr(product, name) for name in LONGEST},
        "category": product.category.slug,
        "gtin": product.gtin,
        "pictures": [
            {"digest": each.picture.digest, "alt": each.alt, "alt_zh": each.alt_zh}
            for each in product.pictures.select_related("picture").order_by("position")
        ],
        "attributes": _attributes_of(product),
    }


def checked(product: Product, wanted: Mapping[str, Any]) -> Facts:
    """The wanted facts as they would be kept. Refuses what no product can say, naming it."""
    unknown = wanted.keys() - _CHECKS.keys()
    if unknown:
        raise InvalidInput(f"a product says nothing of {', '.join(sorted(unknown))}")
    return {name: _CHECKS[name](product, value) for name, value in wanted.items()}


def write(product: Product, facts: Mapping[str, Any]) -> None:
    """Let the product say so, and every listing of it on every platform; in the caller's transaction."""
    names = [name for name in (*LONGEST, "gtin") if name in facts]
    for name in names:
        setattr(product, name, facts[name])
    if "category" in facts:
        product.category = _category(facts["category"])
        names.append("category")
    if names:
        product.save(update_fields=names)
    if "pictures" in facts:
        _hang(product, facts["pictures"])
    if "attributes" in facts:
        write_values(product, facts["attributes"])
    if names or "attributes" in facts:
        tell_listings(product)


def write_values(product: Product, wanted: Mapping[str, Mapping[str, str]]) -> None:
    """Give every variant of a product the values that `checked` answered, and no others."""
    known = {each.code: each for each in Attribute.objects.all()}
    for variant in Variant.objects.filter(product=product).order_by("pk"):
        values = wanted.get(variant.sku, {})
        variant.values.exclude(attribute__code__in=values).delete()
        for code, text in values.items():
            attribute = known[code]
            number = Decimal(text) if attribute.kind == Attribute.Kind.NUMBER else None
            value, _ = AttributeValue.objects.get_or_create(
                attribute=attribute, text=text, defaults={"number": number}
            )
            VariantValue.objects.update_or_create(
                variant=variant, attribute=attribute, defaults={"value": value}
            )


def tell_listings(product: Product) -> None:
    """Let every listing of a product, wherever it is, be called and found as the product now is."""
    with tenancy.as_alliance():  # the product is everybody's, so its listings follow wherever they are
        listings = Listing.objects.select_for_update(of=("self",)).filter(product=product)
        for listing in listings.select_related("product__category", "category", "offer__variant").order_by(
            "pk"
        ):
            listing.title = services.title_of(product, listing.offer.variant)
            listing.category = listing.product.category
            listing.save(update_fields=["title", "category"])
            services.index(listing)


def _text(name: str) -> Callable[[Product, Any], str]:
    def check(product: Product, value: Any) -> str:
        text = str(value).strip()
        if len(text) > LONGEST[name] or "\x00" in text:
            raise InvalidInput(f"{name} has at most {LONGEST[name]} letters, not {len(text)}")
        if name == "title" and not text:
            raise InvalidInput("a product needs a title")
        return text

    return check


def _check_category(product: Product, value: Any) -> str:
    return _category(str(value)).slug


def _category(slug: str) -> Category:
    found = Category.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(f"there is no category {slug!r}")
    return found


def _check_pictures(product: Product, value: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    if len(value) > MOST_PICTURES:
        raise InvalidInput(f"a product has at most {MOST_PICTURES} pictures")
    digests = [each["digest"] for each in value]
    if len(set(digests)) < len(digests):
        raise InvalidInput("each picture hangs once")
    if len(media.pictures_by_digest(digests)) < len(digests):
        raise NotFound("there is no such picture")
    return [
        {
            "digest": each["digest"],
            **{key: each.get(key, "").strip()[:LONGEST_ALT] for key in ("alt", "alt_zh")},
        }
        for each in value
    ]


def _check_attributes(product: Product, value: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The values of every variant, those of the variants that are not named as they are."""
    skus = set(product.variants.values_list("sku", flat=True))
    if strange := sorted(value.keys() - skus):
        raise NotFound(f"this product has no variant {', '.join(strange)}")
    known = {each.code: each for each in Attribute.objects.all()}
    wanted = _attributes_of(product)
    for sku, values in value.items():
        kept = wanted.get(sku, {}) | {
            code: _value(known.get(code), code, text) for code, text in values.items()
        }
        wanted[sku] = {code: text for code, text in sorted(kept.items()) if text}
    return {sku: values for sku, values in wanted.items() if values}


def _value(attribute: Attribute | None, code: str, text: str) -> str:
    text = " ".join(text.split())
    if attribute is None:
        raise NotFound(f"there is no attribute {code!r}")
    if len(text) > LONGEST_VALUE:
        raise InvalidInput(f"a value of {code} has at most {LONGEST_VALUE} letters")
    if text and attribute.kind == Attribute.Kind.NUMBER:
        return _number(code, text)
    if text and attribute.kind == Attribute.Kind.FLAG:
        if text.lower() not in YES_NO:
            raise InvalidInput(f"{code} is yes or no, not {text!r}")
        return YES_NO[text.lower()]
    return text


def _number(code: str, text: str) -> str:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise InvalidInput(f"{code} is a number, not {text!r}") from error
    if not number.is_finite() or abs(number) >= 10**10 or number != round(number, 4):
        raise InvalidInput(f"{code} is a number with at most ten digits and four decimals")
    return f"{number.normalize():f}"


_CHECKS: dict[str, Callable[[Product, Any], Any]] = {
    **{name: _text(name) for name in LONGEST},
    "category": _check_category,
    "gtin": lambda product, value: gtin.read(str(value)),
    "pictures": _check_pictures,
    "attributes": _check_attributes,
}


def _attributes_of(product: Product) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    rows = VariantValue.objects.filter(variant__product=product).order_by("variant__sku", "attribute__code")
    for sku, code, text in rows.values_list("variant__sku", "attribute__code", "value__text"):
        found.setdefault(sku, {})[code] = text
    return found


def _hang(product: Product, pictures: Sequence[Mapping[str, str]]) -> None:
    known = media.pictures_by_digest(each["digest"] for each in pictures)
    ProductPicture.objects.filter(product=product).delete()
    ProductPicture.objects.bulk_create(
        ProductPicture(
            product=product,
            picture=known[each["digest"]],
            position=position,
            alt=each["alt"],
            alt_zh=each["alt_zh"],
        )
        for position, each in enumerate(pictures)
    )
    product.cover = pictures[0]["digest"] if pictures else ""
    product.save(update_fields=["cover"])
