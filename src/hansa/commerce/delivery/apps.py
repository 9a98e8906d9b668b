from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "hansa.commerce.delivery"
    label = "delivery"
