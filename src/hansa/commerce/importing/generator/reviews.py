"""Which lines get a review, with how many stars, and what it says. Seeded, pure.

Every good and every house has a latent quality; stars are that quality with a shopper's mood on top. The
choice hangs on the line alone, so any chunk and any slice of the data rates as the whole would.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from hansa.commerce.importing import chance

_TEXTS: dict[int, tuple[tuple[str, str], ...]] = {
    5: (
        ("Exactly as described. Will buy again.", "和描述完全一致，会再买。"),
        ("Fresh, well packed, on time.", "新鲜，包装好，送达准时。"),
        ("The whole family loves it.", "全家都喜欢。"),
        ("Best of its kind that I have tried.", "同类里最好的一款。"),
        ("", ""),
    ),
    4: (
        ("Good value for the price.", "性价比不错。"),
        ("Good, though I expected a bit more.", "不错，不过期待再高一点。"),
        ("Does what it should.", "该有的都有。"),
        ("", ""),
    ),
    3: (
        ("All right, nothing special.", "还行，没什么特别。"),
        ("Fine for everyday.", "日常用可以。"),
        ("The pack was smaller than I thought.", "包装比想象的小。"),
    ),
    2: (
        ("Not as good as the last time.", "没有上次好。"),
        ("The packaging was damaged.", "包装有破损。"),
    ),
    1: (
        ("Disappointed, would not buy it again.", "很失望，不会再买。"),
        ("Arrived in poor condition.", "收到时状况很差。"),
    ),
}


@dataclass(frozen=True)
class Shares:
    """How much people write. ``reviewed`` is a share of lines, ``with_delivery`` a share of reviews."""

    reviewed: float = 0.03
    with_delivery: float = 0.6


def rate(lines: pl.DataFrame, shares: Shares, *, seed: int) -> pl.DataFrame:
    """Add ``stars`` and ``delivery_stars`` (null: no review) to lines.

    In: line_key, product_key, merchant_key (whole numbers), unit_price. What cost nothing is not judged.
    """
    key = lines["line_key"]
    wrote = (chance.uniform(key, seed=seed, about="review") < shares.reviewed) & (
        lines["unit_price"].to_numpy() > 0
    )
    told = wrote & (chance.uniform(key, seed=seed, about="delivery review") < shares.with_delivery)
    mood = _bell(key, seed, "mood")
    quality = quality_of(lines["product_key"], lines["merchant_key"], seed=seed)
    stars = np.clip(np.round(quality + 0.9 * mood), 1, 5).astype(np.int64)
    delivery = np.clip(np.round(4.3 + 0.9 * _bell(key, seed, "delivery mood")), 1, 5).astype(np.int64)
    return lines.with_columns(
        stars=pl.when(pl.Series(wrote)).then(pl.Series(stars)),
        delivery_stars=pl.when(pl.Series(told)).then(pl.Series(delivery)),
    )


def quality_of(product_keys: pl.Series, merchant_keys: pl.Series, *, seed: int) -> NDArray[np.float64]:
    """The latent quality of goods on the scale of stars: around 4, better and worse houses and goods."""
    return (
        4.0
        + 0.35 * _bell(merchant_keys, seed, "house quality")
        + 0.45 * _bell(product_keys, seed, "good quality")
    )


def written(reviewed: pl.DataFrame, *, seed: int, until: datetime) -> pl.DataFrame:
    """Write the reviews of these lines in their authors' languages, some days after they bought.

    In: line_key, placed_at, stars, delivery_stars, language and whatever ids to keep. Adds text, written_at;
    never later than ``until``.
    """
    key = reviewed["line_key"]
    texts = chance.uniform(key, seed=seed, about="review text")
    after_s = 86_400 + chance.pick(key, 8 * 86_400, seed=seed, about="review day")
    stars, languages = reviewed["stars"].to_list(), reviewed["language"].to_list()
    said = [_text(star, language, draw) for star, language, draw in zip(stars, languages, texts, strict=True)]
    at = pl.col("placed_at") + pl.duration(seconds=pl.lit(pl.Series(after_s)))
    return reviewed.with_columns(
        text=pl.Series(said, dtype=pl.String),
        written_at=pl.min_horizontal(at, pl.lit(until, pl.Datetime("us"))),
    )


def _text(stars: int, language: str, draw: float) -> str:
    choices = _TEXTS[stars]
    return choices[int(draw * len(choices))][1 if language.startswith("zh") else 0]


def _bell(keys: pl.Series, seed: int, about: str) -> NDArray[np.float64]:
    """Draw a nearly normal number (mean 0, deviation 1): the sum of a hash's four quarters (Irwin-Hall)."""
    bits = chance.bits(keys, seed=seed, about=about)
    parts = [((bits >> np.uint64(16 * place)) & np.uint64(0xFFFF)).astype(np.float64) for place in range(4)]
    total: NDArray[np.float64] = parts[0] + parts[1] + parts[2] + parts[3]
    return (total / 65_536 - 2.0) * math.sqrt(3)
