"""The operator's trial balance: per account and day, down to each journal and its legs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.ledger.selectors import Turnover
from hansa.web.doors import Visit, platform_page
from hansa.web.operator import shown
from hansa.web.requested import page_of

PAGE = 50
MOST_DAYS = 366
see = platform_page(Permission.SEE_PLATFORM)


@dataclass(frozen=True)
class Span:
    """The days that are looked at, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), tzinfo=UTC)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), tzinfo=UTC)


@dataclass(frozen=True)
class Sheet:
    """The trial balance in one currency, with the sum of each column."""

    currency: str
    rows: list[tuple[str, Turnover]]
    total: Turnover

    @property
    def is_balanced(self) -> bool:
        return self.total.before == 0 and self.total.debit == self.total.credit


@require_GET
@see
def trial_balance(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Every account: what stood there, what came and went in the days asked for, what stands there now."""
    span = _span(request, visit.now.date())
    turnovers = ledger.turnovers_of(visit.platform.pk, since=span.since, until=span.until)
    context = {"sheets": _sheets(turnovers), "span": span, "here": "books"}
    return render(request, "operator/trial_balance.html", context)


@require_GET
@see
def account(request: HttpRequest, visit: Visit, kind: str, currency: str) -> HttpResponse:
    """The postings on one kind of account in the days asked for."""
    span = _span(request, visit.now.date())
    entries = ledger.entries_on(
        visit.platform.pk, kind=kind, currency=currency, since=span.since, until=span.until
    )
    page = page_of(request, entries, PAGE)
    context = {
        "name": shown.account_word(kind),
        "kind": kind,
        "currency": currency,
        "rows": [(entry, shown.posting_word(entry.journal.kind)) for entry in page],
        "page": page,
        "span": span,
        "here": "books",
    }
    return render(request, "operator/account.html", context)


@require_GET
@see
def journal(request: HttpRequest, visit: Visit, journal_id: int) -> HttpResponse:
    """One journal and its legs."""
    found = ledger.get_journal(platform_id=visit.platform.pk, journal_id=journal_id)
    legs = ledger.legs_of(found)
    context = {
        "journal": found,
        "word": shown.posting_word(found.kind),
        "legs": [(leg, shown.account_word(leg.account.kind)) for leg in legs],
        "total": sum(leg.amount for leg in legs),
        "here": "books",
    }
    return render(request, "operator/journal.html", context)


def _span(request: HttpRequest, today: date) -> Span:
    """The days of the address, today where it names none; at most a year, and never the wrong way round."""
    last = _day(request.GET.get("to", "")) or today
    first = _day(request.GET.get("from", "")) or last
    first = min(first, last)
    return Span(max(first, last - timedelta(days=MOST_DAYS)), last)


def _day(text: str) -> date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and 1970 <= found.year <= 9000 else None


def _sheets(turnovers: list[Turnover]) -> list[Sheet]:
    sheets = []
    for currency in sorted({each.currency for each in turnovers}):
        own = [each for each in turnovers if each.currency == currency]
        total = Turnover(
            "",
            currency,
            sum(each.before for each in own),
            sum(each.debit for each in own),
            sum(each.credit for each in own),
        )
        sheets.append(Sheet(currency, [(shown.account_word(each.kind), each) for each in own], total))
    return sheets
