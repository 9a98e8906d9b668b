"""What stock promises."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "on-hand-is-its-movements",
        "what is on hand is the sum of everything that moved, and covers what is promised",
        "select l.id, l.on_hand, coalesce(sum(m.quantity), 0) from stock_stocklevel l"
        " left join stock_stockmovement m on m.level_id = l.id group by l.id"
        " having l.on_hand <> coalesce(sum(m.quantity), 0) or l.on_hand < l.reserved + l.allocated",
    ),
    Invariant(
        "promises-are-reservations",
        "reserved and allocated units are exactly those of live reservations",
        "select l.id from stock_stocklevel l left join stock_reservation r on r.level_id = l.id group by l.id"
        " having l.reserved <> coalesce(sum(r.quantity) filter (where r.state = 'held'), 0)"
        " or l.allocated <> coalesce(sum(r.quantity) filter (where r.state = 'allocated'), 0)",
    ),
    Invariant(
        "no-stale-hold",
        "no unit is held for an unpaid purchase half an hour after its hold ran out",
        "select id, reference from stock_reservation where state = 'held' and expires_at < now() - interval '30 minutes'",
    ),
    Invariant(
        "dispatches-are-movements",
        "every dispatched reservation took its units off the shelf, once",
        "select r.id from stock_reservation r left join stock_stockmovement m on m.level_id = r.level_id"
        " and m.reason = 'dispatch' and m.reference = r.reference where r.state = 'dispatched'"
        " and m.quantity is distinct from -r.quantity",
    ),
]
