"""Parting a platform's goods into classes of preference."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hansa.commerce.catalogue.models import Listing
from hansa.commerce.discovery import adapters
from hansa.commerce.discovery.adapters import Class, Titled
from hansa.commerce.discovery.models import ClassedGood, PreferenceClass
from hansa.commerce.recommendations import vectors
from hansa.foundation import tenancy

SEED = 20_260_301
AT_ONCE = 2_000


def classify(*, platform_id: int, now: datetime, seed: int = SEED) -> int:
    """Class the goods for sale by what the serving recommender learnt of taste; answer how many classes there are.

    Without a recommender there is nothing to go by, and no class. Runs outside the request path; opens its own
    scopes, and works with no transaction open.
    """
    with tenancy.as_platform(platform_id):
        listings = list(
            Listing.objects.filter(platform_id=platform_id, is_active=True)
            .order_by("pk")
            .values_list("pk", "offer_id", "title", "product__title_zh")
        )
        yesterday = dict(
            ClassedGood.objects.filter(platform_id=platform_id).values_list(
                "listing_id", "preference_class__number"
            )
        )
        found = vectors.of_offers(platform_id=platform_id, offer_ids=[offer for _, offer, _, _ in listings])
    if found is None:
        return 0
    goods = [Titled(pk, title, title_zh) for pk, _, title, title_zh in listings]
    classes = adapters.classify(goods, found, yesterday=yesterday, seed=seed)
    with tenancy.as_platform(platform_id):
        _keep(platform_id, classes, now)
    return len(classes)


@transaction.atomic
def _keep(platform_id: int, classes: list[Class], now: datetime) -> None:
    """Put tonight's classes in the place of yesterday's."""
    rows = PreferenceClass.objects.select_for_update().filter(platform_id=platform_id)
    known = {row.number: row for row in rows}
    ClassedGood.objects.filter(platform_id=platform_id).delete()
    rows.exclude(number__in=[each.number for each in classes]).delete()
    for each in classes:
        row = known.get(each.number) or PreferenceClass(platform_id=platform_id, number=each.number)
        row.name, row.name_zh, row.made_at = each.name, each.name_zh, now
        row.save()
        ClassedGood.objects.bulk_create(
            [
                ClassedGood(platform_id=platform_id, preference_class=row, listing_id=pk, nearness=nearness)
                for pk, nearness in each.goods
            ],
            batch_size=AT_ONCE,
        )
