"""Goods as other machines read them: schema.org Product and Offer, and a Google Merchant feed. Pure.

Field names: https://schema.org/Product and the Google Merchant product data specification.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from hansa.kernel.money import Money

GOOGLE = "http://base.google.com/ns/1.0"


@dataclass(frozen=True)
class Described:
    """A good on sale. Addresses are absolute; the price is what is paid now."""

    id: str
    group_id: str
    title: str
    description: str
    url: str
    price: Money
    is_available: bool
    brand: str
    gtin: str
    sku: str
    merchant: str
    category: str
    image_url: str = ""
    stars: float | None = None
    ratings: int = 0


def json_ld(good: Described) -> str:
    """A schema.org Product with its Offer, safe to stand inside a script element."""
    product: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": good.title,
        "sku": good.sku,
        "category": good.category,
        "url": good.url,
        "offers": {
            "@type": "Offer",
            "price": _amount(good.price),
            "priceCurrency": good.price.currency,
            "availability": f"https://schema.org/{'InStock' if good.is_available else 'OutOfStock'}",
            "itemCondition": "https://schema.org/NewCondition",
            "url": good.url,
            "seller": {"@type": "Organization", "name": good.merchant},
        },
    }
    optional: dict[str, Any] = {
        "description": good.description,
        "brand": {"@type": "Brand", "name": good.brand} if good.brand else "",
        "gtin": good.gtin,
        "image": good.image_url,
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": f"{good.stars:.2f}",
            "ratingCount": good.ratings,
        }
        if good.ratings and good.stars
        else "",
    }
    product |= {name: value for name, value in optional.items() if value}
    return for_script(product)


def for_script(body: dict[str, Any]) -> str:
    """JSON that may stand inside a script element: "</script>" in it does not end it, "<!--" begins no comment."""
    written = json.dumps(body, ensure_ascii=False)
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written


def google_fields(good: Described) -> dict[str, str]:
    """The attributes of one item; those without a value are left out."""
    fields = {
        "id": good.id,
        "item_group_id": good.group_id,
        "title": good.title[:150],
        "description": (good.description or good.title)[:5_000],
        "link": good.url,
        "image_link": good.image_url,
        "availability": "in_stock" if good.is_available else "out_of_stock",
        "price": str(good.price),
        "brand": good.brand,
        "gtin": good.gtin,
        "mpn": "" if good.gtin else good.sku,
        "condition": "new",
        "product_type": good.category,
        "external_seller_id": good.merchant,
    }
    return {name: value for name, value in fields.items() if value}


def google_xml(goods: Iterable[Described], *, title: str, url: str) -> Iterable[str]:
    """An RSS 2.0 feed with Google's names, piece by piece, so that a large shop needs no memory."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="{GOOGLE}"><channel>'
    yield f"<title>{escape(title)}</title><link>{escape(url)}</link><description>{escape(title)}</description>\n"
    for good in goods:
        fields = google_fields(good).items()
        yield (
            "<item>"
            + "".join(f"<g:{name}>{escape(_plain(text))}</g:{name}>" for name, text in fields)
            + "</item>\n"
        )
    yield "</channel></rss>\n"


def google_tsv(goods: Iterable[Described]) -> Iterable[str]:
    """The same as tab-separated text with a heading."""
    columns = ["id", "item_group_id", "title", "description", "link", "image_link", "availability", "price", "brand", "gtin", "mpn", "condition", "product_type", "external_seller_id"]  # fmt: skip
    yield _row(columns)
    for good in goods:
        fields = google_fields(good)
        yield _row([_plain(" ".join(fields.get(name, "").split())) for name in columns])


def _row(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter="\t", lineterminator="\n").writerow(cells)
    return line.getvalue()


def _amount(price: Money) -> str:
    return str(price).split(" ")[0]


def _plain(text: str) -> str:
    """Without control characters, which XML forbids even when escaped."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n")
