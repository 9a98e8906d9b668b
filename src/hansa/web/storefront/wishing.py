"""Lists of goods: the button on a good, the lists, one list, sharing, and moving to the cart."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.wishlists import selectors, services
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit, shop_page
from hansa.web.requested import number_of
from hansa.web.storefront import pages, shown
from hansa.web.templatetags.words import sentence


@require_http_methods(["GET", "POST"])
@shop_page
def lists(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One's lists; POST begins another. What was typed stays when it is refused."""
    typed, status = "", 200
    if request.method == "POST":
        typed = request.POST.get("name", "")[:81]
        try:
            made = services.make_list(
                platform_id=visit.platform.pk, actor=visit.actor, name=typed, now=visit.now
            )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
        else:
            return redirect("shop:wishlist", visit.platform.code, made.pk)
    found = selectors.lists_of(platform_id=visit.platform.pk, actor=visit.actor)
    context = {"lists": found, "typed": typed}
    return pages.show(request, visit, "storefront/wishlists.html", context, status=status)


@require_GET
@shop_page
def wishlist(request: HttpRequest, visit: Visit, wishlist_id: int) -> HttpResponse:
    """One of one's own lists."""
    found = selectors.get_own(platform_id=visit.platform.pk, actor=visit.actor, wishlist_id=wishlist_id)
    address = reverse("shop:shared-wishlist", args=[visit.platform.code, found.token]) if found.token else ""
    context = {
        "wishlist": found,
        "goods": shown.listings(selectors.listings_on(found), visit),
        "others": [
            each
            for each in selectors.lists_of(platform_id=visit.platform.pk, actor=visit.actor)
            if each != found
        ],
        "address": request.build_absolute_uri(address) if address else "",
    }
    return pages.show(request, visit, "storefront/wishlist.html", context)


@require_GET
@shop_page
def shared(request: HttpRequest, visit: Visit, token: str) -> HttpResponse:
    """Somebody's list, by the address that they gave away."""
    found = selectors.get_shared(platform_id=visit.platform.pk, token=token)
    context = {"wishlist": found, "goods": shown.listings(selectors.listings_on(found), visit)}
    answer = pages.show(request, visit, "storefront/wishlist_shared.html", context)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@require_POST
@shop_page
def wish(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """Put a good on the first list with one click, or take it off all lists."""
    is_on = request.POST.get("wish") != "off"
    if is_on:
        services.add(platform_id=visit.platform.pk, actor=visit.actor, listing_id=listing_id, now=visit.now)
    else:
        services.remove(platform_id=visit.platform.pk, actor=visit.actor, listing_id=listing_id)
    if request.headers.get("HX-Request"):
        context = {"listing_id": listing_id, "is_wished": is_on, "platform": visit.platform}
        return render(request, "storefront/_wish.html", context)
    return redirect("shop:product", visit.platform.code, listing_id)


@require_POST
@shop_page
def change(request: HttpRequest, visit: Visit, wishlist_id: int) -> HttpResponse:
    """What the buttons of a list do: name it, share it or not, throw it away, take a good off, move to the cart."""
    act, pk, actor = request.POST.get("act", ""), visit.platform.pk, visit.actor
    try:
        if act == "delete":
            services.delete(platform_id=pk, actor=actor, wishlist_id=wishlist_id)
            messages.success(request, _("The list is gone."))
            return redirect("shop:wishlists", visit.platform.code)
        if act == "rename":
            name = request.POST.get("name", "")
            services.rename(platform_id=pk, actor=actor, wishlist_id=wishlist_id, name=name)
        elif act in {"share", "hide"}:
            services.share(platform_id=pk, actor=actor, wishlist_id=wishlist_id, is_shared=act == "share")
        elif act == "take-off":
            listing_id = number_of(request, "listing")
            services.remove(platform_id=pk, actor=actor, wishlist_id=wishlist_id, listing_id=listing_id)
        elif act == "to-cart":
            _move(request, visit, wishlist_id)
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    return redirect("shop:wishlist", visit.platform.code, wishlist_id)


def _move(request: HttpRequest, visit: Visit, wishlist_id: int) -> None:
    moved = services.move_to_cart(
        platform_id=visit.platform.pk,
        actor=visit.actor,
        wishlist_id=wishlist_id,
        listing_id=number_of(request, "listing") if "listing" in request.POST else None,
        now=visit.now,
    )
    if moved.moved:
        said = ngettext(
            "%(count)s good is in your cart.", "%(count)s goods are in your cart.", moved.moved
        ) % {"count": moved.moved}
        messages.success(request, said)
    else:
        messages.info(request, _("Nothing of it can be had just now."))
