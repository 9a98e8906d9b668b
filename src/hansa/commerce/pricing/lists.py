"""Keeping price lists and the way a platform taxes. What a basket then costs is told by `selectors.quote`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import trail
from hansa.commerce.catalogue.models import Category, Listing
from hansa.commerce.pricing.domain.tax import REDUCED, STANDARD, ZERO, RateTable, Rounding
from hansa.commerce.pricing.models import CategoryTax, ListPrice, PriceList, TaxSettings
from hansa.kernel.errors import InvalidInput, NotFound, Refused

LONGEST_NAME = 80
MOST_PRIORITY = 1_000
MOST_UNITS = 1_000_000
TAX_CLASSES = (STANDARD, REDUCED, ZERO)


@transaction.atomic
def make_price_list(
    *,
    actor: Actor,
    platform: Platform,
    name: str,
    priority: int,
    starts_at: datetime | None,
    ends_at: datetime | None,
    now: datetime,
) -> PriceList:
    """Begin a list of prices for everybody, in the platform's currency.

    Refuses a name that is there already, a priority outside 1 to 1000, and an end before the start.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform.pk)
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput(f"a price list has a name of 1 to {LONGEST_NAME} letters")
    if not 1 <= priority <= MOST_PRIORITY:
        raise InvalidInput(f"a priority is a number from 1 to {MOST_PRIORITY}, not {priority}")
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise InvalidInput("a price list must end after it starts")
    made, is_new = PriceList.objects.get_or_create(
        platform=platform,
        name=name,
        defaults={
            "currency": platform.currency,
            "priority": priority,
            "starts_at": starts_at,
            "ends_at": ends_at,
        },
    )
    if not is_new:
        raise Refused(f"the price list {name} is there already")
    after = {"name": name, "priority": priority}
    trail.note("price list", made.pk, actor=actor, before={}, after=after, now=now, platform_id=platform.pk)
    return made


@transaction.atomic
def set_list_price(
    *,
    actor: Actor,
    platform_id: int,
    price_list_id: int,
    sku: str,
    merchant_id: int | None = None,
    min_quantity: int,
    price: int | None,
    now: datetime,
) -> None:
    """Say what one unit of a good costs on a list from so many units on; without a price it is taken off the list.

    Refuses lists and goods of other platforms, prices below 1 and quantities below 1, and a SKU that several merchants
    offer here as long as no merchant is named.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    price_list = (
        PriceList.objects.select_for_update().filter(platform_id=platform_id, pk=price_list_id).first()
    )
    if price_list is None:
        raise NotFound(f"there is no price list {price_list_id} here")
    listing = _listing_of(platform_id, sku.strip(), merchant_id)
    if not 1 <= min_quantity <= MOST_UNITS or (price is not None and price < 1):
        raise InvalidInput("a list price is at least 1 minor unit, from at least 1 unit on")
    row: dict[str, Any] = {"price_list": price_list, "listing": listing, "min_quantity": min_quantity}
    before = ListPrice.objects.filter(**row).values_list("price", flat=True).first()
    if price is None:
        ListPrice.objects.filter(**row).delete()
    else:
        ListPrice.objects.update_or_create(**row, defaults={"platform_id": platform_id, "price": price})
    key = f"{sku.strip()} of merchant {listing.merchant_id} from {min_quantity}"
    trail.note(
        "price list",
        price_list.pk,
        actor=actor,
        before={key: before},
        after={key: price},
        now=now,
        platform_id=platform_id,
    )


@transaction.atomic
def set_tax(
    *,
    actor: Actor,
    platform_id: int,
    country: str,
    prices_include_tax: bool,
    rounding: str,
    now: datetime,
) -> TaxSettings:
    """Say in which country a platform taxes, whether its prices contain the tax, and where it is rounded.

    Refuses countries whose rates nobody knows: a basket there could not be priced.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    if country not in RateTable().countries() or rounding not in {each.value for each in Rounding}:
        raise InvalidInput(f"no tax rates are known for {country[:10]!r}")
    old = TaxSettings.objects.select_for_update().filter(platform_id=platform_id).first()
    said: dict[str, Any] = {
        "country": country,
        "prices_include_tax": prices_include_tax,
        "rounding": rounding,
    }
    made, _ = TaxSettings.objects.update_or_create(platform_id=platform_id, defaults=said)
    before = {name: getattr(old, name) for name in said} if old else {}
    trail.note("tax", made.pk, actor=actor, before=before, after=said, now=now, platform_id=platform_id)
    return made


@transaction.atomic
def class_category(
    *, actor: Actor, platform_id: int, category_id: int, tax_class: str, now: datetime
) -> None:
    """Say which rate the goods of a category bear in the platform's country; the standard one needs no row."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    settings = tax_of(platform_id)
    if settings is None:
        raise Refused("say first in which country this platform taxes")
    if tax_class not in TAX_CLASSES or not Category.objects.filter(pk=category_id).exists():
        raise InvalidInput(f"{tax_class[:20]!r} is no tax class of category {category_id}")
    row = CategoryTax.objects.filter(
        platform_id=platform_id, country=settings.country, category_id=category_id
    )
    before = row.values_list("tax_class", flat=True).first() or STANDARD
    if tax_class == STANDARD:
        row.delete()
    else:
        CategoryTax.objects.update_or_create(
            platform_id=platform_id,
            country=settings.country,
            category_id=category_id,
            defaults={"tax_class": tax_class},
        )
    trail.note(
        "tax class",
        category_id,
        actor=actor,
        before={settings.country: before},
        after={settings.country: tax_class},
        now=now,
        platform_id=platform_id,
    )


def price_lists(platform_id: int) -> QuerySet[PriceList, PriceList]:
    """A platform's price lists with the number of their prices, the one that decides first on top."""
    found = PriceList.objects.filter(platform_id=platform_id).select_related("group")
    return found.annotate(price_count=Count("prices")).order_by("priority", "pk")


def prices_on(*, platform_id: int, price_list_id: int) -> QuerySet[ListPrice]:
    """The prices on a list, by good and quantity."""
    found = ListPrice.objects.filter(platform_id=platform_id, price_list_id=price_list_id)
    return found.select_related("listing__offer__variant", "listing__merchant").order_by(
        "listing_id", "min_quantity"
    )


def tax_of(platform_id: int) -> TaxSettings | None:
    """How a platform taxes; None where it has not said so."""
    return TaxSettings.objects.filter(platform_id=platform_id).first()


def tax_classes(settings: TaxSettings) -> dict[int, str]:
    """The categories that do not bear the standard rate where a platform taxes, by id."""
    own = CategoryTax.objects.filter(platform_id=settings.platform_id, country=settings.country)
    return dict(own.values_list("category_id", "tax_class"))


def _listing_of(platform_id: int, sku: str, merchant_id: int | None) -> Listing:
    """The one listing that is meant by a SKU, which several merchants may offer."""
    found = Listing.objects.filter(platform_id=platform_id, offer__variant__sku=sku)
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    meant = list(found.select_related("merchant").order_by("merchant_id")[:10])
    if not meant:
        raise NotFound(f"no good with the SKU {sku[:64]} is listed here")
    if len(meant) > 1:
        names = ", ".join(each.merchant.name for each in meant)
        raise InvalidInput(f"several merchants offer the SKU {sku[:64]} here: {names}; choose one of them")
    return meant[0]
