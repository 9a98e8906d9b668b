"""What planning promises."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "forecasts-are-numbers",
        "every forecast is finite and not negative",
        "select f.id from planning_forecast f, unnest(f.mean || array(select unnest(f.quantiles))) value"
        " where value = 'NaN' or value = 'Infinity' or value < 0",
    ),
    Invariant(
        "received-goods-are-in-stock",
        "every received purchase order put its units on hand, once",
        "select p.id from planning_purchaseorder p left join stock_stockmovement m"
        " on m.reason = 'receipt' and m.reference = 'purchase-order-' || p.id"
        " where (p.status = 'received') <> (m.id is not null) or m.quantity <> p.units",
    ),
]
