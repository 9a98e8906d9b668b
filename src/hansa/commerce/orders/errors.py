"""Refusals of orders."""

from hansa.kernel.errors import NotFound


class NoSuchPurchase(NotFound):
    code = "no_such_purchase"
