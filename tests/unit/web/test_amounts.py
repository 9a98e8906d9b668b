"""Amounts as people type them: what is one, and what is refused and never breaks a page."""

from __future__ import annotations

import pytest

from hansa.kernel.errors import InvalidInput
from hansa.web.amounts import minor_of


def test_an_amount_is_read_in_minor_units_with_point_or_comma() -> None:
    assert [minor_of(typed, "EUR") for typed in ("4.90", " 4,9 ", "0")] == [490, 490, 0]


@pytest.mark.parametrize("typed", ["", "four", "1.005", "-1", "NaN", "1e999999", "Infinity"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="is no amount"):
        minor_of(typed, "EUR")
