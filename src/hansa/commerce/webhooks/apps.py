from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "hansa.commerce.webhooks"
    label = "webhooks"
