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
        "every leg has the platform and currency of its account and its journal",
        "select e.id from ledger_ledgerentry e join ledger_account a on a.id = e.account_id"
        " join ledger_journalentry j on j.id = e.journal_id"
        " where a.currency <> e.currency or a.platform_id <> e.platform_id or j.platform_id <> e.platform_id",
    ),
]
