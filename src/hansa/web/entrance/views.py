"""The harbour: which shops there are, and how to sign in. In the demo one click signs in as any role."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts import services as account_services
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout import cart
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import NotFound
from hansa.web.doors import actor_of
from hansa.web.entrance.desks import desks_of
from hansa.web.entrance.people import people

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """All the shops of the alliance, and in the demo the people one may be."""
    return render(request, "entrance/landing.html", {"markets": accounts.platforms(), "people": people()})


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with a name and a password."""
    form = AuthenticationForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _let_in(request, form.get_user())
    context = {"form": form, "next": _next(request), "people": people()}
    return render(request, "entrance/sign_in.html", context, status=422 if form.errors else 200)


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One click signs in as one of the demo's people; refused where it is not the demo."""
    name = request.POST.get("username", "").replace("\x00", "")
    person = accounts.find_demo_person(name) if settings.DEMO_LOGINS else None
    if person is None:
        raise NotFound("there is no such demo login")
    return _let_in(request, person)


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
        account_services.set_consent(user_id=request.user.pk, agrees=agrees)
    return HttpResponseRedirect(_next(request) or "/")


def _let_in(request: HttpRequest, person: User) -> HttpResponse:
    before = actor_of(request)
    login(request, person, backend=BACKEND)
    after = accounts.actor_of(person)
    if not before.is_signed_in:  # another person's cart stays theirs
        _hand_carts_over(before, after)
    desks = desks_of(after)
    home = person.home_platform
    return HttpResponseRedirect(
        _next(request) or (desks[0].url if desks else f"/{home.code}/" if home else "/")
    )


def _hand_carts_over(visitor: Actor, person: Actor) -> None:
    for platform in accounts.platforms():
        with tenancy.as_platform(platform.pk):
            cart.hand_over(platform_id=platform.pk, visitor=visitor.visitor, actor=person, now=system_clock())


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else ""
