from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "hansa.commerce.accounts"
    label = "accounts"
