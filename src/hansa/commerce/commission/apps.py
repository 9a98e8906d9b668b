from django.apps import AppConfig


class CommissionConfig(AppConfig):
    name = "hansa.commerce.commission"
    label = "commission"
