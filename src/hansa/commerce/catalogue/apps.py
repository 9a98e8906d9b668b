from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "hansa.commerce.catalogue"
    label = "catalogue"
