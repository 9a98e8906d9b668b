"""Visits that end without a purchase, by known households and by guests. Seeded, pure.

Every purchase stands for a number of visits of its week that led to none. They follow the market's taste:
each looks at a shelf that its purchase bought from, where the better-selling goods stand in front.
How many there are is a choice of `settings.Volumes`, between what shops see and what an import may cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hansa.commerce.importing import chance
from hansa.commerce.importing.generator.behaviour import NO_EVENTS, events_of

MOST_VISITS = 1_000  # for each purchase; keeps the keys of visits apart
# Visits of each hour of the day, the fullest is 10: quiet nights, lunch, and the long evening.
_HOURS = (2, 1, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 8, 7, 6, 6, 6, 7, 8, 9, 10, 9, 7, 4)
_PLACEMENTS = ("search", "category", "home")
_LONGEST = timedelta(minutes=10)
_LAST_BEGINNING_S = 50 * 60  # of each hour, so that no visit runs into the next day
_GUEST_NUMBERS = 10**12


@dataclass(frozen=True)
class Habits:
    """How visits without a purchase go. Orders of magnitude of published shop funnels; no calibration to one
    shop is claimed."""

    known_share: float = (
        0.15  # by the household itself, the others by guests, each of whom comes twice a week
    )
    clicked: float = 0.92  # on one of the goods shown
    clicked_more: float = 0.05  # on each of the others
    loaded: float = 0.93  # of clicks: the others had left before the page was there
    carted: float = 0.12  # of pages seen
    searched: float = 0.45
    by_category: float = 0.35  # neither searched nor by category: shown on the home page


def without_buying(
    bought: pl.DataFrame,
    shelves: pl.DataFrame,
    habits: Habits,
    *,
    visits: int,
    shown: int,
    until: datetime,
    seed: int,
) -> pl.DataFrame:
    """Make ``visits`` visits around each purchase that end without one, each shown at most ``shown`` goods.

    In: bought, a row a line (basket_key, platform_id, buyer_id, category_id, category, placed_at); shelves
    (platform_id, category_id, place from 0 by popularity, listing_id, merchant_id). Out: the columns of `events_of`.
    """
    if bought.is_empty() or not visits:
        return NO_EVENTS
    begun = _begun(bought, habits, visits=visits, until=until, seed=seed)
    seen = _shown(begun, shelves, habits, shown=shown, seed=seed)
    after_click = pl.col("position") * 20 + 5
    searched = seen.filter(pl.col("placement") == "search").unique("key", maintain_order=True)
    return pl.concat([
        events_of(searched, "search", before_s=pl.lit(0), words=pl.col("category"), of_listing=False),
        events_of(seen, "impression", before_s=pl.lit(-3)),
        events_of(seen.filter("clicked"), "click", before_s=-after_click),
        events_of(seen.filter("viewed"), "view", before_s=-(after_click + 2), by_request=False),
        events_of(seen.filter("carted"), "cart", before_s=-(after_click + 90), value=pl.lit(1), by_request=False),
    ])  # fmt: skip


def _begun(bought: pl.DataFrame, habits: Habits, *, visits: int, until: datetime, seed: int) -> pl.DataFrame:
    """One row a visit: key, platform_id, buyer_id, visitor, category_id, category, placement, placed_at (its beginning)."""
    lines = bought.sort("basket_key", maintain_order=True)
    baskets = (
        lines.group_by("basket_key", maintain_order=True)
        .agg(pl.col("platform_id", "buyer_id", "placed_at").first(), pl.len().cast(pl.Int64).alias("lines"))
        .with_columns(first=pl.col("lines").cum_sum() - pl.col("lines"))
    )
    known = round(visits * habits.known_share)
    each = baskets.join(pl.DataFrame({"number": range(visits)}), how="cross").with_columns(
        key=pl.col("basket_key") * MOST_VISITS + pl.col("number"),
        is_guest=pl.col("number") >= known,
    )
    key = each["key"]
    turn = each["number"].to_numpy()
    guest = each["basket_key"].to_numpy() * MOST_VISITS + turn // 2
    day = (chance.pick(guest, 7, seed=seed, about="visit day") + turn % 2 * 3) % 7  # never the same day twice
    number = pl.Series(chance.pick(guest, _GUEST_NUMBERS, seed=seed, about="guest"))
    wished = (chance.uniform(key, seed=seed, about="wished") * each["lines"].to_numpy()).astype(np.int64)
    wished += each["first"].to_numpy()
    named = pl.when("is_guest").then(pl.format("guest-{}", pl.lit(number)))
    return (
        each.with_columns(
            lines.select("category_id", "category")[wished],
            buyer_id=pl.when(~pl.col("is_guest")).then("buyer_id"),
            visitor=named.otherwise(pl.format("user-{}", "buyer_id")),
            placement=_placements(key, habits, seed=seed),
            placed_at=pl.col("placed_at").dt.truncate("1w") + pl.lit(_moments(key, day, seed=seed)),
            request_id=pl.format("v{}", "key"),
        )
        .filter(pl.col("placed_at") < until - _LONGEST)
        .drop("basket_key", "number", "is_guest", "lines", "first")
    )


def _placements(key: pl.Series, habits: Habits, *, seed: int) -> pl.Series:
    drawn = chance.uniform(key, seed=seed, about="visit placement")
    place = np.searchsorted(
        np.array([habits.searched, habits.searched + habits.by_category]), drawn, side="right"
    )
    return pl.Series(np.array(_PLACEMENTS, dtype=object)[place], dtype=pl.String)


def _moments(key: pl.Series, day: NDArray[np.int64], *, seed: int) -> pl.Series:
    """Draw a moment of each key's day, at the hours of `_HOURS`, as the time since Monday."""
    until_hour = np.cumsum(_HOURS) / sum(_HOURS)
    hour = np.searchsorted(until_hour, chance.uniform(key, seed=seed, about="visit hour"), side="right")
    second = chance.pick(key, _LAST_BEGINNING_S, seed=seed, about="visit second")
    return pl.Series((day * 86_400 + hour * 3_600 + second) * 1_000_000).cast(pl.Duration("us"))


def _shown(
    begun: pl.DataFrame, shelves: pl.DataFrame, habits: Habits, *, shown: int, seed: int
) -> pl.DataFrame:
    """One row for each good shown on a visit, with what became of it: clicked, viewed, carted."""
    lengths = shelves.group_by("platform_id", "category_id").len("goods")
    each = begun.join(lengths, on=["platform_id", "category_id"], maintain_order="left").join(
        pl.DataFrame({"position": pl.int_range(1, shown + 1, eager=True)}), how="cross"
    )
    key = pl.Series(each["key"].to_numpy() * 31 + each["position"].to_numpy())

    def happened(about: str, share: float) -> NDArray[np.bool_]:
        return chance.uniform(key, seed=seed, about=about) < share

    # A square: the first quarter of a shelf is shown half of the time, the first places are clicked most.
    place = (chance.uniform(key, seed=seed, about="shelf") ** 2 * each["goods"].to_numpy()).astype(np.int64)
    favoured = 1 + (chance.uniform(each["key"], seed=seed, about="favoured") ** 2 * shown).astype(np.int64)
    is_choosy = chance.uniform(each["key"], seed=seed, about="chosen") >= habits.clicked
    clicked = ((favoured == each["position"].to_numpy()) & ~is_choosy) | happened(
        "more clicks", habits.clicked_more
    )
    viewed = clicked & happened("loaded", habits.loaded)
    return (
        each.with_columns(
            place=pl.Series(place),
            clicked=pl.Series(clicked),
            viewed=pl.Series(viewed),
            carted=pl.Series(viewed & happened("visit cart", habits.carted)),
        )
        .sort(
            "key", "clicked", descending=[False, True], maintain_order=True
        )  # a good shown twice keeps its click
        .unique(["key", "place"], maintain_order=True, keep="first")
        .join(
            shelves.with_columns(pl.col("place").cast(pl.Int64)),
            on=["platform_id", "category_id", "place"],
            maintain_order="left",
        )
    )
