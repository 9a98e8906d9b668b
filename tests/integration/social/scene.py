"""Words for the tests of what shoppers say: a good that was bought, received and judged."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import connection
from PIL import Image

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.orders.models import OrderLine
from hansa.commerce.reviews import services
from hansa.commerce.reviews.models import Review
from hansa.commerce.reviews.services import Verdict
from hansa.foundation import invariants, tenancy
from hansa.kernel.clock import system_clock
from tests.factories import Shop
from tests.integration.storefront.visitors import deliver


def a_received_line(shop: Shop, buyer: Actor, good: str = "tea") -> int:
    """Somebody buys a good and has it brought; answers the line."""
    group = shop.buy(buyer, [(good, 1)])
    deliver(shop, group)
    with tenancy.as_platform(shop.platform.pk):
        return OrderLine.objects.get(order__group=group).pk


def review(
    shop: Shop,
    buyer: Actor,
    stars: int = 5,
    *,
    good: str = "tea",
    now: datetime | None = None,
    **said: object,
) -> Review:
    """Buy, receive and review."""
    line_id = a_received_line(shop, buyer, good)
    with tenancy.as_platform(shop.platform.pk):
        return services.write_review(
            platform_id=shop.platform.pk,
            actor=buyer,
            line_id=line_id,
            verdict=Verdict(stars, **said),  # type: ignore[arg-type]  # by name
            now=now or system_clock(),
        )


def rating_of(shop: Shop, good: str = "tea") -> tuple[int, int]:
    with tenancy.as_platform(shop.platform.pk):
        listing = Listing.objects.get(pk=shop.listings[good].pk)
    return listing.rating_sum, listing.rating_count


def a_photo(*, width: int = 900, height: int = 600, place: bool = True) -> bytes:
    """A JPEG that tells where it was taken."""
    notes = Image.Exif()
    if place:
        notes[0x010E] = "taken at Mengstrasse 4"
    written = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(written, "JPEG", exif=notes)
    return written.getvalue()


def broken() -> list[str]:
    """The promises of what shoppers say that do not hold."""
    return [finding.invariant.name for finding in invariants.check() if not finding.holds]


def at_once(shop: Shop, *acts: Callable[[], object]) -> list[object]:
    """Run acts in threads of their own at the same moment; answers what each returned or raised."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        barrier.wait(timeout=10)
        try:
            with tenancy.as_platform(shop.platform.pk):
                results[place] = acts[place]()  # type: ignore[call-overload]  # a list of whatever
        except Exception as refusal:  # handed back to the test
            results[place] = refusal  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return list(results)
