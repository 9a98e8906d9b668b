"""Questions about a good, and answers."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue.models import Listing
from hansa.commerce.merchants import selectors as merchants
from hansa.commerce.reviews import questions as asking
from hansa.commerce.reviews.models import Answer, Question
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit, shop_page
from hansa.web.requested import number_of, page_of
from hansa.web.storefront import pages
from hansa.web.storefront.reviewing import for_script, judged
from hansa.web.templatetags.words import good_name, sentence

PAGE = 20


@dataclass(frozen=True)
class Voice:
    """In what quality who looks may answer."""

    merchant_id: str
    word: str


@dataclass(frozen=True)
class ShownQuestion:
    """A question with its answers, and the voices in which who looks may answer it."""

    question: Question
    answers: list[Answer]
    voices: list[Voice]


@require_http_methods(["GET", "POST"])
@shop_page
def questions(request: HttpRequest, visit: Visit, listing_id: int) -> HttpResponse:
    """The questions about a good, searched by words; POST asks one."""
    listing = catalogue.get_listing(platform_id=visit.platform.pk, listing_id=listing_id)
    typed, status = "", 200
    if request.method == "POST":
        if visit.actor.user_id is None:
            return redirect_to_login(request.get_full_path())
        typed = request.POST.get("text", "")[: asking.LONGEST + 1]
        try:
            question = asking.ask(
                platform_id=visit.platform.pk,
                actor=visit.actor,
                listing_id=listing.pk,
                text=typed,
                now=visit.now,
            )
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
        else:
            _thank(request, question)
            return redirect("shop:questions", visit.platform.code, listing.pk)
    return _show(request, visit, listing, typed=typed, status=status)


@require_POST
@shop_page
def answer(request: HttpRequest, visit: Visit, question_id: int) -> HttpResponse:
    """Answer a question."""
    if visit.actor.user_id is None:
        return redirect_to_login(reverse("shop:home", args=[visit.platform.code]))
    try:
        given = asking.answer(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            question_id=question_id,
            text=request.POST.get("text", ""),
            merchant_id=number_of(request, "merchant") if request.POST.get("merchant") else None,
            now=visit.now,
        )
    except HansaError as refusal:
        found = asking.visible(visit.platform.pk).filter(pk=question_id).first()
        if found is None:
            raise
        messages.error(request, sentence(refusal.message))
        listing = catalogue.get_listing(platform_id=visit.platform.pk, listing_id=found.listing_id)
        return _show(request, visit, listing, status=status_of(refusal))
    _thank(request, given)
    return redirect("shop:questions", visit.platform.code, given.question.listing_id)


def shown_questions(visit: Visit, found: list[Question]) -> list[ShownQuestion]:
    """Questions with their answers and who may answer."""
    return [
        ShownQuestion(question, list(question.answers.all()), _voices(visit, question)) for question in found
    ]


def json_ld(url: str, found: list[Question]) -> SafeString | str:
    """A schema.org QAPage where the page is about one question that has answers, as that type asks; else nothing."""
    if len(found) != 1 or not found[0].is_visible:
        return ""
    answers = [each for each in found[0].answers.all() if each.is_visible]
    if not answers:
        return ""
    question = {
        "@type": "Question",
        "name": found[0].text,
        "text": found[0].text,
        "dateCreated": found[0].written_at.isoformat(),
        "author": {"@type": "Person", "name": str(found[0].author)},
        "answerCount": len(answers),
        "suggestedAnswer": [
            {
                "@type": "Answer",
                "text": answer.text,
                "upvoteCount": answer.helpful,
                "dateCreated": answer.written_at.isoformat(),
                "url": f"{url}#answer-{answer.pk}",
                "author": _author(answer),
            }
            for answer in answers
        ],
    }
    return for_script({"@context": "https://schema.org", "@type": "QAPage", "mainEntity": question})


def _author(answer: Answer) -> dict[str, str]:
    if answer.merchant is not None:
        return {"@type": "Organization", "name": answer.merchant.name}
    return {"@type": "Person", "name": str(answer.author)}


def _show(
    request: HttpRequest, visit: Visit, listing: Listing, *, typed: str = "", status: int = 200
) -> HttpResponse:
    words = request.GET.get("q", "")[:100].replace("\x00", "")
    rows = asking.questions_about(
        platform_id=visit.platform.pk,
        product_id=listing.product_id,
        words=words,
        viewer_id=visit.actor.user_id,
    )
    page = page_of(request, rows, PAGE)
    found = list(page.object_list)
    answers = [answer.pk for question in found for answer in question.answers.all()]
    context = {
        "listing": listing,
        "title": good_name(listing.product),
        "page": page,
        "questions": shown_questions(visit, found),
        "words": words,
        "typed": typed,
        "structured": json_ld(request.build_absolute_uri(request.path), found),
        **judged(visit, "answer", answers),
    }
    return pages.show(request, visit, "storefront/questions.html", context, status=status)


def _voices(visit: Visit, question: Question) -> list[Voice]:
    if visit.actor.user_id is None:
        return []
    rights = asking.rights_to_answer(question, visit.actor)
    given = {
        answer.merchant_id
        for answer in question.answers.all()
        if answer.merchant_id is not None or answer.author_id == visit.actor.user_id
    }
    open_rights = [right.merchant_id for right in rights if right.merchant_id not in given]
    names = {each.pk: each.name for each in merchants.merchants_of([pk for pk in open_rights if pk])}
    return [
        Voice("" if pk is None else str(pk), _("as a buyer") if pk is None else names[pk])
        for pk in open_rights
    ]


def _thank(request: HttpRequest, said: Question | Answer) -> None:
    if said.is_visible:
        messages.success(request, _("Thank you."))
    else:
        messages.info(request, _("Thank you. It will be seen once the operator has looked at it."))
