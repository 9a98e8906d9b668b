"""What payouts promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "payout-is-its-lines",
        "every payout closes postings that sum to its amount, all of them its merchant's",
        "select p.id from payouts_payout p left join payouts_payoutline l on l.payout_id = p.id"
        " left join ledger_ledgerentry e on e.id = l.entry_id left join ledger_account a on a.id = e.account_id"
        " group by p.id having coalesce(sum(e.amount), 0) <> 0"
        " or coalesce(sum(e.amount) filter (where e.journal_id = p.journal_id), 0) <> p.amount"
        " or bool_or(a.kind <> 'payable' or a.merchant_id <> p.merchant_id or a.platform_id <> p.platform_id"
        "   or a.currency <> p.currency)",
    ),
    Invariant(
        "payout-under-way-is-set-apart",
        "what is set apart for a merchant is the sum of the payouts that are under way",
        "select coalesce(b.merchant_id, p.merchant_id), b.amount, p.amount from"
        " (select a.platform_id, a.merchant_id, a.currency, -sum(e.amount) amount from ledger_account a"
        "   join ledger_ledgerentry e on e.account_id = a.id where a.kind = 'in_payout' group by 1, 2, 3) b"
        " full join (select platform_id, merchant_id, currency, sum(amount) amount from payouts_payout"
        "   where state in ('scheduled', 'approved', 'submitted', 'failed') group by 1, 2, 3) p"
        "   using (platform_id, merchant_id, currency)"
        " where coalesce(b.amount, 0) <> coalesce(p.amount, 0)",
    ),
    Invariant(
        "payout-sent-once",
        "a payout that was paid was carried out by exactly one attempt, and no other was",
        "select p.id, p.state from payouts_payout p left join payouts_payoutattempt t on t.payout_id = p.id"
        " and t.state in ('paid', 'returned') group by p.id"
        " having count(t.id) <> (p.state in ('paid', 'reversed'))::int",
    ),
    Invariant(
        "payout-once-a-period",
        "the periods of a merchant's payouts do not overlap",
        "select id, merchant_id, period_first from (select id, merchant_id, period_first, max(period_last) over ("
        "   partition by platform_id, merchant_id, currency order by period_first, id"
        "   rows between unbounded preceding and 1 preceding) before from payouts_payout) p where before >= period_first",
    ),
    Invariant(
        "payout-agreed-by-two",
        "two different people agreed to every payout that went on, and neither had proposed it",
        "select id from payouts_payout where state not in ('scheduled', 'cancelled') and"
        " (approved_by_id is null or confirmed_by_id is null or approved_by_id = confirmed_by_id"
        "  or proposed_by_id in (approved_by_id, confirmed_by_id))",
    ),
    Invariant(
        "bank-agrees-on-payouts",
        "the sandbox bank's book and ours say the same of every payout, apart from those under way there",
        "select coalesce(ours.key, theirs.key), ours.amount, theirs.amount from"
        " (select t.key, p.amount, p.currency from payouts_payoutattempt t join payouts_payout p on p.id = t.payout_id"
        "   where t.state in ('paid', 'returned')) ours"
        " full join (select key, amount, currency from payouts_sandboxtransfer s"
        "   where outcome in ('done', 'returned') and not exists (select from payouts_payoutattempt t"
        "     where t.key = s.key and t.state = 'submitted')) theirs using (key)"
        " where (ours.amount, ours.currency) is distinct from (theirs.amount, theirs.currency)",
    ),
    Invariant(
        "split-keeps-every-cent",
        "how a payment is divided between its orders adds up to it, and no part gives back more than it took,"
        " but where accounts paid too: there money goes back first",
        "select s.payment_id from payouts_paymentsplits(null) s join payments_payment p on p.id = s.payment_id"
        " join orders_ordergroup g on g.number = p.reference and g.source <> 'import' group by s.payment_id, p.authorised, p.captured,"
        "   p.refunded, g.tendered having sum(s.authorised) <> p.authorised or sum(s.captured) <> p.captured"
        " or sum(s.refunded) <> p.refunded or (g.tendered = 0 and bool_or(s.refunded > s.captured))",
    ),
    Invariant(
        "dispute-is-in-the-books",
        "every dispute is in the books as far as it has come",
        "select c.id, c.state from payments_chargeback c cross join lateral (values ('dispute_opened', true),"
        "   ('dispute_won', c.state = 'won'), ('dispute_lost', c.state = 'lost')) w (kind, wanted)"
        " left join ledger_journalentry j on j.platform_id = c.platform_id and j.kind = w.kind"
        "   and j.reference = 'dispute-' || c.id"
        " where w.wanted <> (j.id is not null) and coalesce(c.closed_at, c.opened_at) < now() - interval '5 minutes'",
    ),
]
