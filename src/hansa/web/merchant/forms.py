"""The desk's forms: what was typed stays, and a slip is pointed out beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hansa.web.amounts import AmountField

MOST_UNITS = 1_000_000


class UnitsForm(forms.Form):
    """How many units to order."""

    units = forms.IntegerField(
        min_value=1,
        max_value=MOST_UNITS,
        error_messages={"invalid": _("A whole number of units, please.")},
    )


class PriceForm(forms.Form):
    """A new price in major units; a comma may stand for the point."""

    def __init__(self, data: Mapping[str, Any], *, currency: str) -> None:
        super().__init__({"price": str(data.get("price", "")).strip().replace(",", ".")})
        self.fields["price"] = AmountField(
            currency, error_messages={"invalid": _("An amount such as 4.90, please.")}
        )


def slip_of(form: forms.Form, name: str) -> str:
    """What is wrong with one field, in words."""
    return " ".join(str(each) for each in form.errors[name])
