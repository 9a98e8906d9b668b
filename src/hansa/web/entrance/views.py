"""The harbour: which shops there are, and how to sign in. In the demo one click signs in as any role."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import LoginView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.accounts import consents
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import User
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import NotFound
from hansa.web.account.arriving import home_of
from hansa.web.entrance.people import people
from hansa.web.requested import next_of


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """All the shops of the alliance, and in the demo the people one may be."""
    return render(request, "entrance/landing.html", {"markets": accounts.platforms(), "people": people()})


class SignIn(LoginView):  # type: ignore[misc]  # allauth is untyped here
    """Sign in with an e-mail or user name and a password, a passkey, or another's word; then the second factor."""

    template_name = "entrance/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "next": next_of(self.request), "people": people()}

    def form_invalid(self, form: Any) -> HttpResponse:
        return render(self.request, self.template_name, self.get_context_data(form=form), status=422)


sign_in = SignIn.as_view()


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One click signs in as one of the demo's people; refused where it is not the demo."""
    name = request.POST.get("username", "").replace("\x00", "")
    person = accounts.find_demo_person(name) if settings.DEMO_LOGINS else None
    if person is None:
        raise NotFound("there is no such demo login")
    get_adapter(request).login(request, person)
    UserSession.objects.create_from_request(request)
    return HttpResponseRedirect(next_of(request) or home_of(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("web:landing")


@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Remember whether this visitor's acts may shape what is shown."""
    agrees = request.POST.get("consent") == "yes"
    request.session["consent"] = "yes" if agrees else "no"
    if isinstance(request.user, User):
        consents.decide(
            user_id=request.user.pk, purpose=consents.PERSONALISATION, agrees=agrees, now=system_clock()
        )
    return HttpResponseRedirect(next_of(request) or "/")
