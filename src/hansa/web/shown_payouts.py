"""How payouts and their statements are said, to merchants as to operators."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hansa.commerce.accounts.models import Platform
from hansa.commerce.payouts import selectors, statements
from hansa.commerce.payouts.models import Payout
from hansa.commerce.payouts.selectors import Movement
from hansa.commerce.payouts.statements import Statement
from hansa.kernel.errors import NotFound
from hansa.web.templatetags.hansa import money
from hansa.web.templatetags.words import platform_name, state_word

STATES: Mapping[str, object] = {  # words to show
    Payout.State.SCHEDULED: pgettext_lazy("payout", "waits for two people"),
    Payout.State.APPROVED: pgettext_lazy("payout", "agreed"),
    Payout.State.SUBMITTED: pgettext_lazy("payout", "at the bank"),
    Payout.State.PAID: pgettext_lazy("payout", "paid out"),
    Payout.State.FAILED: pgettext_lazy("payout", "refused by the bank"),
    Payout.State.REVERSED: pgettext_lazy("payout", "sent back"),
    Payout.State.CANCELLED: pgettext_lazy("payout", "called off"),
}
NOTE = gettext_lazy(
    "Every line is a posting in the platform's books. What is posted later, also about these sales, is in a later"
    " payout; this one does not change."
)


def statement_answer(payout: Payout, *, platform: Platform, form: str) -> HttpResponse:
    """A payout's statement as a PDF in the reader's language, or as CSV."""
    movements = selectors.movements_of(payout)
    name = f"payout-{platform.code}-{payout.pk}.{form}"
    if form == "csv":
        answer = HttpResponse(statements.as_csv(payout, movements), content_type="text/csv; charset=utf-8")
    elif form == "pdf":
        content = statements.as_pdf(_statement(payout, movements, platform))
        answer = HttpResponse(content, content_type="application/pdf")
    else:
        raise NotFound(f"there is no statement as {form}")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _statement(payout: Payout, movements: list[Movement], platform: Platform) -> Statement:
    total = money(payout.amount, payout.currency)
    return Statement(
        title=_("Statement of payout %(number)s") % {"number": payout.pk},
        facts=[
            (_("Platform"), platform_name(platform)),
            (_("Merchant"), payout.merchant.name),
            (_("Period"), f"{date_format(payout.period_first)} – {date_format(payout.period_last)}"),
            (_("State"), str(STATES[payout.state])),
            (_("Made up"), date_format(payout.scheduled_at, "DATETIME_FORMAT")),
            (_("Commission kept"), money(sum(each.commission for each in movements), payout.currency)),
            (_("Tax on commission"), money(sum(each.tax for each in movements), payout.currency)),
            (_("Amount"), total),
        ],
        head=[_("When"), _("What"), _("For"), _("Amount")],
        rows=[
            (
                date_format(each.posted_at, "SHORT_DATETIME_FORMAT"),
                state_word(each.kind),
                each.reference,
                money(each.amount, payout.currency),
            )
            for each in movements
        ],
        total=(_("Sum"), "", "", total),
        note=str(NOTE),
    )
