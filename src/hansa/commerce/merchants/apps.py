from django.apps import AppConfig


class MerchantsConfig(AppConfig):
    name = "hansa.commerce.merchants"
    label = "merchants"
