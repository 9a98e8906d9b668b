"""What returns, exchanges and disputes promise."""

from hansa.commerce.aftersale.domain import DISPUTE_MOVES, OPEN_DISPUTES, OPEN_RETURNS, RETURN_MOVES
from hansa.foundation.invariants import Invariant

_RETURN_STEPS = ", ".join(
    f"('{old}', '{new}')" for old, news in {**RETURN_MOVES, "": {"requested"}}.items() for new in sorted(news)
)
_OPEN_RETURNS = ", ".join(f"'{state}'" for state in OPEN_RETURNS)
_OPEN_DISPUTES = ", ".join(f"'{state}'" for state in OPEN_DISPUTES)
_BOOKED = (  # what these facts moved on the accounts of the merchant, of commission, and of the tax on it
    "(select (coalesce(sum(e.amount) filter (where a.kind = 'payable'), 0)::bigint,"
    " coalesce(sum(e.amount) filter (where a.kind = 'commission'), 0)::bigint,"
    " coalesce(sum(e.amount) filter (where a.kind = 'tax_on_commission'), 0)::bigint)"
    " from ledger_journalentry j join ledger_ledgerentry e on e.journal_id = j.id join ledger_account a on a.id = e.account_id"
    " where j.platform_id = x.platform_id and j.kind = '{kind}' and j.reference in ({numbers}))"
)
assert set(DISPUTE_MOVES) == set(OPEN_DISPUTES)

INVARIANTS = [
    Invariant(
        "one-active-return-per-unit",
        "the units of a line that are coming back are those of its open returns, and the ones that are back were accepted",
        "select l.id from orders_orderline l left join (select r.line_id,"
        f"   sum(r.quantity) filter (where q.state in ({_OPEN_RETURNS})) coming, sum(r.accepted) accepted"
        "   from aftersale_returnline r join aftersale_returnrequest q on q.id = r.request_id"
        "   where q.sends_back_id is null group by 1) r on r.line_id = l.id"
        " where l.coming_back <> coalesce(r.coming, 0) or l.returned <> coalesce(r.accepted, 0)"
        " union all select x.id from aftersale_exchange x left join (select q.sends_back_id,"
        f"   sum(r.quantity) filter (where q.state in ({_OPEN_RETURNS})) coming, sum(r.accepted) accepted"
        "   from aftersale_returnline r join aftersale_returnrequest q on q.id = r.request_id group by 1) r"
        "   on r.sends_back_id = x.id"
        " where x.coming_back <> coalesce(r.coming, 0) or x.returned <> coalesce(r.accepted, 0)",
    ),
    Invariant(
        "exchanged-units-stand-apart",
        "the units of a line that others went out for, and what is left of its price for them, are those of its exchanges",
        "select l.id from orders_orderline l left join (select r.line_id, sum(x.quantity - x.returned) units,"
        "   sum(least(x.price, x.worth) - least(x.price, x.worth) * x.returned / x.quantity) paid"
        "   from aftersale_exchange x join aftersale_returnline r on r.request_id = x.request_id group by 1) x"
        "   on x.line_id = l.id where l.exchanged <> coalesce(x.units, 0) or l.exchanged_paid <> coalesce(x.paid, 0)",
    ),
    Invariant(
        "exchange-is-in-the-books",
        "what an exchange cost more is in the books with its commission and the tax on it, and so is what of it went back",
        f"select q.number from aftersale_exchange x join aftersale_returnrequest q on q.id = x.request_id"
        f" where {_BOOKED.format(kind='exchange', numbers='select q.number')}"
        "   is distinct from (x.worth - x.price + x.commission + x.commission_tax, -x.commission, -x.commission_tax)"
        "   and x.price > x.worth or x.price > x.worth and "
        f"{_BOOKED.format(kind='exchange_back', numbers='select r.number from aftersale_returnrequest r where r.sends_back_id = x.id')}"
        "   is distinct from ((x.price - x.worth) * x.returned / x.quantity - x.commission * x.returned / x.quantity"
        "     - x.commission_tax * x.returned / x.quantity, x.commission * x.returned / x.quantity,"
        "     x.commission_tax * x.returned / x.quantity)",
    ),
    Invariant(
        "return-is-its-steps",
        "every step of a return is legal, and the last one led where it stands",
        f"select s.request_id from aftersale_returnstep s where (s.old, s.new) not in (values {_RETURN_STEPS})"
        " union all select q.id from aftersale_returnrequest q left join lateral (select new"
        "   from aftersale_returnstep s where s.request_id = q.id order by s.id desc limit 1) s on true"
        " where s.new is distinct from q.state",
    ),
    Invariant(
        "dispute-is-its-last-word",
        "a dispute stands where its last entry left it, and only a decided one is closed",
        "select d.id from aftersale_dispute d left join lateral (select state from aftersale_disputeentry e"
        "   where e.dispute_id = d.id order by e.id desc limit 1) e on true"
        f" where e.state is distinct from d.state or (d.closed_at is null) <> (d.state in ({_OPEN_DISPUTES}))",
    ),
    Invariant(
        "settled-return-is-paid",
        "what a return or a dispute says it gave back is what its refund gave",
        "select q.number from aftersale_returnrequest q left join (select f.reference, sum(f.paid) paid"
        "   from orders_linerefund f group by 1) f on f.reference = q.number"
        " where q.amount < coalesce(f.paid, 0) or (q.amount > 0 and f.paid is null)"
        " union all select d.number from aftersale_dispute d left join (select f.reference, sum(f.paid) paid"
        "   from orders_linerefund f group by 1) f on f.reference = d.number"
        " where d.given_back <> coalesce(f.paid, 0)",
    ),
    Invariant(
        "restocked-is-on-the-shelf",
        "what an inspection put back on the shelf moved into stock, and an exchange that was sent moved out of it",
        "select q.number from aftersale_returnrequest q join aftersale_returnline r on r.request_id = q.id"
        " where r.restocked > 0 and not exists (select from stock_stockmovement m where m.reason = 'return'"
        "   and m.reference = q.number || '-' || r.line_id)"
        " union all select q.number from aftersale_exchange x join aftersale_returnrequest q on q.id = x.request_id"
        " where (x.sent_at is not null) <> exists (select from stock_stockmovement m where m.reason = 'dispatch'"
        "   and m.reference = q.number)",
    ),
]
