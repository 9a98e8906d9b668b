"""Goods by classes of preference: what the same people like stands together."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from hansa.commerce.discovery import selectors as discovery
from hansa.kernel import ids
from hansa.web.doors import Visit, shop_page
from hansa.web.storefront import asked, pages, shown

PAGE = 24
TASTED = 6


@require_GET
@shop_page
def classes(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Every class with the goods nearest to its middle."""
    found = list(discovery.classes_of(visit.platform.pk))
    listings = {each: discovery.goods_of(each, page=1, page_size=TASTED).listings for each in found}
    now = shown.today([one for few in listings.values() for one in few], visit)
    context = {
        "classes": [(each, shown.listings(few, visit, now=now)) for each, few in listings.items()],
        "request_id": ids.token(bytes_of_entropy=12),
    }
    return pages.show(request, visit, "storefront/classes.html", context)


@require_GET
@shop_page
def one_class(request: HttpRequest, visit: Visit, number: int) -> HttpResponse:
    """The goods of a class, the most typical first."""
    each = discovery.get_class(platform_id=visit.platform.pk, number=number)
    wanted = asked.page(request)
    found = discovery.goods_of(each, page=wanted, page_size=PAGE)
    context = {
        "each": each,
        "goods": shown.listings(found.listings, visit),
        "total": found.total,
        "page": shown.page_of(wanted, found.total, PAGE),
        "request_id": ids.token(bytes_of_entropy=12),
    }
    return pages.show(request, visit, "storefront/class.html", context)
