"""Words for scenes with promotions, on top of `tests.factories`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import connections

from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.pricing import selectors as pricing
from hansa.commerce.pricing.domain import Quote
from hansa.commerce.promotions import services
from hansa.commerce.promotions.models import Coupon, Promotion
from hansa.commerce.promotions.services import Terms
from hansa.foundation import tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Refused
from tests.factories import NOON, Shop


def a_promotion(
    shop: Shop, terms: Terms, goods: Iterable[str] = (), *, actor: Actor | None = None
) -> Promotion:
    """A promotion of the merchant that runs at noon, or of the platform when an operator starts it."""
    with tenancy.as_platform(shop.platform.pk):
        return services.start_promotion(
            actor=actor or shop.owner,
            platform_id=shop.platform.pk,
            merchant_id=None if actor else shop.merchant.pk,
            terms=terms,
            offer_ids=[shop.listings[name].offer_id for name in goods],
            starts_at=NOON - timedelta(hours=1),
            ends_at=NOON + timedelta(hours=1),
        )


def a_coupon(shop: Shop, promotion: Promotion, operator: Actor, **limits: int) -> Coupon:
    with tenancy.as_platform(shop.platform.pk):
        return services.issue_coupon(
            actor=operator,
            platform_id=shop.platform.pk,
            promotion_id=promotion.pk,
            code="WELCOME",
            **({"most_uses": 1} | limits),  # type: ignore[arg-type]  # a budget of None is not asked for here
        )


def price(shop: Shop, goods: dict[str, int], **more: object) -> Quote:
    with tenancy.as_platform(shop.platform.pk):
        return pricing.quote(
            pricing.Basket(
                platform_id=shop.platform.pk,
                wanted={shop.listings[name].pk: count for name, count in goods.items()},
                now=NOON,
                **more,  # type: ignore[arg-type]  # passed on as it is
            )
        )


def many_people(count: int) -> list[int]:
    people = User.objects.bulk_create(User(username=f"buyer{number}") for number in range(count))
    return [person.pk for person in people]


def at_once(shop: Shop, acts: list[Callable[[], None]]) -> tuple[int, list[str]]:
    """Do everything at the same time, a thread each; answers how many succeeded and what refused the others."""
    done, refused, failed = [], [], []
    start = threading.Event()

    def go(act: Callable[[], None]) -> None:
        start.wait()
        try:
            with tenancy.as_platform(shop.platform.pk):
                act()
            done.append(1)
        except Refused as refusal:
            refused.append(refusal.message)
        except BaseException as failure:  # a thread's failure is the test's
            failed.append(repr(failure))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    start.set()
    for thread in threads:
        thread.join()
    assert failed == []
    return len(done), refused


def until_somebody_waits() -> None:
    """Return once a session waits for a lock of another."""
    for _ in range(200):
        with connections[OWNER].cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where not granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody came to wait")
