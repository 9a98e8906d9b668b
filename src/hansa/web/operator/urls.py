"""Addresses of the operator desk of one platform."""

from django.urls import path

from hansa.web.operator import catalogue, offers, payments, people, prices, programs, synonyms, views

app_name = "operator"
urlpatterns = [
    path("", views.home, name="home"),
    path("orders/", views.orders, name="orders"),
    path("orders/<str:number>/", views.order, name="order"),
    path("orders/<str:number>/cancel/", views.cancel, name="cancel"),
    path("merchants/", views.merchants_list, name="merchants"),
    path("merchants/<int:merchant_id>/", views.merchant, name="merchant"),
    path("money/", views.money, name="money"),
    path("offers/", offers.page, name="offers"),
    path("offers/agree/", offers.agree, name="agree"),
    path("payments/", payments.payments, name="payments"),
    path("payments/compare/", payments.compare, name="compare-books"),
    path(
        "payments/differences/<int:difference_id>/close/", payments.close_difference, name="close-difference"
    ),
    path("payments/disputes/<int:chargeback_id>/", payments.chargeback, name="chargeback"),
    path("keys/", programs.keys, name="keys"),
    path("webhooks/", programs.webhooks, name="webhooks"),
    path("webhooks/<int:endpoint_id>/", programs.webhook, name="webhook"),
    path(
        "webhooks/<int:endpoint_id>/messages/<int:delivery_id>/", programs.redeliver, name="redeliver"
    ),
    path("people/", people.people, name="people"),
    path("people/take/", people.take, name="take-role"),
    path("prices/", prices.prices, name="prices"),
    path("edits/", catalogue.edits, name="edits"),
    path("shelves/", catalogue.shelf_order, name="shelves"),
    path("synonyms/", synonyms.synonyms, name="synonyms"),
    path("promises/", views.promises, name="promises"),
]
