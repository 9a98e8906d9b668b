"""The shop: what a shopper sees and does. Each view makes its calls and renders; rules live below."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.alliance import selectors as alliance
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.behaviour import selectors as behaviour_selectors
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.behaviour.services import Exposure
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.checkout import cart as carts
from hansa.commerce.checkout import services as checkouts
from hansa.commerce.checkout.errors import PaymentRefused, PriceChanged
from hansa.commerce.delivery import selectors as delivery
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders import services as order_services
from hansa.commerce.orders.services import Destination
from hansa.commerce.recommendations import selectors as recommendations
from hansa.commerce.reviews import selectors as reviews
from hansa.commerce.reviews import services as review_services
from hansa.commerce.stock import selectors as stock
from hansa.foundation import tenancy
from hansa.kernel import ids
from hansa.kernel.errors import HansaError, InvalidInput
from hansa.web.doors import Visit, phased_shop_page, shop_page
from hansa.web.storefront import shown

PAGE = 24
ORDERS = ("relevance", "price", "-price", "newest")


@require_GET
@shop_page
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is for this person, what they buy again, what sells, and where to look."""
    platform_id, actor = visit.platform.pk, visit.actor
    personal = recommendations.recommend(
        platform_id=platform_id, actor=actor, k=12, consents=_consents(request)
    )
    again = recommendations.buy_again(platform_id=platform_id, actor=actor, k=6)
    context = {
        "personal": shown.shelf(personal, visit),
        "again": shown.shelf(again, visit),
        "bestsellers": shown.listings(catalogue.bestsellers(platform_id=platform_id, limit=12), visit),
        "categories": catalogue.top_categories(platform_id, limit=12),
    }
    return _page(request, visit, "storefront/home.html", context)


@require_GET
@shop_page
def search(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Goods by words, best first."""
    text, order, number = request.GET.get("q", "").strip(), _order(request), _number(request)
    found = catalogue.search(
        platform_id=visit.platform.pk, text=text, order=order, offset=(number - 1) * PAGE, limit=PAGE
    )
    if text and number == 1:
        behaviour.record_search(
            platform_id=visit.platform.pk, actor=visit.actor, words=text, found=found.total, now=visit.now
        )
    context = {
        "text": text,
        "order": order,
        "total": found.total,
        "goods": shown.listings(found.listings, visit),
        "pages": shown.Pages(number, found.total, PAGE),
        "request_id": ids.token(bytes_of_entropy=12),
    }
    return _page(request, visit, "storefront/search.html", context)


@require_GET
@shop_page
def category(request: HttpRequest, visit: Visit, slug: str) -> HttpResponse:
    """Goods of a category and of those below it."""
    node, order, number = catalogue.get_category(slug), _order(request), _number(request)
    found = catalogue.search(
        platform_id=visit.platform.pk,
        category_id=node.pk,
        order=order,
        offset=(number - 1) * PAGE,
        limit=PAGE,
    )
    context = {
        "category": node,
        "children": catalogue.children_of(node),
        "order": order,
        "total": found.total,
        "goods": shown.listings(found.listings, visit),
        "pages": shown.Pages(number, found.total, PAGE),
        "request_id": ids.token(bytes_of_entropy=12),
    }
    return _page(request, visit, "storefront/category.html", context)


@require_GET
@shop_page
def product(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """One good: price, stock, what goes with it, what people say."""
    platform_id = visit.platform.pk
    listing = catalogue.get_listing(platform_id=platform_id, listing_id=listing_id)
    behaviour.record_view(
        platform_id=platform_id,
        actor=visit.actor,
        listing=listing,
        source=request.GET.get("from", ""),
        now=visit.now,
    )
    similar = recommendations.similar_to(platform_id=platform_id, offer_id=listing.offer_id, k=8)
    together = alliance.co_purchased_with(product_id=listing.product_id, limit=6)
    context = {
        "good": shown.listings([listing], visit)[0],
        "available": stock.available(platform_id=platform_id, offer_ids=[listing.offer_id])[listing.offer_id],
        "similar": shown.shelf(similar, visit),
        "together": shown.listings(
            catalogue.listings_of_products(
                platform_id=platform_id, product_ids=[pair.product_id for pair in together]
            ),
            visit,
        ),
        "reviews": reviews.reviews_of_listing(platform_id=platform_id, listing_id=listing_id)[:10],
        "source": request.GET.get("from", ""),
    }
    return _page(request, visit, "storefront/product.html", context)


@require_POST
@shop_page
def hide(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """Never show this good to this person again."""
    listing = catalogue.get_listing(platform_id=visit.platform.pk, listing_id=listing_id)
    behaviour.record_hide(platform_id=visit.platform.pk, actor=visit.actor, listing=listing, now=visit.now)
    messages.success(request, _("We will not recommend this again."))
    return redirect("shop:home", visit.platform.code)


@require_GET
@shop_page
def merchant(request: HttpRequest, visit: Visit, slug: str) -> HttpResponse:
    """A merchant's front: story, goods, reviews, follow."""
    house, number = merchants.get_by_slug(slug), _number(request)
    found = catalogue.search(
        platform_id=visit.platform.pk, merchant_id=house.pk, offset=(number - 1) * PAGE, limit=PAGE
    )
    context = {
        "merchant": house,
        "follows": behaviour_selectors.is_following(user_id=visit.actor.user_id, merchant_id=house.pk),
        "followers": behaviour_selectors.count_followers(house.pk),
        "total": found.total,
        "goods": shown.listings(found.listings, visit),
        "pages": shown.Pages(number, found.total, PAGE),
        "reviews": reviews.reviews_of_merchant(platform_id=visit.platform.pk, merchant_id=house.pk)[:6],
        "request_id": ids.token(bytes_of_entropy=12),
    }
    return _page(request, visit, "storefront/merchant.html", context)


@require_POST
@shop_page
def follow(request: HttpRequest, visit: Visit, slug: str) -> HttpResponse:
    """Follow a merchant, or stop following."""
    house = merchants.get_by_slug(slug)
    follows = behaviour.follow(
        platform_id=visit.platform.pk, actor=visit.actor, merchant_id=house.pk, now=visit.now
    )
    messages.success(request, _("You follow them now.") if follows else _("You no longer follow them."))
    return redirect("shop:merchant", visit.platform.code, slug)


@require_GET
@shop_page
def cart(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What lies in the cart, with prices and stock as they are now."""
    look = carts.look_into(platform_id=visit.platform.pk, actor=visit.actor, now=visit.now)
    return _page(request, visit, "storefront/cart.html", {"cart": look})


@require_POST
@shop_page
def add_to_cart(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put a good into the cart."""
    carts.add(
        platform_id=visit.platform.pk,
        actor=visit.actor,
        listing_id=_whole(request, "listing"),
        quantity=_whole(request, "quantity", default=1),
        source=request.POST.get("source", ""),
        now=visit.now,
    )
    messages.success(request, _("It is in your cart."))
    return redirect("shop:cart", visit.platform.code)


@require_POST
@shop_page
def change_line(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Set the units of a line; nought takes it out."""
    carts.set_quantity(
        platform_id=visit.platform.pk,
        actor=visit.actor,
        listing_id=_whole(request, "listing"),
        quantity=_whole(request, "quantity"),
        now=visit.now,
    )
    return redirect("shop:cart", visit.platform.code)


@require_POST
@shop_page
def use_coupon(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put a coupon on the cart, or take it off."""
    try:
        carts.use_coupon(
            platform_id=visit.platform.pk, actor=visit.actor, code=request.POST.get("code", ""), now=visit.now
        )
    except InvalidInput as refusal:
        messages.error(request, refusal.message)
    return redirect("shop:cart", visit.platform.code)


@require_http_methods(["GET", "POST"])
@phased_shop_page
def checkout(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where, when and how it is paid; then buy. What was typed stays when something is refused."""
    if request.method == "POST":
        try:
            group = checkouts.place_order(
                platform_id=visit.platform.pk,
                actor=visit.actor,
                wish=_wish(request),
                key=request.POST.get("key", ""),
                now=visit.now,
            )
        except PriceChanged as refusal:
            messages.warning(request, refusal.message)
        except (HansaError, PaymentRefused) as refusal:
            messages.error(request, refusal.message)
        else:
            return HttpResponseRedirect(shown.url_of_purchase(visit, group))
    with tenancy.as_platform(visit.platform.pk):
        look = carts.look_into(platform_id=visit.platform.pk, actor=visit.actor, now=visit.now)
        if not look.lines:
            return redirect("shop:cart", visit.platform.code)
        context = {
            "cart": look,
            "windows": offered_windows(visit.now),
            "addresses": accounts.addresses_of(visit.actor.user_id or 0),
            "centre": visit.platform,
            "methods": checkouts.payment_methods(),
            "key": ids.token(),
            "typed": request.POST,
        }
        return _page(
            request,
            visit,
            "storefront/checkout.html",
            context,
            status=409 if request.method == "POST" else 200,
        )


@require_GET
@shop_page
def purchases(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What this person has bought here."""
    if visit.actor.user_id is None:
        return redirect(f"/sign-in/?next={request.path}")
    number = _number(request)
    mine = orders.purchases_of(visit.actor.user_id)
    total = mine.count()
    context = {
        "purchases": mine[(number - 1) * PAGE : number * PAGE],
        "pages": shown.Pages(number, total, PAGE),
        "total": total,
    }
    return _page(request, visit, "storefront/purchases.html", context)


@require_GET
@shop_page
def purchase(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """One purchase: its orders, its money, where its parcel is, and what can be reviewed."""
    group = orders.purchase_detail(
        platform_id=visit.platform.pk, number=number, actor=visit.actor, token=request.GET.get("token", "")
    )
    lines = [line.pk for order in group.orders.all() for line in order.lines.all()]
    shipment = delivery.find_shipment_of(group.pk)
    context = {
        "purchase": group,
        "shipment": shipment,
        "reviewed": reviews.reviewed_lines(lines),
        "steps": shown.steps_of(group, shipment),
        "can_cancel": all(order.status in {"placed", "paid"} for order in group.orders.all()),
        "is_buyer": group.buyer_id == visit.actor.user_id,
        "token": request.GET.get("token", ""),
    }
    return _page(request, visit, "storefront/purchase.html", context)


@require_POST
@shop_page
def cancel(request: HttpRequest, visit: Visit, number: str) -> HttpResponse:
    """Cancel a purchase that has not been shipped."""
    token = request.POST.get("token", "")
    group = orders.purchase_detail(
        platform_id=visit.platform.pk, number=number, actor=visit.actor, token=token
    )
    order_services.cancel_purchase(
        group_id=group.pk, reason="cancelled by the buyer", actor_name=visit.actor.name, now=visit.now
    )
    messages.success(request, _("Your purchase is cancelled; the money is on its way back."))
    return HttpResponseRedirect(shown.url_of_purchase(visit, group))


@require_POST
@shop_page
def review(request: HttpRequest, visit: Visit, line_id: int) -> HttpResponse:
    """Say how good it was."""
    delivery_stars = request.POST.get("delivery_stars", "")
    review_services.write_review(
        platform_id=visit.platform.pk,
        actor=visit.actor,
        line_id=line_id,
        stars=_whole(request, "stars"),
        delivery_stars=int(delivery_stars) if delivery_stars.isdecimal() else None,
        text=request.POST.get("text", ""),
        now=visit.now,
    )
    messages.success(request, _("Thank you for your review."))
    return redirect("shop:purchase", visit.platform.code, request.POST.get("number", ""))


@require_POST
@shop_page
def events(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What a page showed and what was clicked, in batches from the page's own script."""
    try:
        sent: list[dict[str, Any]] = json.loads(request.body)["events"]
        exposures = [
            Exposure(
                kind=str(each["kind"]),
                listing_id=int(each["listing"]),
                placement=str(each.get("placement", "")),
                position=int(each.get("position", 0)),
                request_id=str(each.get("request", "")),
            )
            for each in sent
        ]
    except (KeyError, TypeError, ValueError) as wrong:
        raise InvalidInput(f"these are no events: {wrong}") from wrong
    counted = behaviour.record_exposures(
        platform_id=visit.platform.pk, actor=visit.actor, exposures=exposures, now=visit.now
    )
    return JsonResponse({"counted": counted})


def _page(
    request: HttpRequest, visit: Visit, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    context["cart_count"] = carts.count_units(platform_id=visit.platform.pk, actor=visit.actor)
    return render(request, template, context, status=status)


def _wish(request: HttpRequest) -> checkouts.Wish:
    typed = request.POST
    try:
        latitude, longitude = float(typed["latitude"]), float(typed["longitude"])
        agreed = int(typed["agreed_total"])
    except (KeyError, ValueError) as wrong:
        raise InvalidInput(_("The address needs a place on the map.")) from wrong
    return checkouts.Wish(
        destination=Destination(
            recipient=typed.get("recipient", "")[:120],
            street=typed.get("street", "")[:200],
            city=typed.get("city", "")[:80],
            postal_code=typed.get("postal_code", "")[:20],
            country=typed.get("country", "")[:2].upper(),
            latitude=latitude,
            longitude=longitude,
        ),
        window_key=typed.get("window", ""),
        method_token=typed.get("method", ""),
        agreed_total=agreed,
        email=typed.get("email", "")[:254],
    )


def _consents(request: HttpRequest) -> bool:
    if request.user.is_authenticated:
        return bool(request.user.consents_to_personalisation)
    return request.session.get("consent") == "yes"


def _order(request: HttpRequest) -> str:
    order = request.GET.get("order", "relevance")
    return order if order in ORDERS else "relevance"


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, min(int(text), 500)) if text.isascii() and text.isdecimal() else 1


def _whole(request: HttpRequest, name: str, *, default: int | None = None) -> int:
    text = request.POST.get(name, "")
    if not text and default is not None:
        return default
    if not text.isascii() or not text.lstrip("-").isdecimal() or len(text) > 9:
        raise InvalidInput(f"{name} must be a whole number, not {text!r}")
    return int(text)
