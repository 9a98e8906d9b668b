"""A person's own pages: name, address book, what they allow, and the second factor that their work asks for."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hansa.commerce.accounts import addresses as address_book
from hansa.commerce.accounts import consents as consenting
from hansa.commerce.accounts import second_factor as factors
from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts import services
from hansa.commerce.accounts.models import User
from hansa.commerce.following import services as following
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import HansaError
from hansa.web.account.forms import AddressForm, NameForm
from hansa.web.account.shown import Asked, decisions, questions
from hansa.web.requested import next_of
from hansa.web.templatetags.words import sentence


def person_of(request: HttpRequest) -> User:
    """Who is signed in; the doors of these pages let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@login_required
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """The name that others see, and the way to everything else of one's own."""
    person = person_of(request)
    form = NameForm(_sent(request), initial={"display_name": person.display_name})
    if request.method == "POST" and form.is_valid():
        services.rename(user_id=person.pk, display_name=form.cleaned_data["display_name"])
        messages.success(request, _("Your name is changed."))
        return redirect("account:home")
    context = {"form": form, "has_second_factor": factors.has_one(person)}
    return render(request, "account/home.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def addresses(request: HttpRequest) -> HttpResponse:
    """The address book, and a form to write in it."""
    person = person_of(request)
    form = AddressForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            address_book.add(user_id=person.pk, place=form.place(_home(person)))
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
        else:
            messages.success(request, _("The address is in your book."))
        return redirect("account:addresses")
    context = {"form": form, "addresses": accounts.addresses_of(person.pk)}
    return render(request, "account/addresses.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def address(request: HttpRequest, address_id: int) -> HttpResponse:
    """One address, to be written anew."""
    person = person_of(request)
    known = address_book.get(user_id=person.pk, address_id=address_id)
    form = AddressForm(_sent(request), known=known)
    if request.method == "POST" and form.is_valid():
        place = form.place((known.latitude, known.longitude))
        address_book.change(user_id=person.pk, address_id=address_id, place=place)
        messages.success(request, _("The address is changed."))
        return redirect("account:addresses")
    context = {"form": form, "address": known}
    return render(request, "account/address.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove_address(request: HttpRequest, address_id: int) -> HttpResponse:
    """Take an address out of the book."""
    address_book.remove(user_id=person_of(request).pk, address_id=address_id)
    messages.success(request, _("The address is removed."))
    return redirect("account:addresses")


@login_required
@require_http_methods(["GET", "POST"])
def consents(request: HttpRequest) -> HttpResponse:
    """What one allows, each purpose on its own, and every decision made so far."""
    person = person_of(request)
    asked = questions(person)
    if request.method == "POST":
        for question in asked:
            _decide(person, question, agrees=question.name in request.POST)
        messages.success(request, _("Your decisions are kept."))
        return redirect("account:consents")
    context = {"questions": asked, "decisions": decisions(person.pk)}
    return render(request, "account/consents.html", context)


@login_required
@require_GET
def second_factor(request: HttpRequest) -> HttpResponse:
    """Why the desks ask for a second factor, and how to set one up; then back to where one wanted to go."""
    person = person_of(request)
    wanted = next_of(request)
    if factors.has_one(person):
        return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': wanted or '/'})}")
    until = factors.grace_until(person, now=system_clock())
    return render(request, "account/second_factor.html", {"next": wanted, "until": until})


def _decide(person: User, question: Asked, *, agrees: bool) -> None:
    """Keep a decision; showing a profile or hiding it does what it says at once."""
    if question.purpose != consenting.PROFILE:
        consenting.decide(
            user_id=person.pk,
            purpose=question.purpose,
            member_id=question.member_id,
            agrees=agrees,
            now=system_clock(),
        )
    elif question.agrees != agrees:
        following.show_profile(user_id=person.pk, is_shown=agrees, now=system_clock())


def _home(person: User) -> tuple[float, float]:
    """Where an address that nobody has found on a map yet is taken to lie: in the middle of the home market."""
    platform = person.home_platform or accounts.platforms().first()
    return (platform.latitude, platform.longitude) if platform else (0.0, 0.0)
