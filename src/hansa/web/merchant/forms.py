"""The desk's forms: what was typed stays, and a slip is pointed out beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

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

    def __init__(self, data: Mapping[str, Any], *, digits: int) -> None:
        super().__init__({"price": str(data.get("price", "")).strip().replace(",", ".")})
        self.fields["price"] = forms.DecimalField(
            min_value=Decimal(1).scaleb(-digits),
            max_digits=12,
            decimal_places=digits,
            error_messages={"invalid": _("An amount such as 4.90, please.")},
        )


def slip_of(form: forms.Form, name: str) -> str:
    """What is wrong with one field, in words."""
    return " ".join(str(each) for each in form.errors[name])
