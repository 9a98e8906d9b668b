"""Addresses of the dispatch desk of one platform."""

from datetime import date

from django.urls import path, register_converter

from hansa.web.dispatch import views

app_name = "dispatch"


class IsoDay:
    """A day in an address: 2026-03-02."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(IsoDay, "day")

urlpatterns = [
    path("", views.home, name="home"),
    path("days/<day:day>/", views.day, name="day"),
    path("days/<day:day>/plan/", views.plan, name="plan"),
    path("plans/<int:plan_id>/release/", views.release, name="release"),
    path("routes/<int:route_id>/", views.route, name="route"),
    path("routes/<int:route_id>/picks/", views.picks, name="picks"),
    path("parcels/<int:shipment_id>/delivered/", views.deliver, name="deliver"),
    path("figures/", views.figures, name="figures"),
]
