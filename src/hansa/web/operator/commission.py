"""The operator's page of commission: the rules, what a sale would pay by them, adding a rule and letting one end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from hansa.commerce.accounts import platforms
from hansa.commerce.accounts.policy import Permission
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.commission import selectors, services
from hansa.commerce.commission.domain import Charge, Line, Rule
from hansa.commerce.merchants import selectors as merchants
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.amounts import AmountField, RateField
from hansa.web.doors import Visit, platform_page
from hansa.web.requested import page_of
from hansa.web.templatetags.words import category_name, sentence

PAGE = 25
MOST_UNITS = 10_000
run = platform_page(Permission.RUN_PLATFORM)


class MomentField(forms.DateTimeField):
    """A moment that the browser helps to choose."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), **more)


class GoodsForm(forms.Form):
    """Which goods: of one merchant or of all, in one category or in all."""

    merchant = forms.TypedChoiceField(
        label=gettext_lazy("Merchant"), coerce=int, empty_value=None, required=False
    )
    category = forms.TypedChoiceField(
        label=gettext_lazy("Category"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, data: Mapping[str, Any] | None, *, visit: Visit, **more: Any) -> None:
        super().__init__(data, label_suffix="", **more)
        self.currency = visit.platform.currency
        own = [(each.pk, each.name) for each in merchants.on_platform(visit.platform.pk)]
        tree = [(each.pk, "– " * depth + category_name(each)) for each, depth in catalogue.category_tree()]
        self.fields["merchant"].choices = [("", _("All merchants")), *own]  # type: ignore[attr-defined]  # a choice field
        self.fields["category"].choices = [("", _("All categories")), *tree]  # type: ignore[attr-defined]  # a choice field


class RuleForm(GoodsForm):
    """A new rule: which goods, what is kept of them, and when."""

    rate = RateField(label=gettext_lazy("Commission, per cent"))
    tax = RateField(label=gettext_lazy("Tax on the commission, per cent"), initial=0)
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        help_text=gettext_lazy("The greatest number decides; among equals the most exact rule."),
        min_value=-1_000,
        max_value=1_000,
        initial=0,
    )
    valid_from = MomentField(label=gettext_lazy("From"), help_text=gettext_lazy("UTC; empty is at once."))
    valid_until = MomentField(label=gettext_lazy("Until"), help_text=gettext_lazy("UTC, not included."))

    def __init__(self, data: Mapping[str, Any] | None, *, visit: Visit) -> None:
        super().__init__(data, visit=visit)
        for name, label in {
            "fixed_fee": _("For each unit"),
            "minimum": _("At least, a line"),
            "from_price": _("Price of a unit from"),
            "below_price": _("Price of a unit below"),
        }.items():
            self.fields[name] = AmountField(self.currency, least=0, label=label, required=False)
        self.order_fields(
            ["rate", "fixed_fee", "minimum", "tax", "merchant", "category", "from_price", "below_price"]
        )

    def rule(self) -> Rule:
        """What was typed; refuses a band of prices that holds nothing."""
        said = self.cleaned_data
        return Rule(
            id=None,
            rate_bp=said["rate"],
            fixed_fee=said["fixed_fee"] or 0,
            minimum=said["minimum"] or 0,
            tax_bp=said["tax"],
            priority=said["priority"],
            merchant_id=said["merchant"],
            category_id=said["category"],
            from_price=said["from_price"],
            below_price=said["below_price"],
            valid_from=said["valid_from"],
            valid_until=said["valid_until"],
        )


class UsualForm(forms.Form):
    """What is kept where no rule fits."""

    usual = RateField(label=gettext_lazy("Commission, per cent"))

    def __init__(self, data: Mapping[str, Any] | None, **more: Any) -> None:
        super().__init__(data, label_suffix="", **more)


class SampleForm(GoodsForm):
    """A line of a sale that might be."""

    units = forms.IntegerField(
        label=gettext_lazy("Units"), min_value=1, max_value=MOST_UNITS, initial=1, required=False
    )
    at = MomentField(label=gettext_lazy("Sold at"), help_text=gettext_lazy("UTC; empty is now."))

    def __init__(self, data: Mapping[str, Any] | None, *, visit: Visit) -> None:
        super().__init__(data, visit=visit, auto_id="sample_%s")
        self.fields["price"] = AmountField(self.currency, label=_("Price of a unit"))
        self.order_fields(["price", "units", "merchant", "category", "at"])

    def line(self) -> Line:
        """What was typed, as a line of a sale. Without merchant or category only rules for all fit it."""
        said = self.cleaned_data
        units = said["units"] or 1
        return Line(
            merchant_id=said["merchant"] or 0,
            category_ids=_with_those_above(said["category"]),
            unit_price=said["price"],
            quantity=units,
            base=said["price"] * units,
        )


@require_http_methods(["GET", "POST"])
@run
def commission(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The rules, and what a sale would pay by them; POST adds a rule, or changes the usual rate."""
    usual = platforms.settings_of(visit.platform.pk).commission_bp
    is_usual = request.POST.get("do") == "usual"
    rule = RuleForm(request.POST if request.method == "POST" and not is_usual else None, visit=visit)
    rate = UsualForm(request.POST if is_usual else None, initial={"usual": f"{usual / 100:g}"})
    status = 200
    if request.method == "POST":
        status = 422
        if (rate if is_usual else rule).is_valid():
            try:
                if is_usual:
                    _change_usual(visit, rate)
                else:
                    _add(visit, rule)
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                messages.success(request, _("Saved. Sales that were made keep what held for them."))
                return redirect("operator:commission", visit.platform.code)
    sample = SampleForm(request.GET if "price" in request.GET else None, visit=visit)
    context = {
        "here": "commission",
        "rules": selectors.rules_of(visit.platform.pk, now=visit.now),
        "ended": page_of(request, selectors.ended_rules_of(visit.platform.pk, now=visit.now), PAGE),
        "usual": usual,
        "form": rule,
        "usual_form": rate,
        "sample_form": sample,
        "charge": _charge(visit, sample, usual) if sample.is_bound and sample.is_valid() else None,
        "currency": visit.platform.currency,
        "now": visit.now,
    }
    return render(request, "operator/commission.html", context, status=status)


@require_POST
@run
def end(request: HttpRequest, visit: Visit, rule_id: int) -> HttpResponse:
    """Let a rule hold no longer."""
    services.end_rule(actor=visit.actor, platform_id=visit.platform.pk, rule_id=rule_id, now=visit.now)
    messages.success(request, _("The rule has ended. Sales that were made keep what held for them."))
    return redirect("operator:commission", visit.platform.code)


def _add(visit: Visit, form: RuleForm) -> None:
    services.set_rule(actor=visit.actor, platform_id=visit.platform.pk, rule=form.rule(), now=visit.now)


def _change_usual(visit: Visit, form: UsualForm) -> None:
    platforms.change_platform(
        actor=visit.actor, platform_id=visit.platform.pk, commission_bp=form.cleaned_data["usual"]
    )


def _charge(visit: Visit, form: SampleForm, usual: int) -> Charge:
    at: datetime = form.cleaned_data["at"] or visit.now
    return selectors.charge_of(visit.platform.pk, form.line(), at=at, default_bp=usual)


def _with_those_above(category_id: int | None) -> list[int]:
    """A category and those above it, as a sale knows them."""
    above = {each.pk: each.parent_id for each, _depth in catalogue.category_tree()}
    found: list[int] = []
    while category_id is not None:
        found.append(category_id)
        category_id = above.get(category_id)
    return found
