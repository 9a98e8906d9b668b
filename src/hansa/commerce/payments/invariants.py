"""What payments promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "capture-is-in-the-books",
        "every captured payment has its journal, and each journal's provider leg is the sum of its payments",
        "select p.reference from payments_payment p where p.captured > 0 and p.journal_id is null"
        " union all select j.reference from ledger_journalentry j"
        " join (select journal_id, sum(captured) captured from payments_payment group by 1) p on p.journal_id = j.id"
        " join (select e.journal_id, sum(e.amount) amount from ledger_ledgerentry e"
        "       join ledger_account a on a.id = e.account_id and a.kind = 'provider' group by 1) e"
        "   on e.journal_id = j.id where p.captured <> e.amount",
    ),
    Invariant(
        "refunds-within-capture",
        "what was given back of a payment is the sum of its refunds and never more than was taken",
        "select p.reference from payments_payment p left join payments_refund r on r.payment_id = p.id"
        " group by p.id, p.reference, p.refunded, p.captured"
        " having p.refunded <> coalesce(sum(r.amount), 0) or p.refunded > p.captured",
    ),
    Invariant(
        "refund-is-in-the-books",
        "every refund has its journal",
        "select r.reference from payments_refund r left join ledger_journalentry j"
        " on j.platform_id = r.platform_id and j.kind = 'refund' and j.reference = r.reference where j.id is null",
    ),
    Invariant(
        "provider-agrees",
        "the sandbox provider's book and ours say the same, both ways, apart from payments still under way",
        "select coalesce(ours.ref, theirs.ref), ours.amount, theirs.amount from"
        " (select provider_ref ref, captured amount from payments_payment"
        "   where provider = 'sandbox' and captured > 0"
        "  union all select r.provider_ref, r.amount from payments_refund r"
        "   join payments_payment p on p.id = r.payment_id and p.provider = 'sandbox' where r.is_done) ours"
        " full join (select provider_ref ref, amount from payments_sandboxcharge s where outcome = 'done'"
        "   and not exists (select from payments_payment p where p.state = 'created'"
        "     and s.idempotency_key = 'charge-' || p.reference)"
        "   and not exists (select from payments_refund r where not r.is_done"
        "     and s.idempotency_key = 'refund-' || r.reference)) theirs using (ref)"
        " where ours.amount is distinct from theirs.amount",
    ),
    Invariant(
        "no-payment-left-open",
        "no payment is still open an hour after it was begun",
        "select reference from payments_payment where state = 'created' and created_at < now() - interval '1 hour'",
    ),
]
