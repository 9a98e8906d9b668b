from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "hansa.commerce.stock"
    label = "stock"
