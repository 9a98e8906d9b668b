from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "hansa.commerce.privacy"
    label = "privacy"
