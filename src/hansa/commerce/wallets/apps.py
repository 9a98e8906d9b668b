from django.apps import AppConfig


class WalletsConfig(AppConfig):
    name = "hansa.commerce.wallets"
    label = "wallets"
