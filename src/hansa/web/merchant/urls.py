"""Addresses of a merchant's desk on one platform."""

from django.urls import path

from hansa.web.merchant import views

app_name = "merchant"
urlpatterns = [
    path("", views.home, name="home"),
    path("orders/", views.orders, name="orders"),
    path("goods/", views.goods, name="goods"),
    path("goods/<int:listing_id>/", views.change_good, name="change-good"),
    path("demand/", views.demand, name="demand"),
    path("demand/<int:offer_id>/", views.demand_of, name="demand-of"),
    path("demand/plan/", views.plan_again, name="plan"),
    path("proposals/<int:proposal_id>/", views.decide, name="decide"),
    path("purchase-orders/<int:purchase_order_id>/", views.receive, name="receive"),
    path("promotions/", views.promotions, name="promotions"),
    path("reach/", views.reach, name="reach"),
    path("money/", views.money, name="money"),
]
