from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "hansa.commerce.pricing"
    label = "pricing"
