from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "hansa.commerce.promotions"
    label = "promotions"
