"""What shoppers did before they bought, and what they looked at on the way. Seeded, pure.

A bought line was viewed and put into the cart with high probability; some views came by a click on
something shown (impression and click share their request). Each session was also shown popular goods in
passing, few of which were clicked. Visits without a purchase are made by `browsing`. Purchases themselves stand in the order lines and are not repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hansa.commerce.importing import chance

_PLACEMENTS = ("home", "search", "category", "product")
_FIRST_PAGE = 24
_EVENT: dict[str, pl.DataType] = {
    "kind": pl.String(), "platform_id": pl.Int64(), "user_id": pl.Int64(), "visitor": pl.String(), "listing_id": pl.Int64(),
    "merchant_id": pl.Int64(), "placement": pl.String(), "position": pl.Int64(), "value": pl.Int64(), "words": pl.String(),
    "request_id": pl.String(), "at": pl.Datetime("us"),
}  # fmt: skip
NO_EVENTS = pl.DataFrame(schema=_EVENT)


@dataclass(frozen=True)
class Funnel:
    """How likely each step is. Orders of magnitude of published shop funnels; no calibration to one shop is claimed."""

    viewed_before_buying: float = 0.85  # the others were bought again from a list
    came_by_click: float = 0.95  # of those views
    carted_before_buying: float = 0.95
    clicked_in_passing: float = 0.06
    carted_in_passing: float = 0.15  # of those clicks


def before_buying(lines: pl.DataFrame, funnel: Funnel, *, seed: int) -> pl.DataFrame:
    """Make the events that led to these lines.

    In: line_key, basket_key, platform_id, buyer_id, listing_id, merchant_id, quantity, category, placed_at.
    """
    key = lines["line_key"]

    def happened(about: str, share: float) -> NDArray[np.bool_]:
        return chance.uniform(key, seed=seed, about=about) < share

    viewed = happened("viewed", funnel.viewed_before_buying)
    clicked = viewed & happened("clicked", funnel.came_by_click)
    carted = happened("carted", funnel.carted_before_buying)
    view_s = 120 + chance.pick(key, 2_280, seed=seed, about="view time")
    where = [_PLACEMENTS[place] for place in chance.pick(key, 3, seed=seed, about="placement")]
    told = lines.with_columns(
        viewed=pl.Series(viewed),
        clicked=pl.Series(clicked),
        carted=pl.Series(carted),
        view_s=pl.Series(view_s),
        placement=pl.Series(where, dtype=pl.String),
        position=pl.Series(1 + chance.pick(key, _FIRST_PAGE, seed=seed, about="position")),
    ).with_columns(request_id=pl.format("b{}-{}", pl.col("basket_key"), pl.col("placement")))
    seen = told.filter("clicked")
    searched = seen.filter(pl.col("placement") == "search").unique("request_id", maintain_order=True)
    return pl.concat([
        events_of(searched, "search", before_s=pl.col("view_s") + 15, words=pl.col("category"), of_listing=False),
        events_of(seen, "impression", before_s=pl.col("view_s") + 12),
        events_of(seen, "click", before_s=pl.col("view_s") + 2),
        events_of(told.filter("viewed"), "view", before_s=pl.col("view_s"), by_request=False),
        events_of(told.filter("carted"), "cart", before_s=pl.col("view_s") // 2, value=pl.col("quantity"), by_request=False),
    ])  # fmt: skip


def in_passing(
    baskets: pl.DataFrame, popular: pl.DataFrame, funnel: Funnel, *, shown: int, seed: int
) -> pl.DataFrame:
    """Make the impressions of each session that led to no purchase, and the few clicks on them.

    In: baskets (basket_key, platform_id, buyer_id, placed_at); popular (platform_id, place from 0 by popularity,
    goods on that platform, listing_id, merchant_id). The better-selling good is shown more often.
    """
    offered = popular.group_by("platform_id").len("goods")
    each = baskets.join(offered, on="platform_id", maintain_order="left").join(
        pl.DataFrame({"position": pl.int_range(1, shown + 1, eager=True)}), how="cross"
    )
    key = pl.Series(each["basket_key"].to_numpy() * 97 + each["position"].to_numpy())
    skewed = (
        chance.uniform(key, seed=seed, about="shown") ** 3
    )  # a third power: the upper tenth gets nearly half
    place = (skewed * each["goods"].to_numpy()).astype(np.int64)
    clicked = chance.uniform(key, seed=seed, about="passing click") < funnel.clicked_in_passing
    carted = clicked & (chance.uniform(key, seed=seed, about="passing cart") < funnel.carted_in_passing)
    told = (
        each.with_columns(
            place=pl.Series(place),
            clicked=pl.Series(clicked),
            carted=pl.Series(carted),
            placement=pl.lit("home"),
            quantity=pl.lit(1, pl.Int64),
            request_id=pl.format("s{}", pl.col("basket_key")),
        )
        .join(
            popular.with_columns(pl.col("place").cast(pl.Int64)),
            on=["platform_id", "place"],
            maintain_order="left",
        )
        .unique(["request_id", "listing_id"], maintain_order=True)
    )
    return pl.concat([
        events_of(told, "impression", before_s=pl.lit(2_700)),
        events_of(told.filter("clicked"), "click", before_s=2_690 - pl.col("position") * 20),
        events_of(told.filter("clicked"), "view", before_s=2_688 - pl.col("position") * 20, by_request=False),
        events_of(told.filter("carted"), "cart", before_s=2_600 - pl.col("position") * 20, value=pl.lit(1), by_request=False),
    ])  # fmt: skip


def ratings(reviewed: pl.DataFrame, *, until: datetime) -> pl.DataFrame:
    """Tell of reviews as events: stars as value, a few days after the purchase, as in the log of the live shop."""
    told = reviewed.with_columns(
        placement=pl.lit("order"), position=pl.lit(None, pl.Int64), request_id=pl.lit("")
    )
    events = events_of(told, "rating", before_s=pl.lit(-3 * 86_400), value=pl.col("stars"))
    return events.with_columns(pl.min_horizontal("at", pl.lit(until, pl.Datetime("us"))))


def rows(events: pl.DataFrame) -> pl.DataFrame:
    """Shape events as rows of the behaviour log, in the order they happened."""
    return events.sort("at", maintain_order=True).select(
        *("kind", "platform_id", "user_id", "visitor"),
        *("listing_id", "merchant_id", "placement", "position", "value", "words"),
        pl.lit("").alias("source"),
        "request_id",
        "at",
    )


def events_of(
    told: pl.DataFrame,
    kind: str,
    *,
    before_s: pl.Expr,
    value: pl.Expr | None = None,
    words: pl.Expr | None = None,
    by_request: bool = True,
    of_listing: bool = True,
) -> pl.DataFrame:
    """Tell one kind of event for each row, so many seconds before its placed_at.

    In: platform_id, buyer_id, listing_id, merchant_id, placement, position, request_id, placed_at; ``visitor`` where
    it is not always the buyer. Only what belongs to a page that was shown (``by_request``) names the page.
    """
    none = pl.lit(None, pl.Int64)
    visitor = pl.col("visitor") if "visitor" in told.columns else pl.format("user-{}", pl.col("buyer_id"))
    return told.select(
        pl.lit(kind).alias("kind"),
        "platform_id",
        pl.col("buyer_id").alias("user_id"),
        visitor.alias("visitor"),
        (pl.col("listing_id") if of_listing else none).alias("listing_id"),
        (pl.col("merchant_id") if of_listing else none).alias("merchant_id"),
        (pl.col("placement") if by_request else pl.lit("product")).alias("placement"),
        (pl.col("position") if by_request and of_listing else none).cast(pl.Int64).alias("position"),
        (none if value is None else value.cast(pl.Int64)).alias("value"),
        (pl.lit("") if words is None else words).alias("words"),
        (pl.col("request_id") if by_request else pl.lit("")).alias("request_id"),
        (pl.col("placed_at") - pl.duration(seconds=before_s)).alias("at"),
    ).cast(_EVENT)  # type: ignore[arg-type]  # a plain mapping of names to types
