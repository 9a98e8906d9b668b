"""What a promotion grants, as values without a database, and the life of a group buy. Prices are made in `pricing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from hansa.kernel.errors import InvalidInput

WHOLE = 10_000  # basis points
MOST_OFF = 9_000
USUAL_PRIORITY = 100
GROUP_OPEN_FOR = timedelta(hours=24)  # well within the week for which cards are held


class Kind(StrEnum):
    """What a promotion does to a price."""

    PERCENT = "percent"
    AMOUNT = "amount"
    BUY_X_GET_Y = "buy_x_get_y"
    TIERED = "tiered"
    BUNDLE = "bundle"
    FREE_DELIVERY = "free_delivery"
    FLASH = "flash"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Tier:
    """From so many units of one good on, so many basis points off all of them."""

    from_units: int
    percent_bp: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One promotion as the price sees it; amounts in minor units of the basket's currency.

    ``covers`` is offer id to the units of it in one bundle (1 for the other kinds); None covers every good of
    ``merchant_id``, or of everybody. ``left`` is offer id to the units of a flash sale this buyer may still take.
    """

    promotion_id: int
    name: str
    kind: Kind
    platform_share_bp: int = 0
    merchant_id: int | None = None
    priority: int = USUAL_PRIORITY
    stacks: bool = False
    percent_bp: int = 0
    amount: int = 0
    buy: int = 0
    get: int = 0
    tiers: tuple[Tier, ...] = ()
    min_spend: int = 0
    cap: int | None = None
    parts: int = 0
    needs_coupon: bool = False
    covers: Mapping[int, int] | None = None
    left: Mapping[int, int] = field(default_factory=dict)

    def reaches(self, offer_id: int, merchant_id: int) -> bool:
        """Say whether the promotion covers a good of a merchant."""
        if self.covers is None:
            return self.merchant_id is None or self.merchant_id == merchant_id
        return offer_id in self.covers


def check(rule: Rule) -> None:
    """Refuse a promotion that could not be priced, or whose per cent would give goods away; an amount may."""
    if not rule.name.strip():
        raise InvalidInput("a promotion needs a name")
    if not 0 <= rule.platform_share_bp <= WHOLE:
        raise InvalidInput("the platform's share of a discount lies between 0 % and 100 %")
    if rule.min_spend < 0 or (rule.cap is not None and rule.cap < 1):
        raise InvalidInput("a smallest purchase and a cap of a promotion must not be negative")
    if rule.kind in {Kind.PERCENT, Kind.FLASH, Kind.GROUP} and not 1 <= rule.percent_bp <= MOST_OFF:
        raise InvalidInput("a promotion takes between 0.01 % and 90 % off")
    if rule.kind in {Kind.AMOUNT, Kind.BUNDLE} and rule.amount < 1:
        raise InvalidInput("a promotion needs an amount of at least 1 minor unit")
    if rule.kind is Kind.BUY_X_GET_Y and not (rule.buy >= 1 and rule.get >= 1):
        raise InvalidInput("a promotion gives at least 1 unit for at least 1 bought")
    if rule.kind is Kind.BUNDLE and sum((rule.covers or {}).values()) < 2:
        raise InvalidInput("a bundle has at least two units of goods")
    if rule.kind is Kind.TIERED:
        _check_tiers(rule.tiers)


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    if not tiers or not all(1 <= tier.percent_bp <= MOST_OFF and tier.from_units >= 1 for tier in tiers):
        raise InvalidInput("tiers need units of at least 1 and take between 0.01 % and 90 % off")
    for lower, upper in pairwise(tiers):
        if not (lower.from_units < upper.from_units and lower.percent_bp < upper.percent_bp):
            raise InvalidInput("each tier needs more units than the one before and takes more off")


class GroupState(StrEnum):
    """Where a group buy stands."""

    OPEN = "open"
    FORMED = "formed"
    FAILED = "failed"


def group_state(
    state: GroupState, *, held: int, needed: int, deadline: datetime, now: datetime
) -> GroupState:
    """Say where a group buy stands when the money of so many buyers is held; formed and failed are final.

    It forms the moment there are enough, even in the last instant; it fails at its deadline.
    """
    if state is not GroupState.OPEN:
        return state
    if held >= needed:
        return GroupState.FORMED
    return GroupState.FAILED if now >= deadline else GroupState.OPEN
