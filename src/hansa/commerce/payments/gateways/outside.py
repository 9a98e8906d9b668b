"""Calling providers: never inside a transaction of ours, and always saying which platform is paid."""

from __future__ import annotations

from django.db import transaction

from hansa.commerce.payments.models import Payment, Refund
from hansa.foundation import tenancy
from hansa.kernel.errors import BrokenInvariant


def insist_on_being_outside() -> None:
    """Refuse, as our own fault, a call to the outside while a transaction is open."""
    if transaction.get_connection().in_atomic_block:
        raise BrokenInvariant("the payment provider was called inside a transaction")


def payee_of(reference: str) -> str:
    """The code of the platform whose purchase this is, or nothing; in a transaction of its own."""
    insist_on_being_outside()
    with tenancy.as_alliance():
        code = Payment.objects.filter(reference=reference).values_list("platform__code", flat=True).first()
    return code or ""


def payment_of(reference: str) -> Payment | None:
    """The payment of a purchase, of whichever platform, or None; in a transaction of its own."""
    insist_on_being_outside()
    with tenancy.as_alliance():
        return Payment.objects.filter(reference=reference).first()


def purchase_of_refund(reference: str) -> str:
    """The number of the purchase that a refund gives money of back, or nothing; in a transaction of its own."""
    insist_on_being_outside()
    with tenancy.as_alliance():
        number = (
            Refund.objects.filter(reference=reference).values_list("payment__reference", flat=True).first()
        )
    return number or ""
