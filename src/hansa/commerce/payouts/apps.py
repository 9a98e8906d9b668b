from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "hansa.commerce.payouts"
    label = "payouts"
