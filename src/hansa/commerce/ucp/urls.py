"""Addresses of a platform's protocol; each begins with the platform's code."""

from django.urls import path

from hansa.commerce.ucp import api

app_name = "ucp"
urlpatterns = [
    path(".well-known/ucp", api.profile_of, name="profile"),
    path("catalog/search", api.search),
    path("catalog/lookup", api.look_up),
    path("catalog/product", api.product),
    path("carts", api.carts),
    path("carts/<slug:key>", api.cart),
    path("carts/<slug:key>/cancel", api.cart_cancel),
    path("checkout-sessions", api.checkouts),
    path("checkout-sessions/<slug:key>", api.checkout),
    path("checkout-sessions/<slug:key>/complete", api.checkout_complete),
    path("checkout-sessions/<slug:key>/cancel", api.checkout_cancel),
    path("orders/<slug:key>", api.order),
    path("handlers/token", api.token_words),
    path("handlers/token.json", api.token_schema),
]
