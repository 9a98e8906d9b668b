"""What is held back, when words are the same, and how a shop's score is drawn to the mean."""

from __future__ import annotations

import pytest

from hansa.commerce.reviews.domain import Hold, Tally, fingerprint, shrunk, why_hold


@pytest.mark.parametrize(
    "text",
    [
        "see https://tea.example/buy",
        "cheaper at WWW.tea.example",
        "write to me: cy@tea.example",
        "cheap-tea.com has it",
        "ｈｔｔｐｓ：//tea",
    ],
)
def test_a_link_or_an_address_is_held(text: str) -> None:
    assert why_hold(text, is_repeated=False, said_lately=0) is Hold.LINK


@pytest.mark.parametrize("text", ["Good tea. Come again!", "5 stars...of 5", "味道很好，会再买。", "3.com"])
def test_plain_words_are_not(text: str) -> None:
    assert why_hold(text, is_repeated=False, said_lately=4) is Hold.NONE


def test_the_sixth_within_an_hour_and_the_same_words_are_held() -> None:
    assert why_hold("tea", is_repeated=False, said_lately=5) is Hold.FLOOD
    assert why_hold("tea", is_repeated=True, said_lately=0) is Hold.REPEATED


def test_the_same_letters_are_the_same_words() -> None:
    assert fingerprint("The very best tea, in all Lübeck!") == fingerprint("the VERY best tea in all lübeck")
    assert fingerprint("The very best tea, in all Lübeck!") != fingerprint("The very worst tea in all Lübeck")
    assert fingerprint("Very good!") == ""


def test_few_ratings_are_drawn_to_the_mean() -> None:
    everybody = Tally(total=400, count=100)

    assert shrunk(Tally(15, 3), everybody) == pytest.approx(55 / 13)
    assert shrunk(Tally(480, 100), everybody) == pytest.approx(520 / 110)
    assert shrunk(Tally(0, 0), everybody) == 4.0
    assert shrunk(Tally(0, 0), Tally(0, 0)) is None
