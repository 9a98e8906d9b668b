from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "hansa.web"
    label = "web"
