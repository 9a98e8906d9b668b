"""What commission promises."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "commission-is-its-lines",
        "where commission was frozen by line, the lines of an order sum to the order's commission and the tax on it",
        "select o.id from orders_order o join orders_orderline l on l.order_id = o.id"
        " join commission_commissionline c on c.order_line_id = l.id and c.reference = ''"
        " group by o.id having sum(c.commission) <> o.commission or sum(c.tax) <> o.commission_tax or count(*) <>"
        " (select count(*) from orders_orderline all_lines where all_lines.order_id = o.id)",
    ),
    Invariant(
        "commission-given-back-within",
        "no line gives back more commission or tax than was kept of it",
        "select order_line_id from commission_commissionline group by order_line_id"
        " having sum(commission) < 0 or sum(tax) < 0 or count(*) filter (where reference = '') <> 1",
    ),
    Invariant(
        "commission-is-in-the-books",
        "what a payment, a refund, a credit and a lost dispute book as commission and tax on it is what its lines say",
        "select j.id from (select case c.reference when '' then 'capture' else 'back' end kind,"
        "     case c.reference when '' then g.number else c.reference end reference, c.platform_id,"
        "     sum(c.commission) commission, sum(c.tax) tax from commission_commissionline c"
        "     join orders_orderline l on l.id = c.order_line_id join orders_order o on o.id = l.order_id"
        "     join orders_ordergroup g on g.id = o.group_id group by 1, 2, 3) k"
        " join ledger_journalentry j on j.platform_id = k.platform_id and j.reference = k.reference"
        "   and j.kind = any(case k.kind when 'capture' then array['capture']"
        "     else array['refund', 'credit', 'dispute_lost'] end)"
        " left join ledger_ledgerentry e on e.journal_id = j.id"
        " left join ledger_account a on a.id = e.account_id group by j.id, k.commission, k.tax"
        " having k.commission + coalesce(sum(e.amount) filter (where a.kind = 'commission'), 0) <> 0"
        "   or k.tax + coalesce(sum(e.amount) filter (where a.kind = 'tax_on_commission'), 0) <> 0",
    ),
]
