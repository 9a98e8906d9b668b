"""Addresses of the dispatch desk."""

from django.urls import URLPattern

app_name = "dispatch"
urlpatterns: list[URLPattern] = []
