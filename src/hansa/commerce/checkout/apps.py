from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "hansa.commerce.checkout"
    label = "checkout"
