"""Addresses of a platform's shop; each begins with the platform's code."""

from django.urls import path

from hansa.web.storefront import browsing, buying, purchases, selling, telling

app_name = "shop"
urlpatterns = [
    path("", browsing.home, name="home"),
    path("search/", browsing.search, name="search"),
    path("search/suggestions/", browsing.suggestions, name="suggestions"),
    path("feed.xml", selling.feed, {"form": "xml"}, name="feed"),
    path("feed.tsv", selling.feed, {"form": "tsv"}, name="feed-tsv"),
    path("c/<slug:slug>/", browsing.category, name="category"),
    path("p/<int:listing_id>/", browsing.product, name="product"),
    path("p/<int:listing_id>/hide/", browsing.hide, name="hide"),
    path("m/<slug:slug>/", browsing.merchant, name="merchant"),
    path("m/<slug:slug>/follow/", browsing.follow, name="follow"),
    path("cart/", buying.cart, name="cart"),
    path("cart/add/", buying.add_to_cart, name="add"),
    path("cart/line/", buying.change_line, name="change-line"),
    path("cart/coupon/", buying.use_coupon, name="coupon"),
    path("checkout/", buying.checkout, name="checkout"),
    path("purchases/", purchases.purchases, name="purchases"),
    path("purchases/<slug:number>/", purchases.purchase, name="purchase"),
    path("purchases/<slug:number>/cancel/", purchases.cancel, name="cancel"),
    path("purchases/<slug:number>/review/<int:line_id>/", purchases.review, name="review"),
    path("events/", telling.events, name="events"),
]
