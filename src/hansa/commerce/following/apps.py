from django.apps import AppConfig


class FollowingConfig(AppConfig):
    name = "hansa.commerce.following"
    label = "following"
