from django.apps import AppConfig


class UcpConfig(AppConfig):
    name = "hansa.commerce.ucp"
    label = "ucp"
