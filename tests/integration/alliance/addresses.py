"""The gateway alone, as the tests mount it."""

from django.urls import path
from ninja import NinjaAPI

from hansa.alliance.gateway.api import router

api = NinjaAPI(urls_namespace="gateway-under-test", docs_url=None)
api.add_router("/", router)

urlpatterns = [path("alliance/v1/", api.urls)]
