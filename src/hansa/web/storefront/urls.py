"""Addresses of a platform's shop; each begins with the platform's code."""

from django.urls import path

from hansa.web.storefront import views

app_name = "shop"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("c/<slug:slug>/", views.category, name="category"),
    path("p/<int:listing_id>/", views.product, name="product"),
    path("p/<int:listing_id>/hide/", views.hide, name="hide"),
    path("m/<slug:slug>/", views.merchant, name="merchant"),
    path("m/<slug:slug>/follow/", views.follow, name="follow"),
    path("cart/", views.cart, name="cart"),
    path("cart/add/", views.add_to_cart, name="add"),
    path("cart/line/", views.change_line, name="change-line"),
    path("cart/coupon/", views.use_coupon, name="coupon"),
    path("checkout/", views.checkout, name="checkout"),
    path("purchases/", views.purchases, name="purchases"),
    path("purchases/<str:number>/", views.purchase, name="purchase"),
    path("purchases/<str:number>/cancel/", views.cancel, name="cancel"),
    path("review/<int:line_id>/", views.review, name="review"),
    path("events/", views.events, name="events"),
]
