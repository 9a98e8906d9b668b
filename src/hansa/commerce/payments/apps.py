from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "hansa.commerce.payments"
    label = "payments"
