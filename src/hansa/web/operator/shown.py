"""How the operator's desk shows figures: charts, funnels, the trial balance, the recommender beside its baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hansa.commerce.catalogue.models import CatalogueChange
from hansa.commerce.ledger.selectors import Balance
from hansa.commerce.marketing.selectors import Reach
from hansa.commerce.orders.selectors import DayOfTakings, Standing, WeekOfEarnings
from hansa.commerce.recommendations.models import RecommenderModel
from hansa.foundation.invariants import Finding, Invariant
from hansa.kernel.money import digits_of
from hansa.web import charts

DAYS = 28
_ACCOUNTS = {
    "provider": gettext_lazy("Money at the payment provider"),
    "bank": gettext_lazy("Money in the bank"),
    "payable": gettext_lazy("Owed to the merchants"),
    "commission": gettext_lazy("Commission earned"),
    "delivery": gettext_lazy("Delivery fees earned"),
    "promotion": gettext_lazy("Discounts that we paid"),
    "alliance": gettext_lazy("Between us and other platforms"),
    "in_payout": gettext_lazy("On its way to the merchants"),
    "tender": gettext_lazy("Paid from cards, credit and points, not booked yet"),
    "gift_card": gettext_lazy("Owed to holders of gift cards"),
    "store_credit": gettext_lazy("Owed as store credit"),
    "points": gettext_lazy("Owed as points"),
    "goodwill": gettext_lazy("Given away"),
    "breakage": gettext_lazy("Earned from what ran out of time"),
    "disputed": gettext_lazy("Held back in disputes"),
    "dispute_losses": gettext_lazy("Lost in disputes, borne by us"),
    "dispute_fees": gettext_lazy("Fees for disputes"),
    "bank_fees": gettext_lazy("Fees for payouts"),
    "tax_on_commission": gettext_lazy("Tax on commission"),
    "tax_collected": gettext_lazy("Tax that buyers paid on top"),
}
_POSTINGS = {
    "capture": gettext_lazy("sale"),
    "takings": gettext_lazy("takings"),
    "refund": gettext_lazy("refund"),
    "payout": gettext_lazy("payout"),
    "payout_released": gettext_lazy("payout called off"),
    "payout_sent": gettext_lazy("payout carried out"),
    "payout_returned": gettext_lazy("payout sent back"),
    "dispute_opened": gettext_lazy("dispute opened"),
    "dispute_won": gettext_lazy("dispute won"),
    "dispute_lost": gettext_lazy("dispute lost"),
    "alliance_payment": gettext_lazy("settlement with another platform"),
    "correction": gettext_lazy("correction"),
    "clawback": gettext_lazy("paid back by the merchant"),
    "credit": gettext_lazy("refund as store credit"),
    "wallet_issued": gettext_lazy("gift card issued"),
    "wallet_granted": gettext_lazy("store credit given"),
    "wallet_earned": gettext_lazy("points earned"),
    "wallet_spent": gettext_lazy("paid from card, credit or points"),
    "wallet_given_back": gettext_lazy("given back to card, credit or points"),
    "wallet_expired": gettext_lazy("ran out of time"),
    "alliance_sale": gettext_lazy("sale by a partner"),
    "alliance_return": gettext_lazy("return of a partner's sale"),
    "exchange": gettext_lazy("exchange for something dearer"),
    "exchange_back": gettext_lazy("what an exchange cost more, given back"),
}
_MERCHANTS = {
    "applied": gettext_lazy("applied"),
    "approved": gettext_lazy("approved"),
    "suspended": gettext_lazy("suspended"),
    "closed": gettext_lazy("closed"),
}


@dataclass(frozen=True)
class Takings:
    """Four weeks of sales beside the four before; money in minor units."""

    revenue: int
    change: float | None
    spark: list[float]
    chart: charts.Chart


@dataclass(frozen=True)
class Decided:
    """What was decided about a merchant: by whom, when, and why where it was suspended."""

    state: str
    word: str
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class Books:
    """The trial balance of one currency: what stands on each kind of account, and whether it sums to zero."""

    currency: str
    rows: list[tuple[str, int]]
    total: int

    @property
    def is_balanced(self) -> bool:
        return self.total == 0


@dataclass(frozen=True)
class Score:
    """A measure of the recommender and the same for recommending what is popular."""

    name: str
    ours: float
    popular: float | None

    @property
    def gain(self) -> float | None:
        return self.ours / self.popular - 1 if self.popular else None


@dataclass(frozen=True)
class Promise:
    """A promise and, once it was looked at, whether it holds and how often it is broken."""

    invariant: Invariant
    breaches: int | None

    @property
    def state(self) -> str:
        return "unknown" if self.breaches is None else "broken" if self.breaches else "ok"


def takings(days: Sequence[DayOfTakings], currency: str) -> Takings:
    """Draw the last four weeks over the four before, weekday over weekday."""
    recent, before = days[-DAYS:], days[-2 * DAYS : -DAYS]
    revenue, earlier = sum(day.revenue for day in recent), sum(day.revenue for day in before)
    series = [
        charts.Series(_("These four weeks"), [_major(day.revenue, currency) for day in recent]),
        charts.Series(_("Four weeks before"), [_major(day.revenue, currency) for day in before]),
    ]
    chart = charts.line(
        _("Takings a day"),
        [_day(day.day) for day in recent],
        [one for one in series if len(one.values) == len(recent)],
        format=charts.money_in(currency),
    )
    change = (revenue - earlier) / earlier if earlier else None
    return Takings(revenue, change, [float(day.revenue) for day in recent], chart)


def merchant_word(status: str) -> str:
    """The state of a merchant in the reader's language."""
    return str(_MERCHANTS.get(status, status))


def standing(history: Iterable[CatalogueChange]) -> list[Decided]:
    """Every decision about a merchant, in words."""
    return [
        Decided(state, merchant_word(state), str(change.after.get("reason", "")), change.actor, change.at)
        for change in history
        if (state := str(change.after.get("status", "")))
    ]


def account_word(kind: str) -> str:
    """A kind of account in the reader's language."""
    return str(_ACCOUNTS.get(kind, kind))


def posting_word(kind: str) -> str:
    """What a posting on a merchant's account is for, in the reader's language."""
    return str(_POSTINGS.get(kind, kind))


def change(now: int, before: int) -> float | None:
    """By what share a figure grew; None where there was nothing before."""
    return (now - before) / before if before else None


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def funnel(reach: Reach, standing: Standing) -> charts.Funnel:
    """From being shown something to having it at the door, for the whole platform."""
    return charts.funnel(
        _("From being shown to being delivered"),
        [
            (_("Shown"), reach.impressions),
            (_("Clicked"), reach.clicks),
            (_("Visited"), reach.visits),
            (_("In a cart"), reach.carts),
            (_("Bought"), standing.paid),
            (_("Sent"), standing.shipped),
            (_("Delivered"), standing.delivered),
        ],
    )


def books(balances: Sequence[Balance]) -> list[Books]:
    """The trial balance, currency by currency."""
    found = []
    for currency in sorted({balance.currency for balance in balances}):
        own = [balance for balance in balances if balance.currency == currency]
        rows = [(str(_ACCOUNTS.get(balance.kind, balance.kind)), balance.amount) for balance in own]
        found.append(Books(currency, rows, sum(balance.amount for balance in own)))
    return found


def scores(model: RecommenderModel | None) -> list[Score]:
    """How well the serving model did on held-out days, beside the popularity baseline."""
    if model is None:
        return []
    popular = model.metrics.get("popular", {})
    return [Score(name, value, popular.get(name)) for name, value in model.metrics.get("model", {}).items()]


def earnings(weeks: Sequence[WeekOfEarnings], currency: str) -> charts.Chart | None:
    """What the platform kept of each week's orders."""
    if not weeks:
        return None
    return charts.bars(
        _("Earned by orders, week by week"),
        [_("Week of %(day)s") % {"day": _day(week.week)} for week in weeks],
        [
            charts.Series(_("Commission"), [_major(week.commission, currency) for week in weeks]),
            charts.Series(_("Delivery fees"), [_major(week.delivery, currency) for week in weeks]),
            charts.Series(_("Discounts that we paid"), [-_major(week.discounts, currency) for week in weeks]),
        ],
        format=charts.money_in(currency),
        stacked=True,
    )


def first_monday(today: date, *, weeks: int) -> date:
    """The Monday so many full weeks before this one."""
    return today - timedelta(days=today.weekday(), weeks=weeks)


def promises(known: Sequence[Invariant], findings: Sequence[Finding]) -> list[Promise]:
    """Every promise, the broken ones first once they were looked at."""
    if not findings:
        return [Promise(invariant, None) for invariant in known]
    seen = [Promise(finding.invariant, finding.breaches) for finding in findings]
    return sorted(seen, key=lambda promise: not promise.breaches)


def _major(minor: int, currency: str) -> float:
    """Charts take amounts in major units."""
    return float(minor / 10 ** digits_of(currency))


def _day(day: date) -> str:
    return date_format(day, "SHORT_MONTH_DAY_FORMAT")
