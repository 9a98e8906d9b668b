"""The merchant's page of what shoppers say: reviews to reply to and questions to answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.reviews import questions as asking
from hansa.commerce.reviews import selectors, services
from hansa.kernel.errors import HansaError
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.requested import page_of
from hansa.web.templatetags.words import sentence

PAGE = 20


@require_GET
@desk_page(Permission.SEE_MERCHANT)
def talk(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Reviews without a reply first, questions without an answer, and the shop's score."""
    page = page_of(request, selectors.unanswered_by(**desk.where), PAGE)
    context = {
        "page": page,
        "reviews": page.object_list,
        "questions": asking.open_questions_for(**desk.where)[:PAGE],
        "score": selectors.shop_score(**desk.where),
    }
    return show(request, desk, "talk", context)


@require_POST
@desk_page(Permission.RUN_MERCHANT)
def reply(request: HttpRequest, desk: Desk, review_id: int) -> HttpResponse:
    """Reply to a review, or change the reply."""
    try:
        services.reply(
            platform_id=desk.visit.platform.pk,
            actor=desk.actor,
            review_id=review_id,
            text=request.POST.get("text", ""),
            now=desk.visit.now,
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("Your reply stands beside the review."))
    return redirect("merchant:talk", desk.visit.platform.code, desk.merchant.pk)


@require_POST
@desk_page(Permission.RUN_MERCHANT)
def answer(request: HttpRequest, desk: Desk, question_id: int) -> HttpResponse:
    """Answer a question for the merchant."""
    try:
        asking.answer(
            platform_id=desk.visit.platform.pk,
            actor=desk.actor,
            question_id=question_id,
            text=request.POST.get("text", ""),
            merchant_id=desk.merchant.pk,
            now=desk.visit.now,
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("Your answer is sent."))
    return redirect("merchant:talk", desk.visit.platform.code, desk.merchant.pk)
