"""A bank inside our own process that moves no money and keeps a durable book.

What happens is decided by the name of the account: ``…closed`` refuses, ``…slow`` decides only when it is asked
again, ``…moved`` carries out and later sends back, ``…silent`` carries out and does not answer.
"""

from __future__ import annotations

from django.db import transaction

from hansa.commerce.payouts.gateways.port import Carried, Told
from hansa.commerce.payouts.models import SandboxTransfer
from hansa.kernel.errors import Unavailable


class SandboxBank:
    """Plays a bank by fixed rules."""

    def send(self, *, key: str, destination: str, amount: int, currency: str) -> Told:
        """Carry a transfer out, once for each key."""
        with transaction.atomic():
            transfer, _ = SandboxTransfer.objects.get_or_create(
                key=key,
                defaults={
                    "destination": destination,
                    "amount": amount,
                    "currency": currency,
                    "outcome": _first(destination).value,
                },
            )
        if destination.endswith("silent"):
            raise Unavailable("the bank does not answer")
        return _said(transfer)

    def find(self, *, key: str) -> Told:
        """Say what became of a transfer; a slow one is decided now, and one to an account that moved comes back."""
        transfer = SandboxTransfer.objects.filter(key=key).first()
        if transfer is None:
            return Told(Carried.UNKNOWN)
        later = _later(transfer)
        if later.value != transfer.outcome:
            transfer.outcome = later.value
            transfer.save(update_fields=["outcome"])
        return _said(transfer)


def _first(destination: str) -> Carried:
    if destination.endswith("closed"):
        return Carried.REFUSED
    return Carried.UNKNOWN if destination.endswith("slow") else Carried.DONE


def _later(transfer: SandboxTransfer) -> Carried:
    if transfer.outcome == Carried.UNKNOWN:
        return Carried.DONE
    if transfer.outcome == Carried.DONE and transfer.destination.endswith("moved"):
        return Carried.RETURNED
    return Carried(transfer.outcome)


def _said(transfer: SandboxTransfer) -> Told:
    reasons = {
        Carried.REFUSED: "the account is closed",
        Carried.RETURNED: "the account has moved to another bank",
    }
    outcome = Carried(transfer.outcome)
    return Told(
        outcome,
        provider_ref=f"sbt_{transfer.pk}",
        amount=transfer.amount,
        currency=transfer.currency,
        reason=reasons.get(outcome, ""),
    )
