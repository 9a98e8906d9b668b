from django.apps import AppConfig


class AftersaleConfig(AppConfig):
    name = "hansa.commerce.aftersale"
    label = "aftersale"
