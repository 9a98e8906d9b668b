from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "hansa.commerce.experiments"
    label = "experiments"
