from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "hansa.commerce.health"
    label = "health"
