"""What lists promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "wish-on-its-platform",
        "a list holds goods of its own platform only",
        "select w.id from wishlists_wish w join wishlists_wishlist l on l.id = w.wishlist_id"
        " join catalogue_listing g on g.id = w.listing_id"
        " where w.platform_id <> l.platform_id or w.platform_id <> g.platform_id",
    ),
]
