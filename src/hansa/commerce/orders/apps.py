from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "hansa.commerce.orders"
    label = "orders"
