"""Every address of Hansa. The shops come last, since their first word is a platform's code."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from hansa.commerce.ucp import api as ucp
from hansa.config import openapi
from hansa.config.api import api, partner_api
from hansa.web import pictures, webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hansa.web.entrance.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    # One door for everybody: it counts attempts and asks for the second factor.
    path("admin/login/", RedirectView.as_view(pattern_name="web:sign-in", query_string=True)),
    path("admin/", admin.site.urls),
    path("account/", include("hansa.web.account.urls")),
    path("account/", include("allauth.urls")),
    path("api/v1/openapi.json", openapi.document, {"api": api}),
    path("api/v1/", api.urls),
    path("alliance/v1/", partner_api.urls),
    re_path(
        r"^media/(?P<digest>[0-9a-f]{64})/(?P<size>small|medium|large)\.(?P<form>webp|jpg)$",
        pictures.picture,
        name="picture",
    ),
    path(".well-known/ucp", ucp.profile_of_house),
    path("ucp/<slug:platform>/", include("hansa.commerce.ucp.urls")),
    path("webhooks/payments/<slug:provider>/", webhooks.payments),
    path("desk/merchant/<slug:platform>/<int:merchant_id>/", include("hansa.web.merchant.urls")),
    path("desk/operator/<slug:platform>/", include("hansa.web.operator.urls")),
    path("desk/dispatch/<slug:platform>/", include("hansa.web.dispatch.urls")),
    path("desk/alliance/", include("hansa.web.alliance_console.urls")),
    path("health/", include("hansa.web.health.urls")),
    path("<slug:platform>/", include("hansa.web.storefront.urls")),
]
