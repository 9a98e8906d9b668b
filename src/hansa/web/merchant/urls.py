"""Addresses of a merchant's desk on one platform."""

from django.urls import path, re_path

from hansa.web.merchant import (
    bundles,
    good,
    money,
    programs,
    promotions,
    supply,
    tables,
    talk,
    team,
    variants,
    views,
)

app_name = "merchant"
urlpatterns = [
    path("", views.home, name="home"),
    path("orders/", views.orders, name="orders"),
    path("goods/", views.goods, name="goods"),
    path("goods/<int:listing_id>/", views.change_good, name="change-good"),
    path("bundles/", bundles.page, name="bundles"),
    path("goods/table/", tables.page, name="table"),
    re_path(r"^goods/table/goods\.(?P<kind>csv|xlsx)$", tables.file, name="table-file"),
    path("goods/<int:listing_id>/edit/", good.page, name="good"),
    path("goods/<int:listing_id>/variants/", variants.variants, name="variants"),
    path("goods/<int:listing_id>/places/", variants.places, name="places"),
    path("demand/", supply.demand, name="demand"),
    path("demand/<int:offer_id>/", supply.demand_of, name="demand-of"),
    path("demand/plan/", supply.plan_again, name="plan"),
    path("proposals/<int:proposal_id>/", supply.decide, name="decide"),
    path("purchase-orders/<int:purchase_order_id>/", supply.receive, name="receive"),
    path("promotions/", promotions.page, name="promotions"),
    path("reach/", views.reach, name="reach"),
    path("money/", money.money, name="money"),
    path("money/payouts/<int:payout_id>/statement.<str:form>", money.statement, name="payout-statement"),
    path("keys/", programs.keys, name="keys"),
    path("webhooks/", programs.webhooks, name="webhooks"),
    path("webhooks/<int:endpoint_id>/", programs.webhook, name="webhook"),
    path("webhooks/<int:endpoint_id>/messages/<int:delivery_id>/", programs.redeliver, name="redeliver"),
    path("talk/", talk.talk, name="talk"),
    path("talk/reviews/<int:review_id>/", talk.reply, name="reply"),
    path("talk/questions/<int:question_id>/", talk.answer, name="answer"),
    path("team/", team.team, name="team"),
    path("team/change/", team.change, name="change-team"),
    path("team/leave/", team.leave, name="leave-team"),
    path("team/withdraw/", team.withdraw, name="withdraw-invitation"),
]
