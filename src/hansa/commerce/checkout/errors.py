"""Refusals of the checkout."""

from hansa.kernel.errors import InvalidInput, Refused


class EmptyCart(Refused):
    code = "empty_cart"


class PriceChanged(Refused):
    """The total is no longer what the buyer agreed to; ``details`` says both."""

    code = "price_changed"


class PaymentRefused(Refused):
    code = "payment_refused"


class NotTogether(Refused):
    """The good cannot be bought in a group: the buyer is a guest, or the group's price is none for it."""

    code = "not_together"


class WindowNotOffered(InvalidInput):
    code = "window_not_offered"


class CouponUnknown(InvalidInput):
    code = "coupon_unknown"
