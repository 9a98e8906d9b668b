"""Reads of balances and payouts. A balance is the sum of the merchant's postings that no payout has closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q, QuerySet

from hansa.commerce.ledger.models import Account
from hansa.commerce.payouts.domain import Period, Terms, next_day, period_before
from hansa.commerce.payouts.models import Payout, PayoutTerms
from hansa.foundation import statements
from hansa.kernel.errors import NotFound

UNDER_WAY = (Payout.State.SCHEDULED, Payout.State.APPROVED, Payout.State.SUBMITTED, Payout.State.FAILED)


@dataclass(frozen=True)
class Balance:
    """What a merchant is owed in one currency, minor units; a negative number is owed to us."""

    currency: str
    available: int  # may be paid out now
    pending: int  # waits for delivery and the time after it
    under_way: int  # in payouts that are not carried out yet

    @property
    def owed(self) -> int:
        return self.available + self.pending


@dataclass(frozen=True)
class Movement:
    """A posting on a merchant's account: money for (positive) or from the merchant.

    ``commission`` and ``tax`` on it were kept of a sale, and are below zero where they were given back.
    """

    kind: str
    reference: str
    posted_at: datetime
    amount: int
    commission: int = 0
    tax: int = 0


@dataclass(frozen=True)
class OpenEntry:
    """A posting that no payout has closed yet; debit positive, as in the books."""

    id: int
    amount: int
    is_due: bool


@dataclass(frozen=True)
class Split:
    """An order's part of a payment, or (without an order) the delivery fee's."""

    order_id: int | None
    authorised: int
    captured: int
    refunded: int


def terms_of(*, platform_id: int, merchant_id: int) -> Terms:
    """What was agreed with a merchant, else with everybody on the platform, else the usual."""
    agreed = PayoutTerms.objects.filter(platform_id=platform_id).filter(
        Q(merchant_id=merchant_id) | Q(merchant__isnull=True)
    )
    found = agreed.order_by("merchant_id").first()  # nulls last
    return found.read() if found else Terms()


def terms_on(platform_id: int) -> list[PayoutTerms]:
    """All that was agreed on a platform, what holds for everybody first."""
    agreed = PayoutTerms.objects.filter(platform_id=platform_id).select_related("merchant")
    return list(agreed.order_by(F("merchant__name").asc(nulls_first=True)))


def balances_of(*, platform_id: int, merchant_id: int, now: datetime) -> list[Balance]:
    """A merchant's balance in each currency that it was ever owed."""
    terms = terms_of(platform_id=platform_id, merchant_id=merchant_id)
    rows = statements.run(
        _BALANCES,
        {"platform": platform_id, "merchant": merchant_id, "delivered_by": _delivered_by(terms, now)},
    )
    return [Balance(*row) for row in rows]


def balance_of(*, platform_id: int, merchant_id: int, currency: str, now: datetime) -> Balance:
    """A merchant's balance in one currency; nothing where nothing was posted."""
    found = balances_of(platform_id=platform_id, merchant_id=merchant_id, now=now)
    return next((each for each in found if each.currency == currency), Balance(currency, 0, 0, 0))


def open_entries(
    *, platform_id: int, merchant_id: int, currency: str, terms: Terms, now: datetime
) -> list[OpenEntry]:
    """The postings that no payout has closed, and whether they are due."""
    rows = statements.run(
        f"{_OPEN} select id, amount, is_due from open_entries where currency = %(currency)s order by id",  # noqa: S608 - our own words
        {
            "platform": platform_id,
            "merchant": merchant_id,
            "currency": currency,
            "delivered_by": _delivered_by(terms, now),
        },
    )
    return [OpenEntry(*row) for row in rows]


def accounts_of(platform_id: int) -> list[tuple[int, str]]:
    """Every merchant and currency that the platform's books have an account for."""
    payable = Account.objects.filter(platform_id=platform_id, kind=Account.Kind.PAYABLE)
    return list(payable.order_by("merchant_id", "currency").values_list("merchant_id", "currency"))


def next_period(*, terms: Terms, today: date) -> tuple[Period, date]:
    """The period that was closed last, and the day on which the next payout is made up."""
    return period_before(today, terms.every), next_day(today, terms.every)


def payouts_of(*, platform_id: int, merchant_id: int | None = None) -> QuerySet[Payout]:
    """A platform's payouts, or one merchant's, the newest first."""
    found = Payout.objects.filter(platform_id=platform_id).select_related("merchant")
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    return found.order_by("-pk")


def queue_of(platform_id: int) -> QuerySet[Payout]:
    """The payouts that are not carried out yet, the oldest first, with who agreed and what was tried."""
    return (
        payouts_of(platform_id=platform_id)
        .filter(state__in=UNDER_WAY)
        .select_related("proposed_by", "approved_by", "confirmed_by")
        .prefetch_related("attempts")
        .order_by("pk")
    )


def get_payout(*, platform_id: int, payout_id: int, merchant_id: int | None = None) -> Payout:
    """One payout. Refuses with NotFound what is not this platform's, or not this merchant's."""
    found = payouts_of(platform_id=platform_id, merchant_id=merchant_id).filter(pk=payout_id).first()
    if found is None:
        raise NotFound(f"there is no payout {payout_id} here")
    return found


def movements_of(payout: Payout) -> list[Movement]:
    """What a payout closed, the oldest first; without the payout's own posting they sum to its amount."""
    rows = statements.run(_MOVEMENTS, {"payout": payout.pk, "journal": payout.journal_id})
    return [Movement(*row) for row in rows]


def splits_of(payment_ids: Sequence[int]) -> dict[int, list[Split]]:
    """How each payment is divided between the orders and the delivery fee; every column keeps every cent."""
    rows = statements.run(
        "select payment_id, order_id, authorised, captured, refunded from payouts_paymentsplits(%s::bigint[])"
        " order by payment_id, order_id nulls last",
        [list(payment_ids)],
    )
    found: dict[int, list[Split]] = {}
    for payment_id, *rest in rows:
        found.setdefault(payment_id, []).append(Split(*rest))
    return found


def _delivered_by(terms: Terms, now: datetime) -> datetime:
    """What was delivered by then is due now."""
    return now - timedelta(days=terms.hold_days)


# A sale is due once its goods have been with the buyer for the time agreed, and what belongs to it goes with it;
# a cancelled one is due at once (it comes to nothing), and so is whatever belongs to no order.
_OPEN = """
with posted as (
  select e.id, e.amount, e.currency, a.merchant_id, case
      when j.kind in ('capture', 'alliance_sale') then j.reference
      when j.kind = 'refund' then (
        select p.reference from payments_refund r join payments_payment p on p.id = r.payment_id
        where r.reference = j.reference)
    end as purchase
  from ledger_account a
    join ledger_ledgerentry e on e.account_id = a.id
    join ledger_journalentry j on j.id = e.journal_id
  where a.platform_id = %(platform)s and a.merchant_id = %(merchant)s and a.kind = 'payable'
    and not exists (select from payouts_payoutline l where l.entry_id = e.id)
), open_entries as (
  select p.id, p.amount, p.currency, o.id is null or o.status = 'cancelled' or exists (
      select from orders_orderstatuschange c
      where c.order_id = o.id and c.new = 'delivered' and c.at <= %(delivered_by)s
    ) as is_due
  from posted p
    left join orders_ordergroup g on g.number = p.purchase
    left join orders_order o on o.group_id = g.id and o.merchant_id = p.merchant_id
)
"""

_BALANCES = f"""
{_OPEN}, under_way as (
  select a.currency, -sum(e.amount) as amount
  from ledger_account a join ledger_ledgerentry e on e.account_id = a.id
  where a.platform_id = %(platform)s and a.merchant_id = %(merchant)s and a.kind = 'in_payout'
  group by a.currency
), owed as (
  select currency, -coalesce(sum(amount) filter (where is_due), 0) as available,
    -coalesce(sum(amount) filter (where not is_due), 0) as pending
  from open_entries group by currency
)
select currency, coalesce(o.available, 0)::bigint, coalesce(o.pending, 0)::bigint, coalesce(u.amount, 0)::bigint
from owed o full join under_way u using (currency) order by currency
"""  # noqa: S608 - our own words

# A journal may be about several merchants; what was kept of whom stands with the orders, the refunds and the lines.
_MOVEMENTS = """
select j.kind, j.reference, j.posted_at, -e.amount, coalesce(k.commission, 0)::bigint, coalesce(k.tax, 0)::bigint
from payouts_payoutline l
  join ledger_ledgerentry e on e.id = l.entry_id
  join ledger_journalentry j on j.id = e.journal_id
  join ledger_account own on own.id = e.account_id
  left join lateral (
    select o.commission, o.commission_tax as tax from orders_ordergroup g
      join orders_order o on o.group_id = g.id and o.merchant_id = own.merchant_id
    where j.kind = 'capture' and g.number = j.reference
    union all
    select -sum(f.commission), -sum(f.commission_tax) from orders_linerefund f
      join orders_orderline s on s.id = f.line_id join orders_order o on o.id = s.order_id
    where j.kind in ('refund', 'credit') and f.reference = j.reference and o.merchant_id = own.merchant_id
    having count(*) > 0
    union all
    select sum(c.commission), sum(c.tax) from commission_commissionline c
      join orders_orderline s on s.id = c.order_line_id join orders_order o on o.id = s.order_id
    where j.kind = 'dispute_lost' and c.reference = j.reference and o.merchant_id = own.merchant_id
    having count(*) > 0
    union all
    select -coalesce(sum(x.amount) filter (where a.kind = 'commission'), 0),
      -coalesce(sum(x.amount) filter (where a.kind = 'tax_on_commission'), 0)
    from ledger_ledgerentry x join ledger_account a on a.id = x.account_id
    where j.kind in ('exchange', 'exchange_back') and x.journal_id = j.id having count(*) > 0
  ) k on true
where l.payout_id = %(payout)s and e.journal_id <> %(journal)s
order by j.posted_at, e.id
"""
