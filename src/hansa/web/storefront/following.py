"""Whom one follows: merchants and other shoppers, what is new at them, and one's own public face."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.behaviour import following as acts
from hansa.commerce.following import selectors, services
from hansa.commerce.notices import selectors as notices
from hansa.commerce.notices import services as notice_services
from hansa.commerce.reviews import selectors as reviews
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit, shop_page
from hansa.web.requested import page_of
from hansa.web.storefront import browsing, pages, shown
from hansa.web.templatetags.words import sentence

PAGE = 30
FEW = 12


@require_POST
@shop_page
def follow(request: HttpRequest, visit: Visit, slug: str) -> HttpResponse:
    """Follow a merchant, or stop following, as the button says."""
    house = browsing.house_of(visit, slug)
    act = acts.unfollow_merchant if request.POST.get("follow") == "off" else acts.follow_merchant
    act(platform_id=visit.platform.pk, actor=visit.actor, merchant_id=house.pk, now=visit.now)
    follows = act is acts.follow_merchant
    messages.success(request, _("You follow them now.") if follows else _("You no longer follow them."))
    return redirect("shop:merchant", visit.platform.code, slug)


@require_GET
@shop_page
def feed(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is new at the merchants and shoppers one follows."""
    user_id = visit.actor.user_id
    if user_id is None:
        return redirect_to_login(request.get_full_path())
    platform_id = visit.platform.pk
    people = list(selectors.people_followed_by(user_id))
    new = shown.listings(selectors.new_goods(platform_id=platform_id, user_id=user_id), visit)
    context = {
        "merchants": selectors.merchants_followed_by(platform_id=platform_id, user_id=user_id),
        "people": people,
        "offers": [good for good in new if good.offer or good.percent_off][:FEW],
        "goods": new[: 2 * FEW],
        "reviews": reviews.reviews_by(
            platform_id=platform_id, author_ids=[person.user_id for person in people]
        )[:FEW],
        "profile": selectors.find_profile_of(user_id),
        "followers": selectors.count_followers(user_id),
    }
    return pages.show(request, visit, "storefront/following.html", context)


@require_GET
@shop_page
def person(request: HttpRequest, visit: Visit, handle: str) -> HttpResponse:
    """A shopper who lets others see them: their name, their reviews here, how many follow them."""
    profile = selectors.get_profile(handle)
    context = {
        "profile": profile,
        "is_own": profile.user_id == visit.actor.user_id,
        "follows": selectors.is_following_person(
            follower_id=visit.actor.user_id, followed_id=profile.user_id
        ),
        "followers": selectors.count_followers(profile.user_id),
        "reviews": reviews.reviews_by(platform_id=visit.platform.pk, author_ids=[profile.user_id])[:PAGE],
    }
    return pages.show(request, visit, "storefront/person.html", context)


@require_POST
@shop_page
def follow_person(request: HttpRequest, visit: Visit, handle: str) -> HttpResponse:
    """Follow a shopper, or stop following, as the button says."""
    back = reverse("shop:person", args=[visit.platform.code, handle])
    if visit.actor.user_id is None:
        return redirect_to_login(back)
    act = services.unfollow_person if request.POST.get("follow") == "off" else services.follow_person
    try:
        act(platform_id=visit.platform.pk, actor=visit.actor, handle=handle, now=visit.now)
    except HansaError as refusal:
        if status_of(refusal) == 404:
            raise
        messages.error(request, sentence(refusal.message))
    return redirect(back)


@require_POST
@shop_page
def profile(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Let others see and follow one, or no longer."""
    if visit.actor.user_id is None:
        return redirect_to_login(reverse("shop:following", args=[visit.platform.code]))
    is_shown = request.POST.get("show") == "yes"
    services.show_profile(user_id=visit.actor.user_id, is_shown=is_shown, now=visit.now)
    messages.success(
        request, _("Others can follow you now.") if is_shown else _("Your profile is hidden again.")
    )
    return redirect("shop:following", visit.platform.code)


@require_GET
@shop_page
def notices_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What one was told; looking at it makes it old."""
    user_id = visit.actor.user_id
    if user_id is None:
        return redirect_to_login(request.get_full_path())
    page = page_of(request, notices.notices_of(platform_id=visit.platform.pk, user_id=user_id), PAGE)
    context = {"page": page, "notices": list(page.object_list)}
    notice_services.mark_read(platform_id=visit.platform.pk, user_id=user_id, now=visit.now)
    return pages.show(request, visit, "storefront/notices.html", context)
