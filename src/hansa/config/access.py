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
    "POST /reviews/": Access(STORE, Scope.OPINIONS_WRITE),
    "GET /recommendations/": Access(STORE, Scope.PRODUCTS_READ),
    "GET /products/{listing_id}/why": Access(STORE, Scope.ACCOUNT_READ),
    "POST /acts/": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /profile/": Access(STORE, Scope.ACCOUNT_READ),
    "DELETE /profile/lines/{axis}/{key}": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /profile/acts/": Access(STORE, Scope.ACCOUNT_READ),
    "DELETE /profile/acts/": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /mutes/": Access(STORE, Scope.ACCOUNT_READ),
    "PUT /mutes/{kind}/{key}": Access(STORE, Scope.ACCOUNT_WRITE),
    "DELETE /mutes/{kind}/{key}": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /cart/": Access(STORE, Scope.CART_WRITE),
    "PUT /cart/lines": Access(STORE, Scope.CART_WRITE),
    "GET /delivery-windows/": Access(STORE, Scope.CART_WRITE),
    "GET /orders/": Access(STORE, Scope.PURCHASES_READ),
    "GET /orders/{number}": Access(STORE, Scope.PURCHASES_READ),
    "POST /orders/": Access(STORE, Scope.PURCHASES_WRITE),
    "GET /products/{listing_id}/groups/": Access(STORE, Scope.PRODUCTS_READ),
    "GET /groups/{group_id}": Access(STORE, Scope.PRODUCTS_READ),
    "GET /orders/{number}/group": Access(STORE, Scope.PURCHASES_READ),
    "POST /orders/{number}/cancel": Access(STORE, Scope.PURCHASES_WRITE),
    "GET /tokens/": Access(STORE),
    "DELETE /tokens/{token_id}": Access(STORE),
    "GET /users/me": Access(STORE, Scope.ACCOUNT_READ),
    "PATCH /users/me": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /users/{user_id}": Access(STORE, Scope.ACCOUNT_READ),
    "GET /products/{listing_id}/ratings": Access(STORE, Scope.REVIEWS_READ),
    "GET /merchants/{merchant_id}/score": Access(STORE, Scope.REVIEWS_READ),
    "PUT /reviews/{review_id}": Access(STORE, Scope.OPINIONS_WRITE),
    "PUT /votes/{kind}/{contribution_id}": Access(STORE, Scope.OPINIONS_WRITE),
    "POST /reports/{kind}/{contribution_id}": Access(STORE, Scope.OPINIONS_WRITE),
    "GET /products/{listing_id}/questions/": Access(STORE, Scope.REVIEWS_READ),
    "POST /products/{listing_id}/questions/": Access(STORE, Scope.OPINIONS_WRITE),
    "POST /questions/{question_id}/answers/": Access(STORE, Scope.OPINIONS_WRITE),
    "GET /wishlists/": Access(STORE, Scope.ACCOUNT_READ),
    "POST /wishlists/": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /wishlists/shared/{token}": Access(STORE, Scope.PRODUCTS_READ),
    "GET /wishlists/{wishlist_id}": Access(STORE, Scope.ACCOUNT_READ),
    "PATCH /wishlists/{wishlist_id}": Access(STORE, Scope.ACCOUNT_WRITE),
    "DELETE /wishlists/{wishlist_id}": Access(STORE, Scope.ACCOUNT_WRITE),
    "PUT /wishlists/{wishlist_id}/shared": Access(STORE, Scope.ACCOUNT_WRITE),
    "POST /wishlists/{wishlist_id}/move-to-cart": Access(STORE, Scope.CART_WRITE),
    "PUT /wishes/{listing_id}": Access(STORE, Scope.ACCOUNT_WRITE),
    "DELETE /wishes/{listing_id}": Access(STORE, Scope.ACCOUNT_WRITE),
    "PUT /users/me/profile": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /following/": Access(STORE, Scope.ACCOUNT_READ),
    "GET /following/feed": Access(STORE, Scope.ACCOUNT_READ),
    "PUT /following/merchants/{merchant_id}": Access(STORE, Scope.ACCOUNT_WRITE),
    "DELETE /following/merchants/{merchant_id}": Access(STORE, Scope.ACCOUNT_WRITE),
    "PUT /following/people/{handle}": Access(STORE, Scope.ACCOUNT_WRITE),
    "DELETE /following/people/{handle}": Access(STORE, Scope.ACCOUNT_WRITE),
    "GET /notices/": Access(STORE, Scope.ACCOUNT_READ),
    "POST /notices/read": Access(STORE, Scope.ACCOUNT_WRITE),
    "POST /orders/{number}/cancellations": Access(STORE, Scope.PURCHASES_WRITE),
    "POST /orders/{number}/returns/": Access(STORE, Scope.PURCHASES_WRITE),
    "GET /returns/{number}": Access(STORE, Scope.PURCHASES_READ),
    "POST /returns/{number}/cancel": Access(STORE, Scope.PURCHASES_WRITE),
    "POST /returns/{number}/parcel": Access(STORE, Scope.PURCHASES_WRITE),
    "POST /orders/{number}/disputes/": Access(STORE, Scope.PURCHASES_WRITE),
    "GET /disputes/{number}": Access(STORE, Scope.PURCHASES_READ),
    "POST /disputes/{number}/reply": Access(STORE, Scope.PURCHASES_WRITE),
    "POST /disputes/{number}/evidence": Access(STORE, Scope.PURCHASES_WRITE),
    # People of a merchant.
    "POST /shop-orders/{order_id}/parcels/": Access(MERCHANT, Scope.ORDERS_WRITE),
    "POST /parcels/{parcel_id}/news": Access(MERCHANT, Scope.ORDERS_WRITE),
    "GET /merchants/{merchant_id}/returns/": Access(MERCHANT, Scope.ORDERS_READ, Permission.SEE_MERCHANT),
    "POST /returns/{number}/decision": Access(MERCHANT, Scope.ORDERS_WRITE),
    "POST /returns/{number}/receipt": Access(MERCHANT, Scope.ORDERS_WRITE),
    "POST /returns/{number}/inspection": Access(MERCHANT, Scope.ORDERS_WRITE),
    "POST /returns/{number}/exchange-parcel": Access(MERCHANT, Scope.ORDERS_WRITE),
    "GET /merchants/{merchant_id}/disputes/": Access(MERCHANT, Scope.ORDERS_READ, Permission.SEE_MERCHANT),
    "POST /disputes/{number}/answer": Access(MERCHANT, Scope.ORDERS_WRITE),
    "PUT /reviews/{review_id}/reply": Access(MERCHANT, Scope.REVIEWS_WRITE),
    "POST /merchants/{merchant_id}/questions/{question_id}/answers/": Access(MERCHANT, Scope.REVIEWS_WRITE),
    "PATCH /products/{listing_id}": Access(MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT),
    "GET /merchants/{merchant_id}/goods": Access(MERCHANT, Scope.PRODUCTS_READ, Permission.SEE_MERCHANT),
    "POST /merchants/{merchant_id}/goods": Access(MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT),
    "GET /merchants/{merchant_id}/proposals/": Access(MERCHANT, Scope.PLANNING_READ, Permission.SEE_MERCHANT),
    "POST /proposals/{proposal_id}/accept": Access(MERCHANT, Scope.PLANNING_WRITE),
    "POST /purchase-orders/{purchase_order_id}/receive": Access(MERCHANT, Scope.PLANNING_WRITE),
    "GET /merchants/{merchant_id}/keys/": Access(MERCHANT, None, Permission.RUN_MERCHANT),
    "POST /merchants/{merchant_id}/keys/": Access(MERCHANT, None, Permission.RUN_MERCHANT),
    "DELETE /merchants/{merchant_id}/keys/{key_id}": Access(MERCHANT, None, Permission.RUN_MERCHANT),
    "GET /merchants/{merchant_id}/webhooks/": Access(MERCHANT, Scope.WEBHOOKS_READ, Permission.RUN_MERCHANT),
    "POST /merchants/{merchant_id}/webhooks/": Access(
        MERCHANT, Scope.WEBHOOKS_WRITE, Permission.RUN_MERCHANT
    ),
    "PUT /merchants/{merchant_id}/webhooks/{endpoint_id}": Access(
        MERCHANT, Scope.WEBHOOKS_WRITE, Permission.RUN_MERCHANT
    ),
    "DELETE /merchants/{merchant_id}/webhooks/{endpoint_id}": Access(
        MERCHANT, Scope.WEBHOOKS_WRITE, Permission.RUN_MERCHANT
    ),
    "POST /merchants/{merchant_id}/webhooks/{endpoint_id}/secret": Access(
        MERCHANT, Scope.WEBHOOKS_WRITE, Permission.RUN_MERCHANT
    ),
    "GET /merchants/{merchant_id}/webhooks/{endpoint_id}/messages/": Access(
        MERCHANT, Scope.WEBHOOKS_READ, Permission.RUN_MERCHANT
    ),
    "POST /merchants/{merchant_id}/webhook-messages/{delivery_id}/redeliver": Access(
        MERCHANT, Scope.WEBHOOKS_WRITE, Permission.RUN_MERCHANT
    ),
    "GET /merchants/{merchant_id}/balance": Access(MERCHANT, Scope.MONEY_READ, Permission.SEE_MERCHANT),
    "GET /merchants/{merchant_id}/payouts/": Access(MERCHANT, Scope.MONEY_READ, Permission.SEE_MERCHANT),
    "GET /merchants/{merchant_id}/payouts/{payout_id}": Access(
        MERCHANT, Scope.MONEY_READ, Permission.SEE_MERCHANT
    ),
    "GET /merchants/{merchant_id}/stock/": Access(MERCHANT, Scope.STOCK_READ, Permission.SEE_MERCHANT),
    "GET /merchants/{merchant_id}/orders/": Access(MERCHANT, Scope.ORDERS_READ, Permission.SEE_MERCHANT),
    "GET /merchants/{merchant_id}/takings": Access(MERCHANT, Scope.ANALYTICS_READ, Permission.SEE_MERCHANT),
    "GET /merchants/{merchant_id}/funnel": Access(MERCHANT, Scope.ANALYTICS_READ, Permission.SEE_MERCHANT),
    "GET /merchants/{merchant_id}/promotions/": Access(
        MERCHANT, Scope.PROMOTIONS_READ, Permission.SEE_MERCHANT
    ),
    "POST /merchants/{merchant_id}/promotions/": Access(
        MERCHANT, Scope.PROMOTIONS_WRITE, Permission.RUN_MERCHANT
    ),
    "GET /merchants/{merchant_id}/purchase-orders/": Access(
        MERCHANT, Scope.PLANNING_READ, Permission.SEE_MERCHANT
    ),
    "POST /proposals/{proposal_id}/reject": Access(MERCHANT, Scope.PLANNING_WRITE),
    "POST /merchants/{merchant_id}/products/": Access(
        MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT
    ),
    "PATCH /merchants/{merchant_id}/products/{product_id}": Access(
        MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT
    ),
    "POST /merchants/{merchant_id}/products/{product_id}/variants/": Access(
        MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT
    ),
    "GET /merchants/{merchant_id}/edits/": Access(MERCHANT, Scope.PRODUCTS_READ, Permission.SEE_MERCHANT),
    "PATCH /merchants/{merchant_id}/offers/{offer_id}": Access(
        MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT
    ),
    "PUT /merchants/{merchant_id}/offers/{offer_id}/listing": Access(
        MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT
    ),
    "POST /merchants/{merchant_id}/bundles/": Access(MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT),
    "POST /merchants/{merchant_id}/pictures/": Access(
        MERCHANT, Scope.PRODUCTS_WRITE, Permission.RUN_MERCHANT
    ),
    "POST /merchants/{merchant_id}/stock/{level_id}/corrections/": Access(
        MERCHANT, Scope.STOCK_WRITE, Permission.RUN_MERCHANT
    ),
    "POST /merchants/{merchant_id}/plans/": Access(MERCHANT, Scope.PLANNING_WRITE, Permission.RUN_MERCHANT),
    "GET /merchants/{merchant_id}/team/": Access(MERCHANT, None, Permission.GIVE_MERCHANT_ROLES),
    "PUT /merchants/{merchant_id}/team/{user_id}": Access(MERCHANT, None, Permission.GIVE_MERCHANT_ROLES),
    "DELETE /merchants/{merchant_id}/team/{user_id}": Access(MERCHANT, None, Permission.GIVE_MERCHANT_ROLES),
    "GET /merchants/{merchant_id}/invitations/": Access(MERCHANT, None, Permission.GIVE_MERCHANT_ROLES),
    "POST /merchants/{merchant_id}/invitations/": Access(MERCHANT, None, Permission.GIVE_MERCHANT_ROLES),
    "DELETE /merchants/{merchant_id}/invitations/{invitation_id}": Access(
        MERCHANT, None, Permission.GIVE_MERCHANT_ROLES
    ),
    # Operators of a platform.
    "GET /merchants/": Access(ADMIN, Scope.MERCHANTS_READ, Permission.SEE_PLATFORM),
    "GET /purchases/": Access(ADMIN, Scope.ORDERS_READ, Permission.SEE_PLATFORM),
    "GET /analytics/reach": Access(ADMIN, Scope.ANALYTICS_READ, Permission.SEE_PLATFORM),
    "GET /coupons/": Access(ADMIN, Scope.PROMOTIONS_READ, Permission.SEE_PLATFORM),
    "GET /promotions/waiting/": Access(ADMIN, Scope.PROMOTIONS_READ, Permission.SEE_PLATFORM),
    "POST /promotions/{promotion_id}/agree": Access(ADMIN, Scope.PROMOTIONS_WRITE, Permission.RUN_PLATFORM),
    "GET /returns/": Access(ADMIN, Scope.ORDERS_READ, Permission.SEE_PLATFORM),
    "GET /disputes/": Access(ADMIN, Scope.ORDERS_READ, Permission.SEE_PLATFORM),
    "POST /disputes/{number}/decision": Access(ADMIN, Scope.ORDERS_WRITE, Permission.RUN_PLATFORM),
    "GET /webhooks/": Access(ADMIN, Scope.WEBHOOKS_READ, Permission.RUN_PLATFORM),
    "POST /webhooks/": Access(ADMIN, Scope.WEBHOOKS_WRITE, Permission.RUN_PLATFORM),
    "PUT /webhooks/{endpoint_id}": Access(ADMIN, Scope.WEBHOOKS_WRITE, Permission.RUN_PLATFORM),
    "DELETE /webhooks/{endpoint_id}": Access(ADMIN, Scope.WEBHOOKS_WRITE, Permission.RUN_PLATFORM),
    "POST /webhooks/{endpoint_id}/secret": Access(ADMIN, Scope.WEBHOOKS_WRITE, Permission.RUN_PLATFORM),
    "GET /webhooks/{endpoint_id}/messages/": Access(ADMIN, Scope.WEBHOOKS_READ, Permission.RUN_PLATFORM),
    "POST /webhook-messages/{delivery_id}/redeliver": Access(
        ADMIN, Scope.WEBHOOKS_WRITE, Permission.RUN_PLATFORM
    ),
    "GET /moderation/": Access(ADMIN, Scope.REVIEWS_READ, Permission.RUN_PLATFORM),
    "POST /moderation/{kind}/{contribution_id}": Access(ADMIN, Scope.REVIEWS_WRITE, Permission.RUN_PLATFORM),
    "GET /payouts/": Access(ADMIN, Scope.MONEY_READ, Permission.SEE_PLATFORM),
    "POST /payouts/{payout_id}/approve": Access(ADMIN, Scope.MONEY_WRITE, Permission.RUN_PLATFORM),
    "GET /keys/": Access(ADMIN, None, Permission.RUN_PLATFORM),
    "POST /keys/": Access(ADMIN, None, Permission.RUN_PLATFORM),
    "DELETE /keys/{key_id}": Access(ADMIN, None, Permission.RUN_PLATFORM),
    "GET /users/": Access(ADMIN, Scope.USERS_READ, Permission.SEE_PLATFORM),
    "PUT /merchants/{merchant_id}/approval": Access(ADMIN, Scope.MERCHANTS_WRITE, Permission.RUN_PLATFORM),
    "PUT /merchants/{merchant_id}/suspension": Access(ADMIN, Scope.MERCHANTS_WRITE, Permission.RUN_PLATFORM),
    "GET /settings": Access(ADMIN, Scope.PLATFORM_READ, Permission.SEE_PLATFORM),
    "PATCH /settings": Access(ADMIN, Scope.PLATFORM_WRITE, Permission.RUN_PLATFORM),
    "GET /roles/": Access(ADMIN, None, Permission.GIVE_PLATFORM_ROLES),
    "PUT /roles/{role}/{user_id}": Access(ADMIN, None, Permission.GIVE_PLATFORM_ROLES),
    "DELETE /roles/{role}/{user_id}": Access(ADMIN, None, Permission.GIVE_PLATFORM_ROLES),
    "GET /categories/": Access(ADMIN, Scope.PRODUCTS_READ, Permission.SEE_PLATFORM),
    "POST /categories/": Access(ADMIN, Scope.PRODUCTS_WRITE, Permission.RUN_PLATFORM),
    "PATCH /categories/{category_id}": Access(ADMIN, Scope.PRODUCTS_WRITE, Permission.RUN_PLATFORM),
    "GET /brands/": Access(ADMIN, Scope.PRODUCTS_READ, Permission.SEE_PLATFORM),
    "PATCH /brands/{brand_id}": Access(ADMIN, Scope.PRODUCTS_WRITE, Permission.RUN_PLATFORM),
    "GET /attributes/": Access(ADMIN, Scope.PRODUCTS_READ, Permission.SEE_PLATFORM),
    "POST /attributes/": Access(ADMIN, Scope.PRODUCTS_WRITE, Permission.RUN_PLATFORM),
    "GET /synonyms/": Access(ADMIN, Scope.PRODUCTS_READ, Permission.SEE_PLATFORM),
    "POST /synonyms/": Access(ADMIN, Scope.PRODUCTS_WRITE, Permission.RUN_PLATFORM),
    "DELETE /synonyms/{group_id}": Access(ADMIN, Scope.PRODUCTS_WRITE, Permission.RUN_PLATFORM),
    "GET /edits/": Access(ADMIN, Scope.PRODUCTS_READ, Permission.SEE_PLATFORM),
    "POST /edits/{edit_id}/decision": Access(ADMIN, Scope.PRODUCTS_WRITE, Permission.RUN_PLATFORM),
    "GET /price-lists/": Access(ADMIN, Scope.PLATFORM_READ, Permission.SEE_PLATFORM),
    "POST /price-lists/": Access(ADMIN, Scope.PLATFORM_WRITE, Permission.RUN_PLATFORM),
    "GET /price-lists/{price_list_id}/prices/": Access(ADMIN, Scope.PLATFORM_READ, Permission.SEE_PLATFORM),
    "PUT /price-lists/{price_list_id}/prices/": Access(ADMIN, Scope.PLATFORM_WRITE, Permission.RUN_PLATFORM),
    "GET /tax": Access(ADMIN, Scope.PLATFORM_READ, Permission.SEE_PLATFORM),
    "PUT /tax": Access(ADMIN, Scope.PLATFORM_WRITE, Permission.RUN_PLATFORM),
    "PUT /tax/categories/{category_id}": Access(ADMIN, Scope.PLATFORM_WRITE, Permission.RUN_PLATFORM),
    "GET /commission-rules/": Access(ADMIN, Scope.PLATFORM_READ, Permission.SEE_PLATFORM),
    "POST /commission-rules/": Access(ADMIN, Scope.PLATFORM_WRITE, Permission.RUN_PLATFORM),
    "DELETE /commission-rules/{rule_id}": Access(ADMIN, Scope.PLATFORM_WRITE, Permission.RUN_PLATFORM),
    "POST /promotions/": Access(ADMIN, Scope.PROMOTIONS_WRITE, Permission.RUN_PLATFORM),
    "POST /coupons/": Access(ADMIN, Scope.PROMOTIONS_WRITE, Permission.RUN_PLATFORM),
    "GET /gift-cards/": Access(ADMIN, Scope.MONEY_READ, Permission.SEE_PLATFORM),
    "POST /gift-cards/": Access(ADMIN, Scope.MONEY_WRITE, Permission.RUN_PLATFORM),
    "POST /credits/": Access(ADMIN, Scope.MONEY_WRITE, Permission.RUN_PLATFORM),
    "GET /books/balances/": Access(ADMIN, Scope.MONEY_READ, Permission.SEE_PLATFORM),
    "GET /books/corrections/": Access(ADMIN, Scope.MONEY_READ, Permission.SEE_PLATFORM),
    "POST /books/corrections/": Access(ADMIN, Scope.MONEY_WRITE, Permission.RUN_PLATFORM),
    "POST /books/corrections/{correction_id}/decision": Access(
        ADMIN, Scope.MONEY_WRITE, Permission.RUN_PLATFORM
    ),
    "POST /plans/": Access(ADMIN, Scope.PLANNING_WRITE, Permission.RUN_PLATFORM),
}
