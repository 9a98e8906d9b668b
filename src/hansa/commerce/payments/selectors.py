"""What the operator's page reads of payments."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from hansa.commerce.payments.models import BookDifference, Chargeback, Comparison, HeardEvent, Payment
from hansa.kernel.errors import NotFound


def step_of(reference: str) -> str:
    """Where the buyer of an open payment goes on to pay; empty when no step waits for them."""
    waiting = Payment.objects.filter(reference=reference, state=Payment.State.CREATED)
    return waiting.values_list("step_url", flat=True).first() or ""


def events_of(platform_id: int) -> QuerySet[HeardEvent]:
    """Every webhook about a platform's payments, newest first, with what was made of it."""
    return (
        HeardEvent.objects.filter(platform_id=platform_id)
        .select_related("verdict")
        .defer("body")
        .order_by("-pk")
    )


def differences_of(platform_id: int, *, are_open: bool) -> QuerySet[BookDifference]:
    """Where the providers' books and ours differ, or did; newest first."""
    return BookDifference.objects.filter(platform_id=platform_id, closed_at__isnull=are_open).order_by("-pk")


def open_differences_everywhere() -> int:
    """How many differences are open on every platform."""
    return BookDifference.objects.filter(closed_at__isnull=True).count()


def comparisons_of(platform_id: int) -> QuerySet[Comparison]:
    """Every reading of a provider's book, newest first."""
    return Comparison.objects.filter(platform_id=platform_id).order_by("-pk")


def chargebacks_of(platform_id: int) -> QuerySet[Chargeback]:
    """Every dispute of a platform's payments, the open ones first."""
    return (
        Chargeback.objects.filter(platform_id=platform_id)
        .select_related("payment")
        .annotate(answers=Count("evidence"))
        .order_by("closed_at", "-pk")
    )


def get_chargeback(*, platform_id: int, chargeback_id: int) -> Chargeback:
    """One dispute with its evidence. Refuses with NotFound what is not this platform's."""
    found = (
        Chargeback.objects.filter(platform_id=platform_id, pk=chargeback_id)
        .select_related("payment")
        .prefetch_related("evidence")
        .first()
    )
    if found is None:
        raise NotFound(f"there is no dispute {chargeback_id} here")
    return found


def providers_of(platform_id: int) -> list[str]:
    """The providers that a platform has payments at, apart from the sandbox in our own process."""
    return list(
        Payment.objects.filter(~Q(provider="sandbox"), platform_id=platform_id)
        .values_list("provider", flat=True)
        .distinct()
        .order_by("provider")
    )
