from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "hansa.commerce.recommendations"
    label = "recommendations"
