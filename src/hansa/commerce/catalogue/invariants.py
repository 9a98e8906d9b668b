"""What the catalogue promises."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "bundles-are-flat",
        "a bundle holds offers of its own merchant, none of them a bundle",
        "select c.bundle_id, c.component_id from catalogue_bundlecomponent c"
        " join catalogue_offer b on b.id = c.bundle_id join catalogue_offer p on p.id = c.component_id"
        " where b.merchant_id <> p.merchant_id"
        " or exists (select from catalogue_bundlecomponent n where n.bundle_id = c.component_id)",
    ),
    Invariant(
        "bundles-have-no-stock",
        "a bundle lies in no warehouse: only what it holds does",
        "select l.id from stock_stocklevel l where l.on_hand > 0"
        " and exists (select from catalogue_bundlecomponent c where c.bundle_id = l.offer_id)",
    ),
    Invariant(
        "listing-repeats-its-offer",
        "a listing names the merchant and the product of its offer, and the category of its product",
        "select l.id from catalogue_listing l join catalogue_offer o on o.id = l.offer_id"
        " join catalogue_variant v on v.id = o.variant_id join catalogue_product p on p.id = v.product_id"
        " where (l.merchant_id, l.product_id, l.category_id) is distinct from (o.merchant_id, p.id, p.category_id)",
    ),
    Invariant(
        "gtins-check-out",
        "every GTIN has 8, 12, 13 or 14 digits and the right last one",
        "select id, gtin from catalogue_product where not gtin_checks_out(gtin)",
    ),
]
