"""Addresses of the alliance console."""

from django.urls import path

from hansa.web.alliance_console import views

app_name = "alliance"
urlpatterns = [
    path("", views.home, name="home"),
    path("members/<slug:code>/", views.change_member, name="change-member"),
    path("leave/", views.grants, name="grants"),
    path("leave/<int:grant_id>/revoke/", views.revoke, name="revoke"),
    path("calls/", views.calls, name="calls"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/run/", views.run_job, name="run-job"),
    path("lake/", views.lake, name="lake"),
    path("audit/", views.audit, name="audit"),
    path("settlement/", views.settlement, name="settlement"),
    path("settlement/close/", views.close, name="close"),
    path("settlement/<int:batch_id>/", views.batch, name="batch"),
]
