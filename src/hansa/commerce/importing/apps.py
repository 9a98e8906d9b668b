from django.apps import AppConfig


class ImportingConfig(AppConfig):
    name = "hansa.commerce.importing"
    label = "importing"
