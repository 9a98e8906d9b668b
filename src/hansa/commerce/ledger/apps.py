from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "hansa.commerce.ledger"
    label = "ledger"
