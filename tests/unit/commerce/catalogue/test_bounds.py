"""What a merchant may say of an article is bounded in one place."""

from __future__ import annotations

import pytest

from hansa.commerce.catalogue import bounds
from hansa.kernel.errors import InvalidInput


def test_the_least_and_the_most_may_be_said() -> None:
    bounds.insist(unit_cost=0, weight_g=1, pack_size=1, lead_time_days=0)
    bounds.insist(unit_cost=10**12, weight_g=2_000_000, pack_size=100_000, lead_time_days=365)


@pytest.mark.parametrize(
    ("name", "number", "reason"),
    [
        ("unit_cost", -1, "unit_cost is between 0 and 1000000000000, not -1"),
        ("weight_g", 0, "weight_g is between 1 and 2000000, not 0"),
        ("pack_size", 100_001, "pack_size is between 1 and 100000, not 100001"),
        ("lead_time_days", 366, "lead_time_days is between 0 and 365, not 366"),
    ],
)
def test_what_is_out_of_its_bounds_is_refused_by_name(name: str, number: int, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        bounds.insist(**{name: number})
