"""What people say of a good: reading, writing, changing, voting, reporting, and the pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue import structured
from hansa.commerce.media.encoding import MOST_BYTES
from hansa.commerce.orders import selectors as orders
from hansa.commerce.reviews import moderation, selectors, services, voting
from hansa.commerce.reviews.models import Answer, Report, Review
from hansa.commerce.reviews.selectors import Order
from hansa.commerce.reviews.services import Verdict
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit, shop_page
from hansa.web.requested import next_of, page_of
from hansa.web.storefront import pages, purchases
from hansa.web.storefront.forms import ReviewForm
from hansa.web.templatetags.words import good_name, sentence

PAGE = 20


@require_GET
@shop_page
def reviews(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """All reviews of a good: in several orders, by stars, with pictures, and how the stars are spread."""
    listing = catalogue.get_listing(platform_id=visit.platform.pk, listing_id=listing_id)
    where = {"platform_id": visit.platform.pk, "listing_id": listing.pk}
    asked = request.GET.get("order", "")
    order = Order(asked) if asked in set(Order) else Order.HELPFUL
    stars = request.GET.get("stars", "")
    rows = selectors.reviews_of_listing(
        **where,
        order=order,
        stars=int(stars) if stars in set("12345") else None,
        with_pictures="pictures" in request.GET,
    )
    page = page_of(request, rows, PAGE)
    context = {
        "listing": listing,
        "title": good_name(listing.product),
        "bars": selectors.spread(**where),
        "page": page,
        "reviews": page.object_list,
        "order": order,
        "chosen_stars": stars if stars in set("12345") else "",
        "with_pictures": "pictures" in request.GET,
        "rating": listing.rating_sum / listing.rating_count if listing.rating_count else None,
        **judged(visit, "review", [review.pk for review in page.object_list]),
    }
    return pages.show(request, visit, "storefront/reviews.html", context)


@require_POST
@shop_page
def write(request: HttpRequest, visit: Visit, number: str, line_id: int) -> HttpResponse:
    """Say how good it was. What was written stays when something is wrong with it."""
    group = orders.purchase_detail(platform_id=visit.platform.pk, number=number, actor=visit.actor)
    form = ReviewForm(request.POST, request.FILES)
    if not form.is_valid():
        return purchases.show(request, visit, group, status=422, line_id=line_id, form=form)
    try:
        review = services.write_review(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            line_id=line_id,
            verdict=_verdict(form),
            photos=_photos(request),
            now=visit.now,
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
        return purchases.show(request, visit, group, status=status_of(refusal), line_id=line_id, form=form)
    _thank(request, review)
    return redirect("shop:purchase", visit.platform.code, number)


@require_http_methods(["GET", "POST"])
@shop_page
def edit(request: HttpRequest, visit: Visit, review_id: int) -> HttpResponse:
    """Write one's own review anew."""
    if visit.actor.user_id is None:
        return redirect_to_login(request.get_full_path())
    review = selectors.get_own(
        platform_id=visit.platform.pk, review_id=review_id, user_id=visit.actor.user_id
    )
    known = {name: getattr(review, name) for name in ReviewForm.base_fields if hasattr(review, name)}
    form = ReviewForm(request.POST if request.method == "POST" else None, request.FILES, initial=known)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.edit_review(
                    platform_id=visit.platform.pk,
                    actor=visit.actor,
                    review_id=review_id,
                    verdict=_verdict(form),
                    photos=_photos(request) or None,
                    now=visit.now,
                )
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                _thank(request, review)
                return redirect("shop:reviews", visit.platform.code, review.listing_id)
    context = {"review": review, "form": form, "title": good_name(review.listing.product)}
    return pages.show(request, visit, "storefront/review_edit.html", context, status=status)


@require_POST
@shop_page
def vote(request: HttpRequest, visit: Visit, kind: str, pk: int) -> HttpResponse:
    """Find something helpful or not; the same again takes the vote back."""
    if visit.actor.user_id is None:
        return _sign_in(request, visit)
    wanted = request.POST.get("helpful") == "yes"
    given = voting.votes_of(user_id=visit.actor.user_id, kind=kind, pks=[pk]).get(pk)
    said = voting.vote(
        platform_id=visit.platform.pk,
        actor=visit.actor,
        kind=kind,
        pk=pk,
        is_helpful=None if given == wanted else wanted,
        now=visit.now,
    )
    if request.headers.get("HX-Request"):
        context = {"said": said, "kind": kind, "platform": visit.platform, **judged(visit, kind, [pk])}
        return render(request, "storefront/_votes.html", context)
    return redirect(next_of(request) or _page_of(visit, said))


@require_http_methods(["GET", "POST"])
@shop_page
def report(request: HttpRequest, visit: Visit, kind: str, pk: int) -> HttpResponse:
    """Tell the operator that something said is improper."""
    if visit.actor.user_id is None:
        return redirect_to_login(request.get_full_path())
    said = moderation.get(platform_id=visit.platform.pk, kind=kind, pk=pk)
    back = _page_of(visit, said)
    if request.method == "POST":
        try:
            moderation.report(
                platform_id=visit.platform.pk,
                actor=visit.actor,
                kind=kind,
                pk=pk,
                reason=request.POST.get("reason", ""),
                words=request.POST.get("words", ""),
                now=visit.now,
            )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
        else:
            messages.success(request, _("Thank you. The operator will look at it."))
            return redirect(back)
    context = {"said": said, "kind": kind, "reasons": _reasons(), "back": back}
    return pages.show(request, visit, "storefront/report.html", context)


@require_GET
@shop_page
def picture(request: HttpRequest, visit: Visit, picture_id: int) -> HttpResponse:
    """A picture of a review that can be seen."""
    image = selectors.find_picture(
        platform_id=visit.platform.pk, picture_id=picture_id, viewer_id=visit.actor.user_id
    )
    if image is None:
        raise Http404
    return HttpResponse(image, content_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})


def judged(visit: Visit, kind: str, pks: list[int]) -> dict[str, Any]:
    """How who looks has voted, for the parts of a page that show votes."""
    votes = voting.votes_of(user_id=visit.actor.user_id, kind=kind, pks=pks)
    return {
        "found_helpful": {pk for pk, helpful in votes.items() if helpful},
        "found_unhelpful": {pk for pk, helpful in votes.items() if not helpful},
        "viewer_id": visit.actor.user_id,
    }


def json_ld(url: str, name: str, found: Iterable[Review]) -> SafeString | str:
    """Reviews of a good as schema.org says them, beside the Product of the same address; nothing where none is."""
    said = [
        {
            "@type": "Review",
            "reviewRating": {"@type": "Rating", "ratingValue": review.stars, "bestRating": 5},
            "author": {"@type": "Person", "name": str(review.author)},
            "datePublished": review.written_at.date().isoformat(),
            **({"name": review.title} if review.title else {}),
            **({"reviewBody": review.text} if review.text else {}),
        }
        for review in found
    ]
    if not said:
        return ""
    return for_script(
        {
            "@context": "https://schema.org",
            "@type": "Product",
            "@id": url,
            "url": url,
            "name": name,
            "review": said,
        }
    )


def for_script(body: dict[str, Any]) -> SafeString:
    """What other machines read, as JSON that a template may put into a script element."""
    return mark_safe(structured.for_script(body))  # noqa: S308 - escaped for a script element there


def _verdict(form: ReviewForm) -> Verdict:
    said = form.cleaned_data
    return Verdict(
        int(said["stars"]),
        int(said["merchant_stars"]) if said["merchant_stars"] else None,
        int(said["delivery_stars"]) if said["delivery_stars"] else None,
        said["title"],
        said["text"],
    )


def _photos(request: HttpRequest) -> list[bytes]:
    """The pictures that were sent, none of them read further than a picture may be long."""
    sent = request.FILES.getlist("photos")[: services.MOST_PICTURES + 1]
    return [each.read(MOST_BYTES + 1) for each in sent if isinstance(each, UploadedFile)]


def _thank(request: HttpRequest, review: Review) -> None:
    review.refresh_from_db(fields=["state"])
    if review.is_visible:
        messages.success(request, _("Thank you for your review."))
    else:
        messages.info(request, _("Thank you. Your review will be seen once the operator has looked at it."))


def _sign_in(request: HttpRequest, visit: Visit) -> HttpResponse:
    """To the door; a part of a page cannot go there, so the whole page is sent."""
    answer = redirect_to_login(next_of(request) or reverse("shop:home", args=[visit.platform.code]))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": answer.url})
    return answer


def _page_of(visit: Visit, said: moderation.Contribution) -> str:
    """Where something said stands."""
    if isinstance(said, Review):
        return reverse("shop:reviews", args=[visit.platform.code, said.listing_id])
    question = said.question if isinstance(said, Answer) else said
    return reverse("shop:questions", args=[visit.platform.code, question.listing_id])


def _reasons() -> list[tuple[str, str]]:
    return [
        (Report.Reason.ADVERTISING, _("It advertises something")),
        (Report.Reason.OFFENSIVE, _("It insults or threatens")),
        (Report.Reason.FALSE, _("It is not true")),
        (Report.Reason.PRIVATE, _("It tells of somebody's private life")),
        (Report.Reason.OTHER, _("Something else")),
    ]
