"""Looking around: home, search, departments, goods, merchants. Each view makes its calls and renders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hansa.alliance import selectors as alliance
from hansa.commerce.behaviour import intake, steering
from hansa.commerce.behaviour import selectors as behaviour_selectors
from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.behaviour.intake import Act
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue import structured
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.catalogue.search.port import Question
from hansa.commerce.catalogue.selectors import Found
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.experiments import services as experiments
from hansa.commerce.experiments.domain import Subject
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.merchants.models import Merchant
from hansa.commerce.recommendations import selectors as recommendations
from hansa.commerce.reviews import questions
from hansa.commerce.reviews import selectors as reviews
from hansa.commerce.wishlists import selectors as wishlists
from hansa.kernel import ids
from hansa.web.doors import Visit, shop_page
from hansa.web.storefront import asked, asking, narrowing, pages, reviewing, selling, shown, together
from hansa.web.storefront.keeping import kept
from hansa.web.templatetags.words import good_name

PAGE = 24
FEW = 6
SHELF = 12  # fills whole rows of 6, 4, 3 and 2


@require_GET
@kept
@shop_page
def home(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is for this person, what they buy again, what sells, and where to look."""
    platform_id, actor = visit.platform.pk, visit.actor
    variant = experiments.variant_for(
        platform_id=platform_id,
        actor=actor,
        subject=Subject.HOME_SHELF,
        consents=pages.may_note(request),
        now=visit.now,
    )
    personal = recommendations.recommend(
        platform_id=platform_id,
        actor=actor,
        k=SHELF,
        consents=variant == "personal" and pages.consents(request),
    )
    again = recommendations.buy_again(platform_id=platform_id, actor=actor, k=SHELF)
    best = _bestsellers(visit) if personal.is_personal else []
    shelved = [item.listing for item in (*personal.items, *again.items)]
    now = shown.today([*shelved, *best], visit)
    context = {
        "personal": shown.shelf(personal, visit, now=now),
        "again": shown.shelf(again, visit, with_reasons=False, now=now),
        "bestsellers": shown.listings(best, visit, now=now),
        "request_id": _request_id(),
    }
    return pages.show(request, visit, "storefront/home.html", context)


@require_GET
@kept
@shop_page
def search(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Goods by words, best first."""
    number = asked.page(request)
    question = narrowing.question_of(request, platform_id=visit.platform.pk, page_size=PAGE)
    found = catalogue.find(question)
    if question.text and number == 1 and pages.may_note(request):
        intake.record_acts(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            acts=[Act(intake.Kind.SEARCH, words=question.text, found=found.total)],
            now=visit.now,
        )
    context = _results(found, question, number, visit) | {
        "text": question.text,
        "corrected": found.corrected,
        "others": [] if found.total else shown.listings(_bestsellers(visit), visit),
    }
    return pages.show(request, visit, "storefront/search.html", context)


@require_GET
@kept
@shop_page
def category(request: HttpRequest, visit: Visit, slug: str) -> HttpResponse:
    """Goods of a category and of those below it."""
    node, number = catalogue.get_category(slug), asked.page(request)
    question = narrowing.question_of(
        request, platform_id=visit.platform.pk, page_size=PAGE, category_id=node.pk
    )
    context = _results(catalogue.find(question), question, number, visit) | {
        "category": node,
        "department": node.parent or node,
        "children": catalogue.children_of(node),
    }
    return pages.show(request, visit, "storefront/category.html", context)


@require_GET
@kept
@shop_page
def product(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """One good: price, stock, what goes with it, what people say."""
    platform_id = visit.platform.pk
    listing = catalogue.get_listing(platform_id=platform_id, listing_id=listing_id)
    source = asked.source(request.GET.get("from", ""))
    if pages.may_note(request):
        behaviour.record_view(
            platform_id=platform_id, actor=visit.actor, listing_id=listing.pk, source=source, now=visit.now
        )
    similar = recommendations.similar_to(platform_id=platform_id, offer_id=listing.offer_id, k=SHELF)
    paired = alliance.co_purchased_with(product_id=listing.product_id, limit=6)
    partners = catalogue.listings_of_products(
        platform_id=platform_id, product_ids=[pair.product_id for pair in paired]
    )
    offered = selling.offered_beside(listing, visit)
    now = shown.today([*offered, *partners, *(item.listing for item in similar.items)], visit)
    offers = selling.ranked(offered, visit, now)
    good = next(each for each in offers if each.listing.pk == listing.pk)
    context = {
        "good": good,
        "pictures": selling.pictures_of(good),
        "offers": offers if len(offers) > 1 else [],
        "structured": mark_safe(  # noqa: S308 - escaped for a script element where it is made
            structured.json_ld(selling.described(request, good))
        ),
        "department": listing.category.parent or listing.category,
        "similar": shown.shelf(similar, visit, with_reasons=False, now=now),
        "partners": shown.listings(partners, visit, now=now),
        "request_id": _request_id(),
        **_said_of(request, visit, good),
        "next_window": offered_windows(visit.now)[0],
        "source": source,
        "share_url": request.build_absolute_uri(good.url),
        "together": together.group_buy_of(listing, visit),
    }
    return pages.show(request, visit, "storefront/product.html", context)


@require_POST
@shop_page
def hide(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """Never recommend this good to this person again."""
    listing = catalogue.get_listing(platform_id=visit.platform.pk, listing_id=listing_id)
    steering.mute(
        platform_id=visit.platform.pk,
        actor=visit.actor,
        kind="good",
        key=listing.pk,
        is_noted=pages.may_note(request),
        now=visit.now,
    )
    messages.success(request, _("We will not recommend this again."))
    return redirect("shop:why", visit.platform.code, listing.pk)  # where it can be taken back


@require_GET
@kept
@shop_page
def merchant(request: HttpRequest, visit: Visit, slug: str) -> HttpResponse:
    """A merchant's front: story, goods, reviews, follow."""
    house, number = house_of(visit, slug), asked.page(request)
    question = narrowing.question_of(request, platform_id=visit.platform.pk, page_size=PAGE)
    found = catalogue.find(replace(question, merchants=(house.pk,)))
    context = _results(found, question, number, visit, leave_out="house") | {
        "merchant": house,
        "follows": behaviour_selectors.is_following(user_id=visit.actor.user_id, merchant_id=house.pk),
        "followers": behaviour_selectors.count_followers(house.pk),
        "score": reviews.shop_score(platform_id=visit.platform.pk, merchant_id=house.pk),
        "reviews": reviews.reviews_of_merchant(platform_id=visit.platform.pk, merchant_id=house.pk)[:6],
    }
    return pages.show(request, visit, "storefront/merchant.html", context)


@require_GET
@shop_page
def suggestions(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Options for the search field while somebody types."""
    found = catalogue.suggest(platform_id=visit.platform.pk, text=asked.question(request))
    titles = list(dict.fromkeys(good_name(listing.product) for listing in found))
    return render(request, "storefront/_suggestions.html", {"titles": titles})


def _said_of(request: HttpRequest, visit: Visit, good: shown.Good) -> dict[str, Any]:
    """The most helpful reviews of a good, the newest questions about it, and whether it is on a list."""
    platform_id, listing = visit.platform.pk, good.listing
    told = reviews.most_helpful(platform_id=platform_id, listing_id=listing.pk, limit=FEW)
    about = questions.newest_about(
        platform_id=platform_id, product_id=listing.product_id, viewer_id=visit.actor.user_id, limit=3
    )
    return {
        "reviews": told,
        "bars": reviews.spread(platform_id=platform_id, listing_id=listing.pk)
        if listing.rating_count
        else [],
        "reviews_structured": reviewing.json_ld(request.build_absolute_uri(good.url), good.title, told),
        "questions": asking.shown_questions(visit, about),
        "is_wished": bool(
            wishlists.wished(platform_id=platform_id, actor=visit.actor, listing_ids=[listing.pk])
        ),
        **reviewing.judged(visit, "review", [review.pk for review in told]),
    }


def _results(
    found: Found, question: Question, number: int, visit: Visit, *, leave_out: str = ""
) -> dict[str, Any]:
    """What every list of goods shows: the page, its order and the filters."""
    facets = [
        facet
        for facet in narrowing.facets_of(found.facets, visit.platform.currency)
        if facet.name != leave_out
    ]
    return {
        "order": question.order.value,
        "total": found.total,
        "is_exact": found.is_exact,
        "goods": shown.listings(found.listings, visit),
        "facets": facets,
        "narrowed": sum(choice.is_chosen for facet in facets for choice in facet.choices),
        "page": _page(number, found),
        "request_id": _request_id(),
    }


def house_of(visit: Visit, slug: str) -> Merchant:
    """The approved merchant of this name; one without a store here is as if it did not exist."""
    house = merchants.get_by_slug(slug)
    merchants.get_store(platform_id=visit.platform.pk, merchant_id=house.pk)
    return house


def _page(number: int, found: Found) -> Page[int]:
    return shown.page_of(number, found.total, PAGE)


def _bestsellers(visit: Visit) -> list[Listing]:
    return catalogue.bestsellers(platform_id=visit.platform.pk, limit=SHELF)


def _request_id() -> str:
    return ids.token(bytes_of_entropy=12)
