"""The pages of outgoing webhooks, the same at the merchant's and the operator's desk: endpoints and their log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.webhooks import selectors, services
from hansa.commerce.webhooks.models import Delivery, Endpoint
from hansa.commerce.webhooks.selectors import Desk
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.requested import page_of
from hansa.web.templatetags.words import sentence

PAGE = 25
KINDS = {
    "order.paid": gettext_lazy("An order is paid"),
    "order.shipped": gettext_lazy("An order has left"),
    "order.delivered": gettext_lazy("An order has arrived"),
    "order.cancelled": gettext_lazy("An order is cancelled"),
    "product.price_changed": gettext_lazy("A price has changed"),
    "stock.ordered": gettext_lazy("Goods are ordered from a supplier"),
    "stock.received": gettext_lazy("Goods have come from a supplier"),
    "stock.proposed": gettext_lazy("Orders to suppliers are proposed"),
}
STATES = {
    Delivery.State.WAITING: gettext_lazy("waits for its next try"),
    Delivery.State.DELIVERED: gettext_lazy("arrived"),
    Delivery.State.GIVEN_UP: gettext_lazy("given up"),
}
TONES = {
    Delivery.State.WAITING: "amber",
    Delivery.State.DELIVERED: "moss",
    Delivery.State.GIVEN_UP: "alarm",
}
Show = Callable[[str, dict[str, Any], int], HttpResponse]


@dataclass(frozen=True)
class Place:
    """A desk whose endpoints are shown: whose it is, who sits there, and where its pages are."""

    desk: Desk
    actor: Actor
    now: datetime
    desk_name: str
    address: tuple[Any, ...]

    def to_list(self) -> HttpResponse:
        return redirect(f"{self.desk_name}:webhooks", *self.address)

    def to_endpoint(self, endpoint_id: int) -> HttpResponse:
        return redirect(f"{self.desk_name}:webhook", *self.address, endpoint_id)


class EndpointForm(forms.Form):
    """Where events shall be sent, and which."""

    url = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("Begins with https:// and is reached from the internet."),
        max_length=500,
        widget=forms.URLInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    description = forms.CharField(label=gettext_lazy("What it is for"), max_length=120, required=False)
    ed25519 = forms.BooleanField(label=gettext_lazy("Sign with ed25519 as well"), required=False)
    kinds = forms.MultipleChoiceField(label=gettext_lazy("Events"), choices=[*KINDS.items()])

    def __init__(self, data: Mapping[str, Any] | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")

    def wish(self) -> services.Wish:
        """What was typed, as a wish."""
        said = self.cleaned_data
        return services.Wish(said["url"], said["kinds"], said["description"], said["ed25519"])


def answer_list(request: HttpRequest, place: Place, show: Show) -> HttpResponse:
    """The endpoints of a desk; POST makes one."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.create_endpoint(
                    actor=place.actor, desk=place.desk, wish=form.wish(), now=place.now
                )
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                messages.success(request, _("From now on we send there what you chose."))
                return place.to_endpoint(made.pk)
    page = page_of(request, selectors.endpoints_of(place.desk), PAGE)
    context = {"form": form, "page": page, **_choices(request.POST.getlist("kinds"))}
    return show("webhooks", context, status)


def answer_endpoint(request: HttpRequest, place: Place, show: Show, endpoint_id: int) -> HttpResponse:
    """One endpoint with its log; POST changes, switches, rotates or removes it."""
    endpoint = selectors.get_endpoint(place.desk, endpoint_id)
    form = EndpointForm(request.POST if "save" in request.POST else None, initial=_typed(endpoint))
    status = 200
    if request.method == "POST":
        try:
            if "save" not in request.POST or form.is_valid():
                return _changed(request, place, endpoint, form)
            status = 422
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
    log = page_of(request, selectors.deliveries_to(endpoint), PAGE)
    context = {
        "endpoint": endpoint,
        "form": form,
        "secret": selectors.secret_of(endpoint),
        "public_key": selectors.public_key_of(endpoint),
        "log": log,
        "rows": [(each, STATES[each.state], TONES[each.state]) for each in map(_stated, log)],
        **_choices(request.POST.getlist("kinds") if form.is_bound else endpoint.kinds),
    }
    response = show("webhook", context, status)
    response["Cache-Control"] = "no-store"
    return response


def answer_redeliver(request: HttpRequest, place: Place, endpoint_id: int, delivery_id: int) -> HttpResponse:
    """Send a message of the log once more."""
    services.redeliver(actor=place.actor, desk=place.desk, delivery_id=delivery_id, now=place.now)
    messages.success(request, _("The message is sent once more within a minute."))
    return place.to_endpoint(endpoint_id)


def _changed(request: HttpRequest, place: Place, endpoint: Endpoint, form: EndpointForm) -> HttpResponse:
    who: dict[str, Any] = {"actor": place.actor, "desk": place.desk, "endpoint_id": endpoint.pk}
    if "remove" in request.POST:
        services.remove_endpoint(**who)
        messages.success(request, _("Nothing is sent there any more."))
        return place.to_list()
    if "rotate" in request.POST:
        services.rotate_secret(**who, now=place.now)
        messages.success(request, _("There is a new secret; the old one signs beside it for a day."))
        return place.to_endpoint(endpoint.pk)
    wish = services.Wish(endpoint.url, endpoint.kinds, endpoint.description)
    if "save" in request.POST:
        wish, is_active = form.wish(), endpoint.is_active
    else:
        is_active = "on" in request.POST
    services.change_endpoint(**who, wish=wish, is_active=is_active)
    messages.success(request, _("Saved."))
    return place.to_endpoint(endpoint.pk)


def _typed(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "ed25519": bool(endpoint.private_key),
        "kinds": endpoint.kinds,
    }


def _stated(delivery: Delivery) -> Any:
    """The delivery with its tries as they are shown, the last one first."""
    delivery.shown_attempts = sorted(delivery.attempts.all(), key=lambda each: -each.pk)  # type: ignore[attr-defined]  # for the template
    return delivery


def _choices(chosen: list[str]) -> dict[str, Any]:
    return {"kinds": KINDS.items(), "chosen": chosen}
