from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "hansa.commerce.reviews"
    label = "reviews"
