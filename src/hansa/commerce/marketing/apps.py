from django.apps import AppConfig


class MarketingConfig(AppConfig):
    name = "hansa.commerce.marketing"
    label = "marketing"
