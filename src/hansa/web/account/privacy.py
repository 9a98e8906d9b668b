"""The pages of one's own data: a copy of all of it, and being forgotten."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.privacy import selectors, services
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import HansaError
from hansa.web.account.forms import EraseForm
from hansa.web.account.views import person_of
from hansa.web.templatetags.words import sentence


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The copies asked for, and the way to being forgotten."""
    exports = selectors.exports_of(person_of(request).pk, now=system_clock())
    return render(request, "account/privacy.html", {"exports": exports})


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth is untyped here
@require_POST
def ask_for_export(request: HttpRequest) -> HttpResponse:
    """Ask the worker for a copy."""
    services.request_export(user_id=person_of(request).pk, now=system_clock())
    messages.success(request, _("Your copy is being made; it will stand here in a moment."))
    return redirect("account:privacy")


@login_required
@never_cache
@require_GET
def download(request: HttpRequest, token: str) -> HttpResponse:
    """The copy itself: only for the person, only as long as the link lives."""
    archive = selectors.get_archive(user_id=person_of(request).pk, token=token, now=system_clock())
    return HttpResponse(
        archive,
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="my-data.zip"'},
    )


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth is untyped here
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Be forgotten, after saying that one means it."""
    form = EraseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.erase_person(user_id=person_of(request).pk, now=system_clock())
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            return redirect("account:privacy")
        logout(request)
        return redirect("account:erased")
    return render(request, "account/erase.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def erased(request: HttpRequest) -> HttpResponse:
    """That it is done."""
    return render(request, "account/erased.html")
