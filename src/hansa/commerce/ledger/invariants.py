"""What the books promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "journal-sums-to-zero",
        "every journal has at least two legs, and they sum to zero",
        "select journal_id::text, currency from ledger_ledgerentry group by journal_id, currency"
        " having sum(amount) <> 0"
        " union all select j.id::text, j.kind from ledger_journalentry j"
        " left join ledger_ledgerentry e on e.journal_id = j.id group by j.id, j.kind having count(e.id) < 2",
    ),
    Invariant(
        "trial-balance",
        "the books of every platform sum to zero in every currency",
        "select platform_id, currency, sum(amount) from ledger_ledgerentry group by 1, 2 having sum(amount) <> 0",
    ),
    Invariant(
        "leg-agrees-with-account",
        "every leg moves money, and has the platform and currency of its account and its journal",
        "select e.id from ledger_ledgerentry e left join ledger_account a on a.id = e.account_id"
        " left join ledger_journalentry j on j.id = e.journal_id"
        " where (a.currency, a.platform_id, j.platform_id) is distinct from (e.currency, e.platform_id, e.platform_id)"
        " or e.amount = 0",
    ),
    Invariant(
        "owed-is-never-below-nothing",
        "nobody who holds a card, credit or points, or waits for a payout, owes us; disputes hold no less than nothing",
        "select a.id, a.kind, sum(e.amount) from ledger_account a join ledger_ledgerentry e on e.account_id = a.id"
        " where a.kind in ('gift_card', 'store_credit', 'points', 'tender', 'in_payout', 'disputed') group by a.id"
        " having sum(case a.kind when 'disputed' then -e.amount else e.amount end) > 0",
    ),
    Invariant(
        "correction-posted-by-another",
        "every correction in the books was proposed by one person and posted by another, for its amount",
        "select j.id::text, c.id from ledger_journalentry j left join ledger_correction c on c.journal_id = j.id"
        " where j.kind in ('correction', 'clawback') and (c.id is null or c.decided_by_id is null"
        "   or c.decided_by_id = c.proposed_by_id or -c.amount is distinct from (select sum(e.amount)"
        "     from ledger_ledgerentry e join ledger_account a on a.id = e.account_id and a.kind = 'payable'"
        "     where e.journal_id = j.id))",
    ),
]
