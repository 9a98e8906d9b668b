"""Fitting recommenders and putting them to work."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.orders.models import OrderLine
from hansa.commerce.recommendations import adapters
from hansa.commerce.recommendations.adapters import Act
from hansa.commerce.recommendations.models import RecommenderModel
from hansa.foundation import tenancy
from hansa.kernel.errors import Refused

HISTORY = timedelta(days=365)
HELD_OUT = timedelta(days=14)
KEPT_MODELS = 3
SEED = 20_260_301


def refit(*, platform_id: int, now: datetime, seed: int = SEED) -> RecommenderModel:
    """Fit a new model on the last year, measure it on held-out days beside the popularity baseline, serve it.

    Refuses when nobody has done anything yet. Runs outside the request path; opens its own scopes.
    """
    with tenancy.as_platform(platform_id):
        acts = _acts(platform_id, now)
    if not acts:
        raise Refused("there is nothing to learn from yet: no purchase and no view")
    newest = max(act.at for act in acts)
    measured = adapters.measure(acts, seed=seed, cut=newest - HELD_OUT.total_seconds())
    arrays, meta = adapters.save(adapters.fit(acts, seed=seed))
    metrics = {
        "model": measured.metrics,
        "popular": measured.popular,
        "people": measured.people,
        "acts": len(acts),
    }
    with tenancy.as_platform(platform_id):
        return _serve(platform_id, arrays, meta, metrics, now)


@transaction.atomic
def _serve(
    platform_id: int, arrays: bytes, meta: dict[str, object], metrics: dict[str, object], now: datetime
) -> RecommenderModel:
    RecommenderModel.objects.filter(platform_id=platform_id, is_serving=True).update(is_serving=False)
    model = RecommenderModel.objects.create(
        platform_id=platform_id,
        fitted_at=now,
        as_of=now,
        is_serving=True,
        arrays=arrays,
        meta=meta,
        metrics=metrics,
    )
    old = (
        RecommenderModel.objects.filter(platform_id=platform_id).order_by("-pk").values_list("pk", flat=True)
    )
    RecommenderModel.objects.filter(pk__in=list(old[KEPT_MODELS:])).delete()
    return model


def _acts(platform_id: int, now: datetime) -> list[Act]:
    since = now - HISTORY
    lines = OrderLine.objects.filter(
        platform_id=platform_id, buyer__consents_to_personalisation=True, is_void=False, placed_at__gte=since
    ).values_list("buyer_id", "offer_id", "placed_at")
    acts = [
        Act(buyer_id, offer_id, adapters.WEIGHTS["purchase"], at.timestamp())
        for buyer_id, offer_id, at in lines.iterator(chunk_size=20_000)
        if buyer_id is not None
    ]
    events = BehaviourEvent.objects.filter(
        platform_id=platform_id,
        user__isnull=False,
        user__consents_to_personalisation=True,
        kind__in=["view", "cart", "rating"],
        listing__isnull=False,
        at__gte=since,
    ).values_list("user_id", "listing__offer_id", "kind", "at", "value")
    acts += [
        Act(user_id, offer_id, adapters.WEIGHTS[kind], at.timestamp())
        for user_id, offer_id, kind, at, value in events.iterator(chunk_size=20_000)
        if user_id is not None and not (kind == "rating" and (value or 0) <= 2)
    ]
    return acts
