"""What the alliance promises."""

from hansa.foundation.invariants import Invariant

_WITH_PARTNER = (
    "(select coalesce(sum(e.amount), 0) from ledger_ledgerentry e join ledger_account a on a.id = e.account_id"
    " where e.journal_id = {journal} and a.kind = 'alliance' and a.partner_id = {partner})"
)
_DEBTOR_SAYS = _WITH_PARTNER.format(journal="i.debtor_journal_id", partner="i.creditor_id")
_CREDITOR_SAYS = _WITH_PARTNER.format(journal="i.creditor_journal_id", partner="i.debtor_id")

INVARIANTS = [
    Invariant(
        "audit-chain-unbroken",
        "the audit chain has no gap, and each line carries the hash of the one before",
        "select sequence, act from (select sequence, act, previous_hash,"
        " lag(hash, 1, repeat('0', 64)) over (order by sequence) before,"
        " row_number() over (order by sequence) place from alliance_auditevent) line"
        " where previous_hash <> before or sequence <> place",
    ),
    Invariant(
        "audit-line-is-its-hash",
        "every audit line says what its hash was made of",
        "select sequence, act from alliance_auditevent where hash <> encode(sha256(convert_to('{\"act\":' || to_json(act)"
        " || ',\"actor\":' || to_json(actor) || ',\"at\":\"' || to_char(at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
        ' || \'+00:00","body":\' || canonical_json(body) || \',"previous":"\' || previous_hash'
        " || '\",\"sequence\":' || sequence || '}', 'UTF8')), 'hex')",
    ),
    Invariant(
        "call-fresh-and-allowed",
        "every call that was let pass was signed within a minute of our clock, came once, and had its leave",
        "select m.id, m.scope from alliance_gatewaymessage m where m.accepted"
        " and (abs(extract(epoch from m.received_at - m.issued_at)) <= 60 is not true"
        "  or not exists (select from alliance_grant g where g.giver_id = m.receiver_id and g.receiver_id = m.sender_id"
        "    and g.scope = m.scope and g.purpose = m.purpose and m.received_at between g.not_before and g.not_after"
        "    and (g.revoked_at is null or m.received_at < g.revoked_at)))"
        " union all select max(id), max(scope) from alliance_gatewaymessage where accepted"
        "   group by sender_id, nonce having count(*) > 1",
    ),
    Invariant(
        "revoked-member-is-kept-out",
        "no call passed that came from a member, or went to one, after it was suspended or had left",
        "select m.id, m.scope from alliance_gatewaymessage m join alliance_member b on b.id in (m.sender_id, m.receiver_id)"
        " where m.accepted and m.received_at >= b.revoked_at",
    ),
    Invariant(
        "decision-is-audited",
        "the gateway has written one audit line for each decision",
        "select messages, lines from (select count(*) messages from alliance_gatewaymessage) m,"
        " (select count(*) lines from alliance_auditevent where act in ('gateway.accepted', 'gateway.refused')) a"
        " where messages <> lines",
    ),
    Invariant(
        "books-of-partners-mirror",
        "what one platform owes another stands in both books with the same amount",
        f"select i.reference, i.amount, {_DEBTOR_SAYS} debtor, {_CREDITOR_SAYS} creditor"
        f" from alliance_settlementitem i where -{_DEBTOR_SAYS} <> i.amount or {_CREDITOR_SAYS} <> i.amount",
    ),
    Invariant(
        "batch-is-its-items",
        "each settlement batch pays the balance of its items",
        "select b.id, b.amount from alliance_settlementbatch b join alliance_settlementitem i on i.batch_id = b.id"
        " group by b.id, b.amount, b.debtor_id"
        " having sum(case when i.debtor_id = b.debtor_id then i.amount else -i.amount end) <> b.amount",
    ),
    Invariant(
        "pair-hides-the-few",
        "no released pair of products was bought by fewer people or at fewer members than the run promised",
        "select p.id from alliance_copurchase p join alliance_jobrun r on r.id = p.run_id"
        " where p.buyers < (r.params ->> 'least_buyers')::int or p.members < (r.params ->> 'least_members')::int",
    ),
]
