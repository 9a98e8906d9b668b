from django.apps import AppConfig


class DiscoveryConfig(AppConfig):
    name = "hansa.commerce.discovery"
    label = "discovery"
