from django.apps import AppConfig


class AllianceConfig(AppConfig):
    name = "hansa.alliance"
    label = "alliance"
