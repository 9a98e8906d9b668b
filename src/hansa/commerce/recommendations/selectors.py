"""What to show whom: the serving model asked about a person's history as it stands this moment.

A person's history is read with each answer, so the next page already knows the last click. Goods that are
sold out, hidden by the person or not for sale here are never shown.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import selectors as behaviour
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.behaviour.selectors import Mutes
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders.models import OrderLine
from hansa.commerce.recommendations import adapters
from hansa.commerce.recommendations.models import RecommenderModel
from hansa.commerce.stock import selectors as stock
from hansa.foundation.prepared import Prepared
from hansa.kernel.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from hansa.engines import recommend as engine

log = logging.getLogger(__name__)

PURCHASES_SEEN = 200
ACTS_SEEN = 100
SPARE = 3  # asked for more than are shown, since some will be sold out


@dataclass(frozen=True)
class Recommended:
    """A listing, how strongly it is recommended, and why."""

    listing: Listing
    score: float
    source: str
    because_of: str = ""
    cause_id: int | None = None  # the offer that `because_of` names


@dataclass(frozen=True)
class Shelf:
    """An answer: listings best first, under an id that the impressions carry."""

    request_id: str
    items: list[Recommended]
    model_id: int | None

    @property
    def is_personal(self) -> bool:
        """Whether anything of it was chosen for this person or good, not for everybody."""
        return any(item.source != "popular" for item in self.items)


@dataclass(frozen=True)
class Taste:
    """A person's acts, oldest first, and what must not be shown."""

    offers: list[int]
    weights: list[float]
    unwanted: set[int]
    mutes: Mutes = field(default_factory=Mutes)


def recommend(*, platform_id: int, actor: Actor, k: int = 12, consents: bool = True) -> Shelf:
    """New goods for this person. Without consent, history or model: what sells best here.

    What they said not to be interested in is left out with or without consent.
    """
    model = _serving(platform_id)
    mutes = behaviour.mutes_of(platform_id=platform_id, visitor=actor.visitor)
    taste = (
        taste_of(platform_id=platform_id, actor=actor, mutes=mutes)
        if consents
        else Taste([], [], set(mutes.offers), mutes)
    )
    if model is None or not taste.offers:
        return _bestsellers(platform_id, k, taste, model)
    answer = model.engine.recommend(
        taste.offers, k * SPARE, weights=taste.weights, exclude=taste.unwanted, exclude_seen=True
    )
    return _shelf(platform_id, answer, k, model, mutes)


def buy_again(*, platform_id: int, actor: Actor, k: int = 8) -> Shelf:
    """Goods this person has bought before and is likely to want again, the most regular first."""
    if actor.user_id is None:
        return Shelf(_request_id(), [], None)
    bought: dict[int, float] = {}
    lines = OrderLine.objects.filter(platform_id=platform_id, buyer_id=actor.user_id, is_void=False)
    spans = behaviour.forgotten_spans(platform_id=platform_id, user_id=actor.user_id)
    newest = lines.order_by("-placed_at", "-pk").values_list("offer_id", "placed_at")[:400]
    for age, (offer_id, at) in enumerate(newest):
        if _is_forgotten(at, spans):
            continue
        bought[offer_id] = bought.get(offer_id, 0.0) + 0.99**age
    best = sorted(bought, key=lambda offer_id: -bought[offer_id])[: k * SPARE]
    mutes = behaviour.mutes_of(platform_id=platform_id, visitor=actor.visitor)
    listings = _sellable(platform_id, best, k, mutes)
    items = [Recommended(listing, bought[listing.offer_id], "bought before") for listing in listings]
    return Shelf(_request_id(), items, None)


def similar_to(*, platform_id: int, offer_id: int, k: int = 8) -> Shelf:
    """Goods that go with this one."""
    model = _serving(platform_id)
    if model is None:
        return _bestsellers(platform_id, k, Taste([], [], {offer_id}), None)
    answer = model.engine.similar(offer_id, k * SPARE, exclude={offer_id})
    return _shelf(platform_id, answer, k, model, Mutes())


def similar_to_listing(*, platform_id: int, listing_id: int, k: int = 8) -> Shelf:
    """Goods that go with a listing of this platform."""
    listing = catalogue.get_listing(platform_id=platform_id, listing_id=listing_id)
    return similar_to(platform_id=platform_id, offer_id=listing.offer_id, k=k)


def serving_model(platform_id: int) -> RecommenderModel | None:
    """What is known of the model that serves a platform, without its arrays."""
    return RecommenderModel.objects.defer("arrays").filter(platform_id=platform_id, is_serving=True).first()


def taste_of(*, platform_id: int, actor: Actor, mutes: Mutes | None = None) -> Taste:
    """What this person did here, oldest first: purchases of long ago, and every act of late."""
    acts: list[tuple[datetime, int, float]] = []
    mutes = mutes or behaviour.mutes_of(platform_id=platform_id, visitor=actor.visitor)
    spans = behaviour.forgotten_spans(platform_id=platform_id, user_id=actor.user_id)
    if actor.user_id is not None:
        lines = OrderLine.objects.filter(platform_id=platform_id, buyer_id=actor.user_id, is_void=False)
        acts += [
            (at, offer_id, adapters.WEIGHTS["purchase"])
            for at, offer_id in lines.order_by("-placed_at").values_list("placed_at", "offer_id")[
                :PURCHASES_SEEN
            ]
            if not _is_forgotten(at, spans)
        ]
    unwanted = set(mutes.offers)
    # Purchases are in the order lines already.
    events = BehaviourEvent.objects.filter(
        platform_id=platform_id, visitor=actor.visitor, kind__in=["view", "cart", "rating"]
    )
    for kind, at, offer_id, value in events.order_by("-at").values_list(
        "kind", "at", "listing__offer_id", "value"
    )[:ACTS_SEEN]:
        if kind == "rating" and (value or 0) <= 2:
            unwanted.add(offer_id)
        else:
            acts.append((at, offer_id, adapters.WEIGHTS[kind]))
    acts = sorted(act for act in acts if act[1] not in unwanted)
    return Taste([offer for _, offer, _ in acts], [weight for _, _, weight in acts], unwanted, mutes)


def _is_forgotten(at: datetime, spans: Sequence[behaviour.Span]) -> bool:
    return any(span.since <= at < span.until for span in spans)


@dataclass(frozen=True)
class _Serving:
    model_id: int
    engine: engine.Model


def _serving(platform_id: int) -> _Serving | None:
    model_id = _SERVING_ID.first(platform_id=platform_id)
    return None if model_id is None else _loaded(model_id)


_SERVING_ID = Prepared(
    lambda platform_id: RecommenderModel.objects.filter(platform_id=platform_id, is_serving=True).values_list(
        "pk", flat=True
    )
)


@lru_cache(maxsize=8)
def _loaded(model_id: int) -> _Serving | None:
    """The model, kept by each process; None, as if there were no model, where it cannot be read: another version saved it."""
    row = RecommenderModel.objects.get(pk=model_id)
    try:
        return _Serving(model_id, adapters.load(bytes(row.arrays), row.meta))
    except (InvalidInput, Unavailable) as unreadable:
        log.warning("model %s is left out until the next refit: %s", model_id, unreadable.message)
        return None


def forget_models() -> None:
    """Forget the models that this process holds; for tests that empty the database."""
    _loaded.cache_clear()


def _shelf(platform_id: int, answer: engine.Result, k: int, model: _Serving, mutes: Mutes) -> Shelf:
    scores = dict(zip(answer.items, zip(answer.scores, answer.reasons, strict=True), strict=True))
    listings = _sellable(platform_id, [int(str(item)) for item in answer.items], k, mutes)
    causes = {
        int(str(reason.because_of))
        for listing in listings
        if (reason := scores[listing.offer_id][1]).because_of is not None
    }
    titles = dict(
        Listing.objects.filter(platform_id=platform_id, offer_id__in=causes).values_list("offer_id", "title")
    )
    items = [
        Recommended(
            listing,
            score,
            str(reason.source),
            _title(titles, reason.because_of),
            None if reason.because_of is None else int(str(reason.because_of)),
        )
        for listing in listings
        for score, reason in [scores[listing.offer_id]]
    ]
    return Shelf(_request_id(), items, model.model_id)


def _title(titles: dict[int, str], offer_id: object) -> str:
    return titles.get(offer_id, "") if isinstance(offer_id, int) else ""


def _bestsellers(platform_id: int, k: int, taste: Taste, model: _Serving | None) -> Shelf:
    best = catalogue.bestselling_offers(platform_id=platform_id, limit=k * SPARE)
    items = [
        Recommended(listing, float(listing.sold_count), "popular")
        for listing in _sellable(
            platform_id, [offer for offer in best if offer not in taste.unwanted], k, taste.mutes
        )
    ]
    return Shelf(_request_id(), items, model.model_id if model else None)


def _sellable(platform_id: int, offer_ids: Sequence[int], k: int, mutes: Mutes) -> list[Listing]:
    """The first of these offers that are for sale, in stock and not muted here, in the order given, at most so many."""
    free = stock.available(platform_id=platform_id, offer_ids=offer_ids)
    waiting = [offer_id for offer_id in offer_ids if free[offer_id] > 0]
    found: list[Listing] = []
    while (
        waiting and len(found) < k
    ):  # once, but for offers that are muted, or whose listing was taken down meanwhile
        asked, waiting = waiting[: k - len(found)], waiting[k - len(found) :]
        listings = catalogue.listings_of_offers(platform_id=platform_id, offer_ids=asked)
        found += [
            listings[offer_id]
            for offer_id in asked
            if offer_id in listings and not mutes.cover(listings[offer_id])
        ]
    return found


def _request_id() -> str:
    return uuid.uuid4().hex
