"""Artwork: the same for the same seed, small, valid, and never a way in for somebody's markup."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from hansa.web.art import brand_art, product_art
from hansa.web.art.motifs import MOTIFS
from hansa.web.art.palette import TINTS
from hansa.web.art.words import _RULES, FALLBACK, motif_for

SVG = "{http://www.w3.org/2000/svg}svg"


def test_the_same_product_always_looks_the_same() -> None:
    product_art.cache_clear()
    first = product_art("CHEESE", 4711)
    product_art.cache_clear()

    assert product_art("CHEESE", 4711) == first
    assert product_art("CHEESE", 4712) != first


@pytest.mark.parametrize("rule", _RULES, ids=[motif for motif, _ in _RULES])
def test_every_motif_is_valid_and_small(rule: tuple[str, str]) -> None:
    term = rule[1].split(",")[0].strip()
    for seed in range(12):
        drawn = product_art(term, seed)
        assert ElementTree.fromstring(drawn).tag == SVG
        assert len(drawn.encode()) <= 2048


def test_motifs_name_only_tints_and_fills_that_exist() -> None:
    for name, motif in MOTIFS.items():
        assert {*motif.tints, motif.second} <= TINTS.keys(), name
        assert {mark[0] for mark, _ in motif.paths} <= set("lmdLMDwk"), name


def test_every_rule_leads_to_a_motif_and_every_motif_is_reached() -> None:
    assert {motif for motif, _ in _RULES} | {FALLBACK} == set(MOTIFS)


@pytest.mark.parametrize(
    ("category", "motif"),
    [
        ("paw", "paw"),
        ("FLUID MILK PRODUCTS", "milk"),
        ("BAKED BREAD/BUNS/ROLLS", "bread"),
        ("ICE CREAM/MILK/SHERBTS", "icecream"),
        ("HOT DOGS", "sausage"),
        ("DOG FOODS", "paw"),
        ("COOKIES/CONES", "cookie"),
        ("TOMATOES", "tomato"),
        ("FRUIT - SHELF STABLE", "can"),
        ("FUEL", "fuel"),
        ("fashion_shoes", "shoe"),
        ("beleza_saude", "pill"),
        ("茉莉绿茶", "tea"),
        ("婴儿奶粉", "baby"),
    ],
)
def test_categories_of_our_data_find_their_motif(category: str, motif: str) -> None:
    assert motif_for(category) == motif


@pytest.mark.parametrize("category", ["Team spirit level", "Pancake", "", "?!", "J-HOOKS", "\x00"])
def test_a_word_inside_another_word_is_no_hint(category: str) -> None:
    assert motif_for(category) in {FALLBACK, "wine"}  # "spirit" is a word of its own in the first


def test_a_category_is_never_written_into_the_picture() -> None:
    drawn = product_art('"><script>alert(1)</script>', 1)

    assert "script" not in drawn
    assert drawn == product_art("nothing known", 1)


def test_arms_carry_the_initial_and_nothing_else_of_the_name() -> None:
    assert ">K</text>" in brand_art("Kroger", 1)
    assert ">老</text>" in brand_art("老干妈", 1)
    assert ">3</text>" in brand_art("«3 Ähren»", 1)
    assert ">S</text>" in brand_art("<script>", 1)
    assert ">·</text>" in brand_art("<&>", 1)
    assert ElementTree.fromstring(brand_art("<&>", 1)).tag == SVG


def test_merchants_are_told_apart_by_their_arms() -> None:
    arms = {brand_art(f"Merchant {number}", number).replace(">M<", "") for number in range(60)}

    assert len(arms) > 50
