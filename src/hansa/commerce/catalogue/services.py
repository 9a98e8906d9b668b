"""Changing what is for sale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.catalogue import standing, words
from hansa.commerce.catalogue.events import ListingPriced
from hansa.commerce.catalogue.models import Listing, Product, SynonymGroup, Variant
from hansa.foundation import outbox
from hansa.kernel.errors import InvalidInput, NotFound

MOST_SYNONYMS = 12
LONGEST_SYNONYM = 60


@transaction.atomic
def set_price(
    *, actor: Actor, platform_id: int, listing_id: int, price: int, currency: str, now: datetime
) -> Listing:
    """Change a list price. Refuses another merchant's listing, another currency and prices below 1."""
    listing = Listing.objects.select_for_update().filter(platform_id=platform_id, pk=listing_id).first()
    if listing is None or not actor.may(Permission.RUN_MERCHANT, merchant_id=listing.merchant_id):
        raise NotFound(f"there is no listing {listing_id} of yours here")
    if currency != listing.currency:
        raise InvalidInput(f"{listing.title} is sold in {listing.currency}, not in {currency}")
    if price < 1:
        raise InvalidInput(f"{listing.title}: a price must be at least 1 minor unit, not {price}")
    listing.price = price
    listing.save(update_fields=["price"])
    outbox.record(
        ListingPriced(platform_id=platform_id, listing_id=listing.pk, price=price, at=now.isoformat())
    )
    return listing


@transaction.atomic
def set_active(*, actor: Actor, platform_id: int, listing_id: int, is_active: bool) -> Listing:
    """Show or hide one's own good. Refuses to show goods of a merchant that may not sell."""
    found = Listing.objects.filter(platform_id=platform_id, pk=listing_id).first()
    if found is None or not actor.may(Permission.RUN_MERCHANT, merchant_id=found.merchant_id):
        raise NotFound(f"there is no listing {listing_id} of yours here")
    if is_active:  # the merchant is locked before its listings, as suspending does
        standing.insist_on_approved(found.merchant_id)
    listing = Listing.objects.select_for_update().get(pk=listing_id)
    listing.is_active, listing.is_held_back = is_active, False
    listing.save(update_fields=["is_active", "is_held_back"])
    return listing


def title_of(product: Product, variant: Variant) -> str:
    """What a listing is called: the product, and which of its variants where that has a name."""
    return f"{product.title} · {variant.label}"[:200] if variant.label else product.title


def index(listing: Listing) -> None:
    """Make a listing findable by its words in both languages, by pinyin, and by its variant's attributes."""
    index_all([listing])


def index_all(listings: Sequence[Listing]) -> None:
    """Make listings findable, in two statements."""
    pks = [listing.pk for listing in listings]
    with connection.cursor() as cursor:
        cursor.execute(
            "update catalogue_listing l set words = said.words::tsvector"
            " from unnest(%s::bigint[], %s::text[]) said(id, words) where l.id = said.id",
            [pks, [_words_of(listing) for listing in listings]],
        )
        # The trigger sees only what changes in the listing itself.
        cursor.execute("select make_findable(%s)", [pks])


def _words_of(listing: Listing) -> str:
    product, category = listing.product, listing.category
    return words.vector((listing.title, product.title_zh), (product.brand, category.name, category.name_zh))


def note_availability(*, platform_id: int, in_stock: Iterable[int]) -> int:
    """Tell the search which offers can be bought and what sells; answers how many rows changed.

    Rows that already say so are not written.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_AVAILABILITY, {"platform": platform_id, "offers": sorted(in_stock)})
        return int(cursor.rowcount)


_NOTE_AVAILABILITY = """
with now as (
  select l.id, l.sold_count, o.offer_id is not null as in_stock
  from catalogue_listing l left join unnest(%(offers)s::bigint[]) o(offer_id) on o.offer_id = l.offer_id
  where l.platform_id = %(platform)s
)
update catalogue_findable f set in_stock = now.in_stock, sold_count = now.sold_count
from now where now.id = f.listing_id and (f.in_stock, f.sold_count) is distinct from (now.in_stock, now.sold_count)
"""


@transaction.atomic
def add_synonyms(*, actor: Actor, platform_id: int, phrases: Sequence[str], now: datetime) -> SynonymGroup:
    """Let a platform's search take phrases for the same. Refuses fewer than two, and too many."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    said = list(dict.fromkeys(text for phrase in phrases if (text := " ".join(phrase.split()))))
    if not 2 <= len(said) <= MOST_SYNONYMS:
        raise InvalidInput(f"a group of synonyms has 2 to {MOST_SYNONYMS} phrases, not {len(said)}")
    for phrase in said:
        if len(phrase) > LONGEST_SYNONYM or not words.cut(phrase):
            raise InvalidInput(f"{phrase[:80]!r} is no phrase of 1 to {LONGEST_SYNONYM} letters")
    return SynonymGroup.objects.create(platform_id=platform_id, phrases=said, created_at=now)


@transaction.atomic
def remove_synonyms(*, actor: Actor, platform_id: int, group_id: int) -> None:
    """Forget a group of synonyms. Refuses one that is not there."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    deleted, _ = SynonymGroup.objects.filter(platform_id=platform_id, pk=group_id).delete()
    if not deleted:
        raise NotFound(f"there is no group of synonyms {group_id} here")


def count_sales(*, platform_id: int, sold: dict[int, int]) -> None:
    """Add units sold to listings (by offer), in key order."""
    for listing in Listing.objects.filter(platform_id=platform_id, offer_id__in=sold).order_by("pk"):
        Listing.objects.filter(pk=listing.pk).update(sold_count=F("sold_count") + sold[listing.offer_id])
