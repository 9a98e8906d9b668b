"""Trade item numbers and their check digit."""

from __future__ import annotations

import pytest

from hansa.commerce.catalogue.gtin import read, same
from hansa.kernel.errors import InvalidInput


@pytest.mark.parametrize("number", ["4006381333931", "036000291452", "96385074", "00012345600012", ""])
def test_right_numbers_are_kept(number: str) -> None:
    assert read(number) == number


def test_spaces_and_hyphens_are_left_out() -> None:
    assert read("4 006381-333931") == "4006381333931"


def test_a_wrong_check_digit_is_refused_with_the_right_one() -> None:
    with pytest.raises(InvalidInput, match="4006381333932 is no GTIN: its last digit would be 1"):
        read("4006381333932")


@pytest.mark.parametrize("text", ["123", "400638133393x", "1234567890", "４００６３８１３３３９３１"])
def test_what_has_other_letters_or_lengths_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="8, 12, 13 or 14 digits"):
        read(text)


def test_a_short_number_is_the_long_one_with_zeros() -> None:
    assert same("036000291452", "0036000291452")
    assert not same("", "")
