from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "hansa.commerce.notices"
    label = "notices"
