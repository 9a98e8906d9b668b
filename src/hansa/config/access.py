"""Who may call what of the API: the one table. What is not in it is refused, and a test names it."""

from __future__ import annotations

from hansa.commerce.accounts.access import Access, Audience, Scope
from hansa.commerce.accounts.policy import Permission
from hansa.foundation.rate_limits import SIGN_IN

STORE, MERCHANT, ADMIN = Audience.STORE, Audience.MERCHANT, Audience.ADMIN

ACCESS: dict[str, Access] = {
    # Everybody, without a name.
    "GET /platforms/": Access(STORE, Scope.PRODUCTS_READ, is_open=True),
    "POST /carts/": Access(STORE, Scope.CART_WRITE, is_open=True),
    "POST /tokens/": Access(STORE, is_open=True, limit=SIGN_IN),
    # Shoppers and guests.
    "GET /products/": Access(STORE, Scope.PRODUCTS_READ, has_etag=True),
    "GET /products/suggestions": Access(STORE, Scope.PRODUCTS_READ, has_etag=True),
    "GET /products/{listing_id}": Access(STORE, Scope.PRODUCTS_READ, has_etag=True),
    "GET /products/{listing_id}/reviews/": Access(STORE, Scope.REVIEWS_READ, has_etag=True),
    "POST /reviews/": Access(STORE, Scope.REVIEWS_WRITE),
    "GET /recommendations/": Access(STORE, Scope.PRODUCTS_READ),
    "GET /cart/": Access(STORE, Scope.CART_WRITE),
    "PUT /cart/lines": Access(STORE, Scope.CART_WRITE),
    "GET /delivery-windows/": Access(STORE, Scope.CART_WRITE),
    "GET /orders/": Access(STORE, Scope.PURCHASES_READ),
    "GET /orders/{number}": Access(STORE, Scope.PURCHASES_READ),
    "POST /orders/": Access(STORE, Scope.PURCHASES_WRITE),
    "POST /orders/{number}/cancel": Access(STORE, Scope.PURCHASES_WRITE),
    "GET /users/me": Access(STORE, Scope.ACCOUNT_READ),
    "PATCH /users/me": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /users/{user_id}": Access(STORE, Scope.ACCOUNT_READ),
    # People of a merchant.
    "PATCH /products/{listing_id}": Access(MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT),
    "GET /merchants/{merchant_id}/proposals/": Access(MERCHANT, Scope.PLANNING_READ, Permission.SEE_MERCHANT),
    "POST /proposals/{proposal_id}/accept": Access(MERCHANT, Scope.PLANNING_WRITE),
    "POST /purchase-orders/{purchase_order_id}/receive": Access(MERCHANT, Scope.PLANNING_WRITE),
    "GET /merchants/{merchant_id}/keys/": Access(MERCHANT, None, Permission.RUN_MERCHANT),
    "POST /merchants/{merchant_id}/keys/": Access(MERCHANT, None, Permission.RUN_MERCHANT),
    "DELETE /merchants/{merchant_id}/keys/{key_id}": Access(MERCHANT, None, Permission.RUN_MERCHANT),
    # Operators of a platform.
    "GET /keys/": Access(ADMIN, None, Permission.RUN_PLATFORM),
    "POST /keys/": Access(ADMIN, None, Permission.RUN_PLATFORM),
    "DELETE /keys/{key_id}": Access(ADMIN, None, Permission.RUN_PLATFORM),
    "GET /users/": Access(ADMIN, Scope.USERS_READ, Permission.SEE_PLATFORM),
}
