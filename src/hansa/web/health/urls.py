"""Addresses of the ecosystem's health; ``?platform=code`` shows one platform instead of the alliance."""

from django.urls import path

from hansa.web.health import views

app_name = "health"
urlpatterns = [
    path("", views.home, name="home"),
    path("count/", views.count, name="count"),
    path("<slug:key>/", views.node, name="node"),
]
