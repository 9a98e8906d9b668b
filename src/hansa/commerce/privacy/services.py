"""What people may ask about their data: a copy of it, and to be forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Membership, User
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.orders.models import Order
from hansa.commerce.privacy import copying, forgetting
from hansa.commerce.privacy.errors import PurchasesUnderWay, RolesHeld
from hansa.commerce.privacy.events import ExportRequested, PersonErased
from hansa.commerce.privacy.models import Erasure, Export
from hansa.foundation import outbox, tenancy
from hansa.kernel import ids
from hansa.kernel.errors import NotFound

KEPT_FOR = timedelta(days=3)
_UNDER_WAY = (OrderStatus.PLACED, OrderStatus.PAID, OrderStatus.SHIPPED)


@transaction.atomic
def request_export(*, user_id: int, now: datetime) -> Export:
    """Ask for a copy, which the worker makes; while one is in the making, that one is answered."""
    user = _person_for_update(user_id)
    Export.objects.filter(user=user, expires_at__lte=now).delete()
    waiting = Export.objects.filter(user=user, ready_at__isnull=True).first()
    if waiting is not None:
        return waiting
    export = Export.objects.create(user=user, token=ids.token(), requested_at=now, expires_at=now + KEPT_FOR)
    outbox.record(ExportRequested(platform_id=_home_of(user), export_id=export.pk))
    return export


def make_export(*, export_id: int, now: datetime) -> None:
    """Make the copy; one that has gone, with its person or its time, is left alone. Safe to run twice."""
    with tenancy.as_alliance():
        export = Export.objects.select_related("user").filter(pk=export_id, ready_at__isnull=True).first()
        if export is None:
            return
        person = forgetting.person_of(export.user)
        export.archive = copying.archive_of(person, language=export.user.language, now=now)
        export.ready_at, export.expires_at = now, now + KEPT_FOR
        export.save(update_fields=["archive", "ready_at", "expires_at"])


def erase_person(*, user_id: int, now: datetime) -> None:
    """Forget a person everywhere in this database and tell the rest; purchases and books stay, without a name.

    Refuses with RolesHeld who still works here, with PurchasesUnderWay who has something coming.
    """
    with tenancy.as_alliance():
        forgetting.wait_for_carts(user_id)
        user = _person_for_update(user_id)
        if Membership.objects.filter(user=user).exists():
            raise RolesHeld("give up your roles first, so that somebody else takes them on")
        under_way = Order.objects.filter(group__buyer=user, status__in=_UNDER_WAY)
        if under_way.exists():
            raise PurchasesUnderWay("a purchase of yours is still under way; ask again once it has come")
        home = _home_of(user)
        forgetting.forget(user)
        Erasure.objects.get_or_create(person_id=user_id, defaults={"erased_at": now})
        outbox.record(PersonErased(platform_id=home, user_id=user_id, at=now.isoformat()))


def drop_old_exports(*, now: datetime | None = None) -> int:
    """Delete the copies whose time has run out, and say how many."""
    deleted, _ = Export.objects.filter(expires_at__lte=now or timezone.now()).delete()
    return deleted


def _person_for_update(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFound(f"there is no person {user_id}")
    return user


def _home_of(user: User) -> int:
    if user.home_platform_id is not None:
        return user.home_platform_id
    first = accounts.platforms().values_list("pk", flat=True).first()
    if first is None:
        raise NotFound("there is no platform yet")
    return first
