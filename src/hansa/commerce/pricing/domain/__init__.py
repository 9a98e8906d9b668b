"""The price of a basket as a pure function; what it promises stands in `quoting` and in docs/explanation/pricing.md."""

from hansa.commerce.pricing.domain.basket import (
    DELIVERY_FEE,
    FREE_DELIVERY_FROM,
    Applied,
    Quote,
    QuotedLine,
    WantedLine,
)
from hansa.commerce.pricing.domain.prices import PriceTag, price_of
from hansa.commerce.pricing.domain.quoting import quote_total
from hansa.commerce.pricing.domain.tax import RateTable, TaxPort, TaxRules, TaxSum

__all__ = [
    "DELIVERY_FEE",
    "FREE_DELIVERY_FROM",
    "Applied",
    "PriceTag",
    "Quote",
    "QuotedLine",
    "RateTable",
    "TaxPort",
    "TaxRules",
    "TaxSum",
    "WantedLine",
    "price_of",
    "quote_total",
]
