"""The forms of a person's own pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.commerce.accounts.addresses import Place
from hansa.commerce.accounts.models import Address
from hansa.web.storefront.forms import COUNTRIES

_WRITTEN = ("recipient", "street", "postal_code", "city", "country")


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Name that others see"),
        max_length=120,
        strip=True,
        widget=forms.TextInput({"autocomplete": "nickname"}),
    )


class SignupForm(AllauthSignupForm):  # type: ignore[misc]  # allauth is untyped here
    """E-mail, password, and the name that others see beside a review."""

    display_name = _name_field()
    field_order = ("display_name", "email", "password1")


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth is untyped here
    """User name or e-mail, and password, in our words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = login.widget.attrs["placeholder"] = _("User name or e-mail")


class NameForm(forms.Form):
    """The name that others see."""

    display_name = _name_field()


class AddressForm(forms.Form):
    """An address as it is written on a parcel."""

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

    def __init__(self, data: Mapping[str, Any] | None = None, *, known: Address | None = None) -> None:
        initial = {name: getattr(known, name) for name in _WRITTEN} if known else {"country": "DE"}
        super().__init__(data, initial=initial, label_suffix="")

    def place(self, where: tuple[float, float]) -> Place:
        """What was written, lying at this latitude and longitude."""
        written = {name: self.cleaned_data[name] for name in _WRITTEN}
        return Place(**written, latitude=where[0], longitude=where[1])


class EraseForm(forms.Form):
    """That one means it."""

    sure = forms.BooleanField(label=_("I understand that this cannot be undone."))
