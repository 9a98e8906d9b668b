"""Refusals of stock."""

from hansa.kernel.errors import Refused


class InsufficientStock(Refused):
    code = "insufficient_stock"
