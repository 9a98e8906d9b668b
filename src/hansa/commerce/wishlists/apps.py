from django.apps import AppConfig


class WishlistsConfig(AppConfig):
    name = "hansa.commerce.wishlists"
    label = "wishlists"
