"""What webhooks promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "webhook-stays-at-home",
        "a message goes to an endpoint of its own platform, and a try is of its own message's platform",
        "select d.id from webhooks_delivery d join webhooks_endpoint e on e.id = d.endpoint_id"
        " where d.platform_id <> e.platform_id union all"
        " select a.id from webhooks_attempt a join webhooks_delivery d on d.id = a.delivery_id"
        " where a.platform_id <> d.platform_id",
    ),
    Invariant(
        "webhook-arrived-with-proof",
        "a message counts as delivered only with a try that was answered by success",
        "select d.id from webhooks_delivery d where d.state = 'delivered' and not exists"
        " (select from webhooks_attempt a where a.delivery_id = d.id and a.status between 200 and 299)",
    ),
    Invariant(
        "webhook-hears-its-own-orders",
        "a merchant's endpoint was told of no order of another merchant",
        "select d.id from webhooks_delivery d join webhooks_endpoint e on e.id = d.endpoint_id"
        " where e.merchant_id is not null and (d.body::jsonb #>> '{data,merchant_id}')::bigint <> e.merchant_id",
    ),
]
