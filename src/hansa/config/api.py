"""The REST API: which routers it has, who may call it, and how refusals are said."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import JSONRenderer

from hansa import __version__
from hansa.alliance.gateway.api import router as gateway
from hansa.commerce.accounts.api import SessionAuth, TokenAuth
from hansa.commerce.accounts.api import router as accounts
from hansa.commerce.catalogue.api import router as catalogue
from hansa.commerce.checkout.api import router as checkout
from hansa.commerce.planning.api import router as planning
from hansa.commerce.recommendations.api import router as recommendations
from hansa.commerce.reviews.api import router as reviews
from hansa.foundation.http_errors import body_of, status_of
from hansa.kernel.errors import HansaError


class _Utf8(JSONRenderer):
    """JSON with Chinese as it is written, not as escapes."""

    json_dumps_params = {"ensure_ascii": False}  # noqa: RUF012 - ninja's own way to set it


api = NinjaAPI(
    title="Hansa",
    version=__version__,
    description="Users, products, orders, recommendations and plans of an alliance of marketplaces.",
    auth=[TokenAuth(), SessionAuth()],
    renderer=_Utf8(),
    urls_namespace="api",
)
partner_api = NinjaAPI(
    title="Hansa alliance gateway",
    version=__version__,
    description="Signed calls between platforms (RFC 9421). Every decision is audited.",
    urls_namespace="partner_api",
)
partner_api.add_router("", gateway)
for router in (accounts, catalogue, checkout, recommendations, planning, reviews):
    api.add_router("", router)


@api.exception_handler(HansaError)
def refuse(request: HttpRequest, refusal: HansaError) -> HttpResponse:
    return api.create_response(request, body_of(refusal), status=status_of(refusal))


@api.exception_handler(ValidationError)
def refuse_input(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    places = [
        {"where": ".".join(str(part) for part in error["loc"][1:]), "why": error["msg"]}
        for error in refusal.errors
    ]
    message = "; ".join(f"{place['where']}: {place['why']}" for place in places)
    body: dict[str, Any] = {"code": "invalid_input", "message": message, "details": {"errors": places}}
    return api.create_response(request, body, status=422)


@api.exception_handler(HttpError)
def refuse_body(request: HttpRequest, refusal: HttpError) -> HttpResponse:
    body = {"code": "invalid_input", "message": str(refusal), "details": {}}
    return api.create_response(request, body, status=refusal.status_code)


@api.exception_handler(AuthenticationError)
def refuse_stranger(request: HttpRequest, refusal: AuthenticationError) -> HttpResponse:
    body = {"code": "not_signed_in", "message": "say who you are: a bearer token or a session", "details": {}}
    return api.create_response(request, body, status=401)
