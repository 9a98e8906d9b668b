"""Addresses of a person's own pages, beside those of django-allauth under the same /account/."""

from django.urls import path
from django.views.generic import RedirectView

from hansa.web.account import invitations, privacy, sessions, views

app_name = "account"
urlpatterns = [
    path("", views.home, name="home"),
    path("login/", RedirectView.as_view(pattern_name="web:sign-in", query_string=True)),
    path("addresses/", views.addresses, name="addresses"),
    path("addresses/<int:address_id>/", views.address, name="address"),
    path("addresses/<int:address_id>/remove/", views.remove_address, name="remove-address"),
    path("consents/", views.consents, name="consents"),
    path("second-factor/", views.second_factor, name="second-factor"),
    path("invitation/", invitations.invitation, name="invitation"),
    path("sessions/", sessions.Sessions.as_view()),  # in place of django-allauth's, whose name leads here
    path("sessions/<int:session_id>/end/", sessions.end, name="end-session"),
    path("tokens/<int:token_id>/revoke/", sessions.revoke, name="revoke-token"),
    path("privacy/", privacy.home, name="privacy"),
    path("privacy/export/", privacy.ask_for_export, name="ask-for-export"),
    path("privacy/export/<str:token>/", privacy.download, name="export"),
    path("privacy/erase/", privacy.erase, name="erase"),
    path("privacy/erased/", privacy.erased, name="erased"),
]
