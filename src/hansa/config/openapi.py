"""The API's own description: OpenAPI 3.1, whole or for one audience, and the page that shows it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger
from ninja.operation import Operation

from hansa.commerce.accounts.access import Access, Audience
from hansa.config.access import ACCESS
from hansa.foundation.http_errors import PROBLEM
from hansa.kernel.errors import InvalidInput

METHODS = ("get", "post", "put", "patch", "delete")
PREFIX = "/api/v1"
TAGS = {
    "analytics": "What was seen, clicked and sold.",
    "books": "The platform's accounts, and corrections that two people make.",
    "cart": "The basket of a shopper or a guest, and when it can be delivered.",
    "catalogue": "Categories, brands, attributes, synonyms, and edits that wait for a word.",
    "commission": "What the platform keeps of a sale.",
    "following": "Whom one follows, and what is new of them.",
    "keys": "Keys to the API, narrowed to scopes.",
    "merchants": "Who sells on the platform.",
    "notices": "What we tell people.",
    "orders": "What was bought: the buyer's purchases and the merchants' orders.",
    "payouts": "Balances of merchants, payouts, and agreeing to them.",
    "planning": "Forecasts, reorder proposals and purchase orders to suppliers.",
    "platforms": "The marketplaces of the alliance and their settings.",
    "prices": "Price lists and taxes.",
    "products": "What is for sale.",
    "profile": "What one did, what is made of it, and what one says to that.",
    "promotions": "Promotions and coupons.",
    "recommendations": "Goods chosen for somebody, each with its reason.",
    "reviews": "What buyers say.",
    "stock": "Units on hand, reserved and on their way.",
    "teams": "Who works for a merchant, and invitations.",
    "tokens": "Keys made from a name and a password.",
    "users": "People.",
    "wallets": "Gift cards and store credit.",
    "webhooks": "Events sent to addresses of yours.",
    "wishlists": "Goods put by, and lists that are shared.",
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal (RFC 9457). `code` is stable; `detail` is for people.",
    "required": ["type", "title", "status", "code", "detail", "details"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "details": {"type": "object"},
    },
    "examples": [
        {
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "code": "insufficient_stock",
            "detail": "Tea 100 g: 5 asked, 3 left",
            "details": {"left": {"1": 3}},
        }
    ],
}
REFUSALS = {
    "400": "The body is not JSON.",
    "401": "No key, no session and no cart token that we know.",
    "403": "Known, but not allowed; or the key lacks the scope.",
    "404": "No such thing for this caller.",
    "409": "Right request, wrong moment.",
    "422": "The request cannot be right; `details.errors` says where.",
    "429": "Too many calls; `Retry-After` says when one fits again.",
    "503": "Try again later.",
}


class Docs(Swagger):
    """The page to read and try the API, served from our own files; `?audience=` narrows it."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        address = reverse(f"{api.urls_namespace}:openapi-json")
        audience = request.GET.get("audience", "")
        narrowed = _Narrowed(f"{address}?audience={audience}" if audience in set(Audience) else address)
        return narrowed.render_page(request, api, **kwargs)


class _Narrowed(Swagger):
    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def get_openapi_url(self, api: NinjaAPI, path_params: dict[str, Any]) -> str:
        return self._address


class DescribedApi(NinjaAPI):
    """An API whose description says of each operation for whom it is and how it refuses."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(**kwargs)
        schema["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
        schema["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
        for path, item in schema["paths"].items():
            for method in METHODS:
                if method in item:
                    declared = ACCESS.get(f"{method.upper()} {path.removeprefix(PREFIX)}")
                    _describe(item[method], method, declared)
        return schema


def document(request: HttpRequest, *, api: NinjaAPI) -> JsonResponse:
    """The description of the whole API, or with `?audience=` of one audience's part."""
    schema = api.get_openapi_schema()
    wanted = request.GET.get("audience", "")
    if wanted and wanted not in set(Audience):
        raise InvalidInput(f"audience: {wanted!r} is not one of {', '.join(Audience)}")
    if wanted:
        schema["info"]["title"] = f"{schema['info']['title']} for {wanted}"
        schema["paths"] = _only(schema["paths"], wanted)
    used = {tag for item in schema["paths"].values() for each in item.values() for tag in each["tags"]}
    schema["tags"] = [tag for tag in schema["tags"] if tag["name"] in used]
    return JsonResponse(schema, json_dumps_params={"ensure_ascii": False})


def _only(paths: dict[str, Any], audience: str) -> dict[str, Any]:
    kept = {
        path: {method: each for method, each in item.items() if each.get("x-audience") == audience}
        for path, item in paths.items()
    }
    return {path: item for path, item in kept.items() if item}


def _describe(operation: dict[str, Any], method: str, declared: Access | None) -> None:
    """Add what the declaration and the manner of refusing say."""
    if declared is None:
        return
    operation["x-audience"] = declared.audience.value
    if declared.scope is not None:
        operation["x-scope"] = declared.scope.value
    if declared.permission is not None:
        operation["x-permission"] = declared.permission.value
    if method == "get":
        operation["x-sparse-fields"] = True
    text = operation.get("description") or ""
    operation["summary"] = _first_sentence(text) or operation["summary"]
    needs = [f"For: {declared.audience.value}."]
    needs += [f"Scope: `{declared.scope.value}`."] if declared.scope else []
    needs += [f"Permission: {declared.permission.value}."] if declared.permission else []
    operation["description"] = "\n\n".join(filter(None, [text.strip(), " ".join(needs)]))
    for status in _refusals_of(operation, declared):
        operation["responses"].setdefault(
            status,
            {
                "description": REFUSALS[status],
                "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
    if declared.has_etag:
        operation["responses"].setdefault("304", {"description": "Still what `If-None-Match` names."})


def _refusals_of(operation: dict[str, Any], declared: Access) -> list[str]:
    named = [] if declared.is_open else ["401"]
    body = ["400"] if "requestBody" in operation else []
    return [*body, *named, "403", "404", "409", "422", "429", "503"]


def _first_sentence(text: str) -> str:
    return text.strip().split("\n")[0].split(". ")[0].rstrip(".")
