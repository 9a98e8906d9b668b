"""Which of several merchants' offers of one product stands first, by rules that anybody may read. Pure.

1. What can be bought comes before what cannot.
2. Then the lowest *cost to the buyer*: price plus `PATIENCE` of the price for each day that it takes longer
   than the fastest.
3. Within `NEARLY_SAME` of the lowest cost, the better rated merchant; ratings count as the mean that five
   more ratings of three and a half stars would leave, so that one friend's five stars do not decide.
4. Then the lower price, then the older offer.

The platform's commission, advertising and ownership are not asked for, so they cannot matter. The same
offers give the same answer in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from hansa.kernel.errors import InvalidInput

PATIENCE = Fraction(1, 100)  # a day is worth a hundredth of the price
NEARLY_SAME = Fraction(1, 50)
PRIOR_RATINGS = 5
PRIOR_STARS = Fraction(7, 2)


@dataclass(frozen=True)
class Candidate:
    """An offer as the rules see it: price in minor units, days until it is sent, the merchant's ratings."""

    listing_id: int
    price: int
    days: int
    is_available: bool
    rating_sum: int = 0
    rating_count: int = 0

    def __post_init__(self) -> None:
        if self.price < 1 or self.days < 0:
            raise InvalidInput(f"offer {self.listing_id}: a price below 1 or days below 0")

    @property
    def standing(self) -> Fraction:
        """Stars, drawn towards three and a half while there are few."""
        return Fraction(self.rating_sum + PRIOR_RATINGS * PRIOR_STARS) / (self.rating_count + PRIOR_RATINGS)


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """All offers, the featured one first. No offers give none."""
    offers = sorted(candidates, key=lambda offer: offer.listing_id)
    available = [offer for offer in offers if offer.is_available]
    gone = [offer for offer in offers if not offer.is_available]
    return _by_cost(available) + _by_cost(gone)


def _by_cost(offers: list[Candidate]) -> list[Candidate]:
    if not offers:
        return []
    fastest = min(offer.days for offer in offers)
    costs = {offer.listing_id: offer.price * (1 + PATIENCE * (offer.days - fastest)) for offer in offers}
    limit = min(costs.values()) * (1 + NEARLY_SAME)
    near = [offer for offer in offers if costs[offer.listing_id] <= limit]
    far = [offer for offer in offers if costs[offer.listing_id] > limit]
    near.sort(key=lambda offer: (-offer.standing, offer.price, offer.listing_id))
    far.sort(key=lambda offer: (costs[offer.listing_id], -offer.standing, offer.price, offer.listing_id))
    return near + far
