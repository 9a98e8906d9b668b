"""The pages of API keys, the same at the merchant's and the operator's desk: make one, see it once, revoke it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.commerce.accounts import keys, second_factor
from hansa.commerce.accounts.access import OFFERED
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor, Held, Role
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.requested import number_of, page_of
from hansa.web.templatetags.words import sentence

PAGE = 25
THINGS = {
    "analytics": gettext_lazy("Reach and takings"),
    "merchants": gettext_lazy("Merchants"),
    "money": gettext_lazy("Money"),
    "orders": gettext_lazy("Orders"),
    "planning": gettext_lazy("Demand and stock orders"),
    "platform": gettext_lazy("The platform and its settings"),
    "products": gettext_lazy("Goods"),
    "promotions": gettext_lazy("Promotions"),
    "reviews": gettext_lazy("Reviews"),
    "stock": gettext_lazy("Stock"),
    "users": gettext_lazy("People and roles"),
    "webhooks": gettext_lazy("Webhooks"),
}
Show = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Place:
    """A desk whose keys are shown: whose it is, who sits there, and where its page is."""

    desk: Held
    actor: Actor
    now: datetime
    page: str
    address: tuple[Any, ...]


class KeyForm(forms.Form):
    """What a new key shall be good for."""

    name = forms.CharField(label=gettext_lazy("What it is for"), max_length=60)
    days = forms.TypedChoiceField(
        label=gettext_lazy("Good for"),
        coerce=int,
        initial=90,
        choices=[(30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")), (366, gettext_lazy("a year"))],
    )
    networks = forms.CharField(
        label=gettext_lazy("Only from these networks"),
        help_text=gettext_lazy(
            "Such as 192.0.2.0/24, with commas between them; empty means from everywhere."
        ),
        required=False,
        max_length=900,
    )
    scopes = forms.MultipleChoiceField(label=gettext_lazy("What it may do"))

    def __init__(self, data: Mapping[str, Any] | None, *, role: Role) -> None:
        super().__init__(data, label_suffix="")
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(scope.value, scope.value) for scope in OFFERED[role]]

    def wish(self, now: datetime) -> keys.Wish:
        """What was typed, as a wish."""
        said = self.cleaned_data
        networks = [each for each in said["networks"].replace("，", ",").split(",") if each.strip()]
        return keys.Wish(said["name"], said["scopes"], now + timedelta(days=said["days"]), networks)


def answer(request: HttpRequest, place: Place, show: Show) -> HttpResponse:
    """The keys of a desk; POST makes one, which is shown this once, or revokes the one that it names."""
    if request.method == "POST" and "revoke" in request.POST:
        return _revoke(request, place)
    form = KeyForm(request.POST if request.method == "POST" else None, role=place.desk.role)
    if request.method != "POST":
        return _show(request, place, form, show)
    if not form.is_valid():
        return _show(request, place, form, show, status=422)
    try:
        made = keys.make_key(
            actor=place.actor,
            desk=place.desk,
            wish=form.wish(place.now),
            now=place.now,
            has_second_factor=isinstance(request.user, User)
            and second_factor.is_shown(request, request.user),
        )
    except HansaError as refusal:
        messages.error(request, sentence(refusal.message))
        return _show(request, place, form, show, status=status_of(refusal))
    response = _show(request, place, KeyForm(None, role=place.desk.role), show, made=made)
    response["Cache-Control"] = "no-store"
    return response


def _revoke(request: HttpRequest, place: Place) -> HttpResponse:
    keys.revoke_key(actor=place.actor, desk=place.desk, key_id=number_of(request, "revoke"), now=place.now)
    messages.success(request, _("The key is revoked; it stopped working at once."))
    return redirect(place.page, *place.address)


def _show(
    request: HttpRequest,
    place: Place,
    form: KeyForm,
    show: Show,
    *,
    made: keys.MadeKey | None = None,
    status: int = 200,
) -> HttpResponse:
    scopes: dict[str, list[str]] = {}
    for scope in OFFERED[place.desk.role]:
        scopes.setdefault(scope.split(":")[0], []).append(scope.value)
    context = {
        "form": form,
        "made": made,
        "page": page_of(request, keys.keys_of(place.desk), PAGE),
        "scopes": [(THINGS[thing], values) for thing, values in scopes.items()],
        "chosen": request.POST.getlist("scopes") if form.is_bound else [],
        "now": place.now,
    }
    return show(context, status)
