"""Every address of Hansa. The shops come last, since their first word is a platform's code."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from hansa.config.api import api, partner_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hansa.web.entrance.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("alliance/v1/", partner_api.urls),
    path("desk/merchant/<slug:platform>/<int:merchant_id>/", include("hansa.web.merchant.urls")),
    path("desk/operator/<slug:platform>/", include("hansa.web.operator.urls")),
    path("desk/dispatch/<slug:platform>/", include("hansa.web.dispatch.urls")),
    path("desk/alliance/", include("hansa.web.alliance_console.urls")),
    path("health/", include("hansa.web.health.urls")),
    path("<slug:platform>/", include("hansa.web.storefront.urls")),
]
