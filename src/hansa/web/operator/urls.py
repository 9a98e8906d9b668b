"""Addresses of the operator desk of one platform."""

from django.urls import path, re_path

from hansa.web.operator import (
    aftersale,
    books,
    catalogue,
    commission,
    corrections,
    experiments,
    offers,
    payments,
    payouts,
    people,
    prices,
    programs,
    synonyms,
    talk,
    views,
)

app_name = "operator"
urlpatterns = [
    path("", views.home, name="home"),
    path("orders/", views.orders, name="orders"),
    path("orders/<str:number>/", views.order, name="order"),
    path("orders/<str:number>/cancel/", views.cancel, name="cancel"),
    path("merchants/", views.merchants_list, name="merchants"),
    path("merchants/<int:merchant_id>/", views.merchant, name="merchant"),
    re_path(
        r"^merchants/(?P<merchant_id>[0-9]{1,18})/(?P<to>approve|suspend)/$",
        views.standing_of,
        name="standing",
    ),
    path("returns/", aftersale.aftersale, name="aftersale"),
    path("returns/<slug:number>/", aftersale.one_return, name="return"),
    path("disputes/<slug:number>/", aftersale.dispute, name="dispute"),
    path("money/", views.money, name="money"),
    path("books/", books.trial_balance, name="books"),
    path("books/journals/<int:journal_id>/", books.journal, name="journal"),
    path("books/<slug:kind>/<slug:currency>/", books.account, name="account"),
    path("corrections/", corrections.corrections, name="corrections"),
    re_path(
        r"^corrections/(?P<correction_id>[0-9]{1,18})/(?P<to>post|refuse)/$",
        corrections.decide,
        name="decide-correction",
    ),
    path("commission/", commission.commission, name="commission"),
    path("commission/<int:rule_id>/end/", commission.end, name="end-commission"),
    path("payouts/", payouts.payouts, name="payouts"),
    path("payouts/agree/", payouts.agree, name="payouts-agree"),
    path("payouts/make-up/", payouts.make_up, name="payouts-make-up"),
    path("payouts/<int:payout_id>/statement.<str:form>", payouts.statement, name="payout-statement"),
    re_path(
        r"^payouts/(?P<payout_id>[0-9]{1,18})/(?P<to>agree|again|off|ask)/$", payouts.step, name="payout-step"
    ),
    path("experiments/", experiments.experiments, name="experiments"),
    path("experiments/<int:experiment_id>/", experiments.experiment, name="experiment"),
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
    path("webhooks/<int:endpoint_id>/messages/<int:delivery_id>/", programs.redeliver, name="redeliver"),
    path("people/", people.people, name="people"),
    path("people/take/", people.take, name="take-role"),
    path("people/withdraw/", people.withdraw, name="withdraw-invitation"),
    path("prices/", prices.prices, name="prices"),
    path("edits/", catalogue.edits, name="edits"),
    path("shelves/", catalogue.shelf_order, name="shelves"),
    path("talk/", talk.queue, name="talk"),
    path("talk/<slug:kind>/<int:pk>/", talk.rule, name="rule"),
    path("synonyms/", synonyms.synonyms, name="synonyms"),
    path("promises/", views.promises, name="promises"),
]
