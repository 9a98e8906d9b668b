from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "hansa.commerce.media"
    label = "media"
