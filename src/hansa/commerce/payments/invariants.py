"""What payments promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "capture-is-in-the-books",
        "every captured payment has its journal, each journal's provider leg is the sum of its payments,"
        " and no capture is booked without a payment",
        "select p.reference from payments_payment p where p.captured > 0 and p.journal_id is null"
        " union all select j.reference from ledger_journalentry j"
        " join (select journal_id, sum(captured) captured from payments_payment group by 1) p on p.journal_id = j.id"
        " left join (select e.journal_id, sum(e.amount) amount from ledger_ledgerentry e"
        "       join ledger_account a on a.id = e.account_id and a.kind = 'provider' group by 1) e"
        "   on e.journal_id = j.id where p.captured <> coalesce(e.amount, 0)"
        " union all select j.reference from ledger_journalentry j left join payments_payment p on p.journal_id = j.id"
        "   where j.kind = 'capture' and p.reference is distinct from j.reference",
    ),
    Invariant(
        "refunds-within-capture",
        "what was given back of a payment is the sum of its refunds and never more than was taken, nor that more than was held",
        "select p.reference from payments_payment p left join payments_refund r on r.payment_id = p.id"
        " group by p.id, p.reference, p.refunded, p.captured, p.authorised, p.amount"
        " having p.refunded <> coalesce(sum(r.amount), 0) or p.refunded > p.captured or p.captured > p.authorised"
        " or p.authorised > p.amount or min(r.amount) <= 0",
    ),
    Invariant(
        "refund-is-in-the-books",
        "every refund has its journal with the same amount, and none is booked without a refund",
        "select coalesce(r.reference, b.reference), r.amount, b.amount from payments_refund r"
        " full join (select j.platform_id, j.reference, -coalesce(sum(e.amount) filter (where a.kind = 'provider'), 0) amount"
        "   from ledger_journalentry j join ledger_ledgerentry e on e.journal_id = j.id"
        "   join ledger_account a on a.id = e.account_id where j.kind = 'refund' group by 1, 2) b"
        "   using (platform_id, reference) where coalesce(r.amount, 0) <> coalesce(b.amount, 0)",
    ),
    Invariant(
        "refund-is-told",
        "every refund made here has told the outbox, once, so that the provider is asked for it",
        "select r.reference from payments_refund r"
        " join payments_payment p on p.id = r.payment_id and p.provider <> 'import' left join (select (payload ->> 'refund_id')::bigint as id, count(*) told"
        "   from outbox_event where kind = 'RefundRequested' group by 1) e on e.id = r.id where e.told is distinct from 1",
    ),
    Invariant(
        "webhook-is-judged",
        "every webhook is kept once, and has its verdict five minutes after it came",
        "select h.id, h.event_id from payments_heardevent h left join payments_eventverdict v on v.event_id = h.id"
        " where v.id is null and h.received_at < now() - interval '5 minutes'"
        " union all select min(id), event_id from payments_heardevent group by provider, event_id having count(*) > 1",
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
        "no payment is still open or only held an hour after it was begun, unless it waits for a group",
        "select p.reference from payments_payment p where p.state in ('created', 'authorised')"
        " and p.created_at < now() - interval '1 hour' and not exists (select from promotions_groupmember m"
        " join promotions_buyinggroup g on g.id = m.group_id where m.reference = p.reference and not m.has_left"
        " and m.is_held and (g.state = 'open' or g.ended_at > now() - interval '1 hour'))",
    ),
]
