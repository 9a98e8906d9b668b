"""What sessions of agents promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "agent-bought-once",
        "a completed session of an agent has one paid purchase, made from its own cart; no other session has any",
        "select s.id from ucp_session s"
        " where s.status = 'completed' and not exists (select from checkout_cart c"
        "   where c.visitor = s.visitor and c.group_id = s.group_id and c.status = 'completed')"
        " union all select s.id from ucp_session s join checkout_cart c on c.visitor = s.visitor"
        "   where c.group_id is not null and s.status in ('open', 'canceled')"
        " union all select s.id from ucp_session s join orders_order o on o.group_id = s.group_id"
        "   where s.status = 'completed' and o.status = 'placed'",
    ),
]
