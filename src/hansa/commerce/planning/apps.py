from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "hansa.commerce.planning"
    label = "planning"
