"""Chance without a generator's state: a number for each key and seed, the same on every machine and in any order.

SplitMix64 (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA) over the key,
the seed and the name of what is decided; so a slice of the data draws what the whole would draw for it.
"""

from __future__ import annotations

import zlib

import numpy as np
import polars as pl
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def bits(keys: pl.Series | NDArray[np.int64], *, seed: int, about: str) -> NDArray[np.uint64]:
    """Draw 64 bits for each whole-number key."""
    state = np.asarray(keys, dtype=np.int64).view(np.uint64).copy()
    salt = (seed * 0x5851F42D4C957F2D + zlib.crc32(about.encode())) * int(_GOLDEN)
    state = _mixed(state + np.uint64(salt % 2**64))
    return _mixed(state + _GOLDEN)


def uniform(keys: pl.Series | NDArray[np.int64], *, seed: int, about: str) -> NDArray[np.float64]:
    """Draw from [0, 1) for each key."""
    return (bits(keys, seed=seed, about=about) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def pick(keys: pl.Series | NDArray[np.int64], count: int, *, seed: int, about: str) -> NDArray[np.int64]:
    """Draw a whole number below ``count`` for each key."""
    return (uniform(keys, seed=seed, about=about) * count).astype(np.int64)


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))
