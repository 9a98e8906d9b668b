"""Addresses before any shop or desk: the harbour page, signing in and out."""

from django.urls import path

from hansa.web.entrance import views

app_name = "web"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("demo-sign-in/", views.demo_sign_in, name="demo-sign-in"),
    path("consent/", views.consent, name="consent"),
]
