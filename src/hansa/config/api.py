"""The REST API: which routers it has, the gate before each operation, and how refusals are said."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation
from ninja.renderers import JSONRenderer

from hansa import __version__
from hansa.alliance.gateway.api import router as gateway
from hansa.commerce.accounts import access
from hansa.commerce.accounts import api as accounts
from hansa.commerce.accounts.api import SessionAuth, TokenAuth, teams
from hansa.commerce.accounts.api import roles as platform_roles
from hansa.commerce.aftersale import api as aftersale
from hansa.commerce.aftersale.api import operators as aftersale_operators
from hansa.commerce.aftersale.api import sellers as aftersale_sellers
from hansa.commerce.behaviour import api as behaviour
from hansa.commerce.catalogue import api as catalogue
from hansa.commerce.catalogue.api import goods, sellers, shelves
from hansa.commerce.checkout import api as checkout
from hansa.commerce.checkout.api import groups
from hansa.commerce.commission import api as commission
from hansa.commerce.delivery import api as delivery
from hansa.commerce.following import api as following
from hansa.commerce.ledger import api as books
from hansa.commerce.marketing import api as marketing
from hansa.commerce.merchants import api as merchants
from hansa.commerce.notices import api as notices
from hansa.commerce.orders import api as orders
from hansa.commerce.payouts import api as payouts
from hansa.commerce.planning import api as planning
from hansa.commerce.pricing import api as prices
from hansa.commerce.promotions import api as promotions
from hansa.commerce.recommendations import api as recommendations
from hansa.commerce.reviews import api as reviews
from hansa.commerce.stock import api as stock
from hansa.commerce.wallets import api as wallets
from hansa.commerce.webhooks import api as webhooks
from hansa.commerce.wishlists import api as wishlists
from hansa.config.access import ACCESS
from hansa.config.openapi import DescribedApi, Docs
from hansa.foundation import fields, rate_limits
from hansa.foundation.http_errors import answer_to, problem
from hansa.kernel.errors import HansaError

Run = Callable[..., HttpResponseBase]
DOORS = (
    accounts,
    platform_roles,
    teams,
    catalogue,
    goods,
    shelves,
    sellers,
    checkout,
    groups,
    orders,
    aftersale,
    aftersale_sellers,
    aftersale_operators,
    delivery,
    recommendations,
    behaviour,
    planning,
    reviews,
    wishlists,
    following,
    notices,
    prices,
    promotions,
    wallets,
    commission,
    payouts,
    books,
    stock,
    marketing,
    merchants,
    webhooks,
)


class _Utf8(JSONRenderer):
    """JSON with Chinese as it is written, not as escapes; only the fields that were asked for."""

    json_dumps_params = {"ensure_ascii": False}  # noqa: RUF012 - ninja's own way to set it

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        tree: fields.Tree | None = getattr(request, "fields", None)
        shown = fields.pruned(data, tree) if tree and response_status < 300 else data
        return super().render(request, shown, response_status=response_status)


api = DescribedApi(
    title="Hansa",
    version=__version__,
    description=(
        "Users, products, orders, recommendations and plans of an alliance of marketplaces. For one audience:"
        " [store](docs?audience=store), [merchant](docs?audience=merchant), [admin](docs?audience=admin)."
        " Every GET takes `fields`, such as `fields=id,price.amount`."
    ),
    auth=[TokenAuth(), SessionAuth()],
    renderer=_Utf8(),
    docs=Docs(),
    urls_namespace="api",
)
partner_api = NinjaAPI(
    title="Hansa alliance gateway",
    version=__version__,
    description="Signed calls between platforms (RFC 9421). Every decision is audited.",
    urls_namespace="partner_api",
)
partner_api.add_router("", gateway)


def gate(run: Run) -> Run:
    """Stand before an operation: know its declaration, count the call, keep to fields and what is known already."""
    operation: Operation = cast("Any", run).__self__
    declared = {method: ACCESS.get(f"{method} {operation.path}") for method in operation.methods}

    @wraps(run)
    def gated(request: HttpRequest, **path: Any) -> HttpResponseBase:
        request.access = found = declared[request.method or ""]  # type: ignore[attr-defined]  # for `access`
        try:
            if found is None or found.is_open:
                access.admit_nameless(request)
            if "fields" in request.GET:
                request.fields = _fields(request, operation)  # type: ignore[attr-defined]  # for the renderer
        except HansaError as refusal:
            response: HttpResponseBase = answer_to(refusal)
        else:
            response = run(request, **path)
        if found is not None and found.has_etag and response.status_code == 200:
            response = _unless_known(request, cast("HttpResponse", response))
        rate_limits.tell(request, response)
        return response

    return gated


api.add_decorator(gate, mode="view")
for module in DOORS:
    api.add_router("", module.router)


def _fields(request: HttpRequest, operation: Operation) -> fields.Tree:
    wrapped = operation.response_models.get(200)
    model = fields.model_of(wrapped.model_fields["response"].annotation) if wrapped else None
    return fields.chosen(request.GET["fields"], model)


def _unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    tag = quote_etag(hashlib.blake2b(response.content, digest_size=12).hexdigest())
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return get_conditional_response(request, etag=tag, response=response) or response


@api.exception_handler(HansaError)
def refuse(request: HttpRequest, refusal: HansaError) -> HttpResponse:
    return answer_to(refusal)


@api.exception_handler(DataError)
def refuse_what_cannot_be_kept(request: HttpRequest, fault: DataError) -> HttpResponse:
    """What PostgreSQL can keep in no column: a text with a NUL in it, a number beyond 64 bits."""
    return problem(422, "invalid_input", "a value is larger, longer or of other letters than can be kept")


@api.exception_handler(ValidationError)
def refuse_input(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    places = [
        {"where": ".".join(str(part) for part in error["loc"][1:]), "why": error["msg"]}
        for error in refusal.errors
    ]
    detail = "; ".join(f"{place['where']}: {place['why']}" for place in places)
    return problem(422, "invalid_input", detail, {"errors": places})


@api.exception_handler(HttpError)
def refuse_body(request: HttpRequest, refusal: HttpError) -> HttpResponse:
    return problem(refusal.status_code, "invalid_input", str(refusal))


@api.exception_handler(AuthenticationError)
def refuse_stranger(request: HttpRequest, refusal: AuthenticationError) -> HttpResponse:
    rate_limits.STRANGERS.take(access.address_of(request))
    return problem(401, "not_signed_in", "say who you are: a bearer token, a session or a cart token")
