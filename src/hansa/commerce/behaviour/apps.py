from django.apps import AppConfig


class BehaviourConfig(AppConfig):
    name = "hansa.commerce.behaviour"
    label = "behaviour"
