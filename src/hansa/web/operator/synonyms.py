"""The operator's page of synonyms: phrases that the platform's search takes for the same."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.catalogue import services as catalogue_services
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit, platform_page
from hansa.web.requested import number_of
from hansa.web.templatetags.words import sentence

LONGEST = 800


@require_http_methods(["GET", "POST"])
@platform_page(Permission.RUN_PLATFORM)
def synonyms(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The groups; POST adds one, or removes the one that it names. What was typed stays when it is refused."""
    typed, status = "", 200
    if request.method == "POST":
        typed = request.POST.get("phrases", "")[:LONGEST]
        try:
            _change(request, visit, typed)
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("operator:synonyms", visit.platform.code)
    context = {"here": "synonyms", "groups": catalogue.synonym_groups(visit.platform.pk), "typed": typed}
    return render(request, "operator/synonyms.html", context, status=status)


def _change(request: HttpRequest, visit: Visit, typed: str) -> None:
    if "group" in request.POST:
        group_id = number_of(request, "group")
        catalogue_services.remove_synonyms(
            actor=visit.actor, platform_id=visit.platform.pk, group_id=group_id
        )
        return
    phrases = typed.replace("，", ",").split(",")
    catalogue_services.add_synonyms(
        actor=visit.actor, platform_id=visit.platform.pk, phrases=phrases, now=visit.now
    )
