"""The operator's pages of experiments: all of them with a form for a new one, and one with its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.experiments import selectors, services
from hansa.commerce.experiments.domain import (
    LEAST_WINDOW_DAYS,
    MOST_WINDOW_DAYS,
    VARIANTS,
    Design,
    Metric,
    Subject,
)
from hansa.foundation.http_errors import status_of
from hansa.kernel.errors import HansaError
from hansa.web.doors import Visit, platform_page
from hansa.web.operator import shown_experiments as shown
from hansa.web.requested import page_of
from hansa.web.templatetags.words import sentence

PAGE = 25
run = platform_page(Permission.RUN_PLATFORM)


class DraftForm(forms.Form):
    """What is to be tested on the shelf of the home page."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    metric = forms.ChoiceField(label=gettext_lazy("What is measured"))
    guardrail = forms.ChoiceField(
        label=gettext_lazy("Guardrail"),
        help_text=gettext_lazy("The experiment ends by itself when this gets worse."),
        required=False,
    )
    people = forms.IntegerField(
        label=gettext_lazy("Per cent of the people"), min_value=1, max_value=100, initial=100
    )
    first = forms.IntegerField(
        label=gettext_lazy("Beginning at per cent"),
        help_text=gettext_lazy("Running experiments take other people each."),
        min_value=0,
        max_value=99,
        initial=0,
    )
    window_days = forms.IntegerField(
        label=gettext_lazy("Days for which a person is watched"),
        min_value=LEAST_WINDOW_DAYS,
        max_value=MOST_WINDOW_DAYS,
        initial=7,
    )
    sharpest_at = forms.IntegerField(
        label=gettext_lazy("People you expect"),
        help_text=gettext_lazy("There the interval is tightest; it holds with any number."),
        min_value=services.LEAST_PEOPLE,
        max_value=services.MOST_PEOPLE,
        initial=10_000,
    )

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        super().__init__(data, label_suffix="")
        metrics = [(each.value, shown.metric_word(each)) for each in Metric]
        self.fields["metric"].choices = metrics  # type: ignore[attr-defined]  # a choice field
        self.fields["guardrail"].choices = [("", _("None")), *metrics]  # type: ignore[attr-defined]  # a choice field
        for variant in VARIANTS[Subject.HOME_SHELF]:
            self.fields[f"weight_{variant}"] = forms.IntegerField(
                label=_("Share: %(variant)s") % {"variant": shown.variant_word(variant)},
                min_value=0,
                max_value=services.HEAVIEST,
                initial=1,
            )

    def design(self) -> Design:
        """What was typed."""
        said = self.cleaned_data
        begin = said["first"] * 10
        return Design(
            name=said["name"],
            subject=Subject.HOME_SHELF,
            weights={each: said[f"weight_{each}"] for each in VARIANTS[Subject.HOME_SHELF]},
            metric=Metric(said["metric"]),
            guardrail=Metric(said["guardrail"]) if said["guardrail"] else None,
            window_days=said["window_days"],
            slots=(begin, begin + said["people"] * 10),
            sharpest_at=said["sharpest_at"],
        )


@require_http_methods(["GET", "POST"])
@run
def experiments(request: HttpRequest, visit: Visit) -> HttpResponse:
    """All experiments; POST drafts one. What was typed stays when it is refused."""
    form = DraftForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.draft(
                    actor=visit.actor, platform_id=visit.platform.pk, design=form.design(), now=visit.now
                )
            except HansaError as refusal:
                messages.error(request, sentence(refusal.message))
                status = status_of(refusal)
            else:
                messages.success(request, _("Drafted. Nobody sees it before you start it."))
                return redirect("operator:experiment", visit.platform.code, made.pk)
    context = {
        "here": "experiments",
        "page": page_of(request, selectors.experiments_of(visit.platform.pk), PAGE),
        "form": form,
    }
    return render(request, "operator/experiments.html", context, status=status)


@require_http_methods(["GET", "POST"])
@run
def experiment(request: HttpRequest, visit: Visit, experiment_id: int) -> HttpResponse:
    """One experiment with what the last look saw; POST starts it, ends it, or throws the draft away."""
    code = visit.platform.code
    status = 200
    if request.method == "POST":
        try:
            done = _step(request, visit, experiment_id)
        except HansaError as refusal:
            messages.error(request, sentence(refusal.message))
            status = status_of(refusal)
        else:
            messages.success(request, done)
            if request.POST.get("do") == "discard":
                return redirect("operator:experiments", code)
            return redirect("operator:experiment", code, experiment_id)
    found = selectors.get_experiment(platform_id=visit.platform.pk, experiment_id=experiment_id)
    arms, people = selectors.arms_of(found), selectors.people_by_arm(found)
    look = selectors.looks_of(found).first()
    context = {
        "here": "experiments",
        "experiment": found,
        "arms": shown.arms(arms, people),
        "look": look,
        "figures": None if look is None else shown.figures(found, look, visit.platform.currency),
    }
    return render(request, "operator/experiment.html", context, status=status)


def _step(request: HttpRequest, visit: Visit, experiment_id: int) -> str:
    known: dict[str, Any] = {
        "actor": visit.actor,
        "platform_id": visit.platform.pk,
        "experiment_id": experiment_id,
    }
    step = request.POST.get("do")
    if step == "start":
        services.start(**known, now=visit.now)
        return _("Started. Within some seconds everybody sees their variant.")
    if step == "stop":
        services.stop(**known, reason=request.POST.get("reason", ""), now=visit.now)
        return _("Ended. Everybody sees the usual again.")
    services.discard(**known)
    return _("The draft is gone.")
