"""The merchant's page of money: what may be paid out, what waits, each payout with its statement, each posting."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from hansa.commerce.accounts.policy import Permission
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.payouts import selectors
from hansa.web.merchant.desk import Desk, desk_page, show
from hansa.web.requested import page_of
from hansa.web.shown_payouts import STATES, statement_answer

PAGE = 25
see = desk_page(Permission.SEE_MERCHANT)


@require_GET
@see
def money(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The balance, the next payout, those made up so far, and every posting."""
    terms = selectors.terms_of(**desk.where)
    balance = selectors.balance_of(**desk.where, currency=desk.currency, now=desk.visit.now)
    _, next_day = selectors.next_period(terms=terms, today=desk.visit.now.date())
    payouts = page_of(request, selectors.payouts_of(**desk.where), PAGE, name="payouts")
    context = {
        "balance": balance,
        "terms": terms,
        "next_day": next_day,
        "is_enough": balance.available >= terms.minimum,
        "payouts": [(each, STATES[each.state]) for each in payouts],
        "payouts_page": payouts,
        "commission": desk.visit.platform.commission_bp / 10_000,
        "page": page_of(request, ledger.postings_of_merchant(**desk.where), PAGE),
    }
    return show(request, desk, "money", context)


@require_GET
@see
def statement(request: HttpRequest, desk: Desk, payout_id: int, form: str) -> HttpResponse:
    """A payout's statement as a file."""
    payout = selectors.get_payout(**desk.where, payout_id=payout_id)
    return statement_answer(payout, platform=desk.visit.platform, form=form)
