"""The operator's queue of what shoppers say: what rules held back and what others reported."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.reviews import moderation
from hansa.commerce.reviews.domain import Hold
from hansa.commerce.reviews.models import Report
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit, platform_page
from hansa.web.templatetags.words import sentence

_KINDS = {
    "review": gettext_lazy("Review"),
    "question": gettext_lazy("Question"),
    "answer": gettext_lazy("Answer"),
}
_WHY = {
    Hold.LINK: gettext_lazy("It holds a link or an address."),
    Hold.REPEATED: gettext_lazy("The same words were written before."),
    Hold.FLOOD: gettext_lazy("Its author wrote much within an hour."),
    Hold.REPORTS: gettext_lazy("Several people reported it."),
}
_REASONS = {
    Report.Reason.ADVERTISING: gettext_lazy("advertising"),
    Report.Reason.OFFENSIVE: gettext_lazy("insulting"),
    Report.Reason.FALSE: gettext_lazy("not true"),
    Report.Reason.PRIVATE: gettext_lazy("private"),
    Report.Reason.OTHER: gettext_lazy("something else"),
}


@require_GET
@platform_page(Permission.RUN_PLATFORM)
def queue(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What waits, the held before the reported, the oldest first."""
    waiting = [
        {
            "kind": each.kind,
            "word": _KINDS[each.kind],
            "said": each.said,
            "why": _WHY[Hold(each.said.hold)] if each.said.hold else "",
            "reports": [
                {"reason": _REASONS[Report.Reason(report.reason)], "words": report.words, "at": report.at}
                for report in each.reports
            ],
        }
        for each in moderation.waiting(visit.platform.pk)
    ]
    return render(request, "operator/talk.html", {"here": "talk", "waiting": waiting})


@require_POST
@platform_page(Permission.RUN_PLATFORM)
def rule(request: HttpRequest, visit: Visit, kind: str, pk: int) -> HttpResponse:
    """Let something through, or turn it down with a reason."""
    publishes = request.POST.get("publish") == "yes"
    try:
        moderation.rule(
            platform_id=visit.platform.pk,
            actor=visit.actor,
            kind=kind,
            pk=pk,
            publishes=publishes,
            reason=request.POST.get("reason", ""),
            now=visit.now,
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
    else:
        messages.success(request, _("It can be seen.") if publishes else _("It is turned down."))
    return redirect("operator:talk", visit.platform.code)
