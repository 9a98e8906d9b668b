"""The shop's forms: what has to be said to buy and to review, and how a slip is pointed out beside its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.commerce.accounts.models import Address
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.checkout.tendering import Means
from hansa.commerce.delivery.domain import Window
from hansa.commerce.reviews.services import LONGEST, LONGEST_TITLE

COUNTRIES = [
    ("DE", _("Germany")),
    ("DK", _("Denmark")),
    ("SE", _("Sweden")),
    ("NO", _("Norway")),
    ("FI", _("Finland")),
    ("EE", _("Estonia")),
    ("LV", _("Latvia")),
    ("LT", _("Lithuania")),
    ("PL", _("Poland")),
    ("NL", _("Netherlands")),
    ("BE", _("Belgium")),
    ("GB", _("United Kingdom")),
    ("US", _("United States")),
    ("CN", _("China")),
]
STARS = [(str(stars), str(stars)) for stars in range(1, 6)]


class CheckoutForm(forms.Form):
    """Where, when and how it is paid. A guest also leaves an e-mail address."""

    recipient = forms.CharField(
        label=_("Recipient"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    street = forms.CharField(
        label=_("Street and number"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "street-address"}),
    )
    postal_code = forms.CharField(
        label=_("Postal code"), max_length=20, widget=forms.TextInput({"autocomplete": "postal-code"})
    )
    city = forms.CharField(
        label=_("City"), max_length=80, widget=forms.TextInput({"autocomplete": "address-level2"})
    )
    country = forms.ChoiceField(
        label=_("Country"), choices=COUNTRIES, widget=forms.Select({"autocomplete": "country"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("For news of your parcel; you need no account."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    window = forms.ChoiceField(
        label=_("Delivery window"),
        error_messages={"invalid_choice": _("This window is not offered any more. Please choose another.")},
    )
    method = forms.ChoiceField(label=_("Payment"))
    gift_card = forms.CharField(
        label=_("Code of a gift card"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    use_credit = forms.BooleanField(required=False)
    use_points = forms.BooleanField(required=False)
    agreed_total = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    agreed_tender = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    key = forms.CharField(min_length=8, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        actor: Actor,
        windows: Sequence[Window],
        methods: Mapping[str, str],
        known: Address | None = None,
    ) -> None:
        super().__init__(data, initial=_of(known), label_suffix="")
        if actor.is_signed_in:
            del self.fields["email"]
        self._choose("window", [(window.key, window.key) for window in windows])
        self._choose("method", list(methods.items()))

    def means(self) -> Means:
        """What pays before the provider, as it was ticked and typed, valid or not."""
        code = str(self["gift_card"].value() or "").strip()[:40]
        credit, points = (bool(self[name].value()) for name in ("use_credit", "use_points"))
        agreed = self.cleaned_data.get("agreed_tender") if self.is_bound and self.is_valid() else None
        return Means((code,) if code else (), credit, points, agreed or 0)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        self.initial[name] = choices[0][0] if choices else ""


class ReviewForm(forms.Form):
    """How good it was, how its merchant and its delivery were, and why."""

    stars = forms.ChoiceField(
        choices=STARS, error_messages={"required": _("Please give the good one to five stars.")}
    )
    merchant_stars = forms.ChoiceField(choices=STARS, required=False)
    delivery_stars = forms.ChoiceField(choices=STARS, required=False)
    title = forms.CharField(max_length=LONGEST_TITLE, required=False, strip=True)
    text = forms.CharField(max_length=LONGEST, required=False, strip=True)


def _of(known: Address | None) -> dict[str, str]:
    if known is None:
        return {"country": "DE"}
    names = ("recipient", "street", "postal_code", "city", "country")
    return {name: getattr(known, name) for name in names}
