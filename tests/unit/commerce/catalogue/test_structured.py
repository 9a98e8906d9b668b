"""Goods as schema.org and Google read them."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from hansa.commerce.catalogue.structured import GOOGLE, Described, google_tsv, google_xml, json_ld
from hansa.kernel.money import Money

TEA = Described(
    id="7", group_id="3", title="Tea & 茶", description="", url="https://shop.example/p/7/", price=Money(450, "EUR"),
    is_available=True, brand="Kogge", gtin="4006381333931", sku="T-1", merchant="Bo", category="Tea",
)  # fmt: skip


def test_a_product_names_its_offer_and_its_seller() -> None:
    said = json.loads(json_ld(TEA))

    assert said["@type"] == "Product"
    assert said["gtin"] == "4006381333931"
    assert said["offers"]["price"] == "4.50"
    assert said["offers"]["availability"] == "https://schema.org/InStock"
    assert said["offers"]["seller"]["name"] == "Bo"
    assert "aggregateRating" not in said


def test_a_title_cannot_end_the_script_element() -> None:
    said = json_ld(replace(TEA, title="</script><!--"))

    assert "<" not in said
    assert json.loads(said)["name"] == "</script><!--"


def test_the_feed_is_xml_with_googles_names() -> None:
    text = "".join(
        google_xml([TEA, replace(TEA, id="8", gtin="", title="a\x00b")], title="Trave", url="https://x/")
    )
    items = ElementTree.fromstring(text).findall("channel/item")

    def said(place: int, name: str) -> str | None:
        return items[place].findtext(f"{{{GOOGLE}}}{name}")

    assert (said(0, "price"), said(0, "title"), said(0, "mpn")) == ("4.50 EUR", "Tea & 茶", None)
    assert (said(1, "mpn"), said(1, "gtin"), said(1, "title")) == ("T-1", None, "ab")


def test_the_feed_in_tabs_has_one_line_for_each_good() -> None:
    text = "".join(google_tsv([replace(TEA, title="two\nlines\tand tab")]))
    rows = list(csv.reader(text.splitlines(), delimiter="\t"))

    assert rows[0][:3] == ["id", "item_group_id", "title"]
    assert rows[1][:3] == ["7", "3", "two lines and tab"]
