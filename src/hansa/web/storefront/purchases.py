"""After buying: the list of purchases, one purchase with its parcel, cancelling and reviewing."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.aftersale import selectors
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.orders import cancelling
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.reviews import selectors as reviews
from hansa.web.doors import Visit, shop_page
from hansa.web.storefront import aftersale, asked, pages, shown, together
from hansa.web.storefront.forms import ReviewForm

PAGE = 12


@require_GET
@shop_page
def purchases(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What this person has bought here."""
    if visit.actor.user_id is None:
        return redirect_to_login(request.get_full_path())
    number = asked.page(request)
    mine = orders.purchases_with_lines_of(visit.actor.user_id)
    page = shown.page_of(number, mine.count(), PAGE)
    context = {"purchases": mine[page.start_index() - 1 if page else 0 : page.end_index()], "page": page}
    return pages.show(request, visit, "storefront/purchases.html", context)


@require_GET
@shop_page
def purchase(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """One purchase: its orders, its money, where its parcel is, and what can be reviewed."""
    token = request.GET.get("token", "")
    group = orders.purchase_detail(
        platform_id=visit.platform.pk, number=number, actor=visit.actor, token=token
    )
    return show(request, visit, group, token=token)


@require_POST
@shop_page
def cancel(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """Cancel one's own purchase that has not been shipped."""
    group = aftersale.own_purchase(request, visit, number)
    cancelling.cancel_all(
        group_id=group.pk, reason="cancelled by the buyer", actor_name=visit.actor.name, now=visit.now
    )
    messages.success(request, _("Your purchase is cancelled; the money is on its way back."))
    return HttpResponseRedirect(shown.url_of_purchase(visit, group))


def show(
    request: HttpRequest,
    visit: Visit,
    group: OrderGroup,
    *,
    token: str = "",
    status: int = 200,
    line_id: int | None = None,
    form: ReviewForm | None = None,
) -> HttpResponse:
    """Show a purchase; with a form that was sent and refused, open at its line."""
    found = group.orders.all()
    shipment = delivery.find_shipment_of(group.pk)
    context = {
        "purchase": group,
        "orders": found,
        "shipment": shipment,
        "steps": shown.steps_of(group, shipment),
        "reviewed": reviews.reviewed_lines(line.pk for order in found for line in order.lines.all()),
        "can_cancel": cancelling.can_cancel_all(group) and selectors.owns(group, visit.actor, token),
        "is_buyer": visit.actor.user_id is not None and group.buyer_id == visit.actor.user_id,
        "token": token,
        "step": shown.step_of(visit, group),
        "place": together.place_of(group.number),
        "after": aftersale.of_purchase(group),
        "review_line": line_id,
        "review": form,
    }
    return pages.show(request, visit, "storefront/purchase.html", context, status=status)
