"""The doors of the protocol's REST binding: one address for each operation, below a platform's.

A door knows the agent, reads the request by the official models, makes one call, and signs the answer. Faults of
the request get a status of their own; outcomes of the business get 200 and say so in the envelope.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ValidationError
from ucp_sdk.models.schemas.shopping import (
    cart_create_request,
    catalog_lookup,
    catalog_search,
    checkout_complete_request,
    checkout_create_request,
)
from ucp_sdk.models.schemas.shopping.types import fulfillment_create_request

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.access import address_of
from hansa.commerce.accounts.models import Platform
from hansa.commerce.ucp import (
    agents,
    calling,
    completing,
    domain,
    goods,
    messages,
    profile,
    purchases,
    services,
    signing,
)
from hansa.commerce.ucp.errors import (
    AlgorithmUnsupported,
    DigestMismatch,
    Gone,
    InvalidProfileUrl,
    InvalidRequest,
    KeyNotFound,
    NothingInCommon,
    NothingToBuy,
    NotOpen,
    ProfileUnreachable,
    SignatureInvalid,
    SignatureMissing,
    TooLarge,
)
from hansa.commerce.ucp.services import Answer, Key
from hansa.commerce.ucp.sessions import Call
from hansa.foundation.http_errors import status_of
from hansa.foundation.rate_limits import Limit, tell
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import HansaError, NotFound

AGENTS = Limit("agents", burst=300, per_minute=1_200)
LARGEST = 131_072
JSON = "application/json"
_STATUS: tuple[tuple[tuple[type[HansaError], ...], int], ...] = (
    ((Gone, NothingInCommon, NothingToBuy), 200),
    ((InvalidProfileUrl, InvalidRequest, TooLarge, DigestMismatch, AlgorithmUnsupported), 400),
    ((SignatureMissing, SignatureInvalid, KeyNotFound), 401),
    ((ProfileUnreachable,), 424),
)


@dataclass(frozen=True)
class Asked:
    """A request that has been let in: by whom, its body, its key, and the public id in its address."""

    call: Call
    body: Mapping[str, Any]
    key: Key
    id: str


Act = Callable[[Asked], Answer]


def profile_of(request: HttpRequest, platform: str) -> HttpResponse:
    """What this platform offers to agents."""
    try:
        found = accounts.get_platform(platform)
    except NotFound as refusal:
        return _refused(refusal)
    return _profile(request, found)


def profile_of_house(request: HttpRequest) -> HttpResponse:
    """The profile of the platform whose code begins the host's name, else of the first."""
    label = request.get_host().partition(".")[0]
    platforms = list(accounts.platforms())
    found = next((each for each in platforms if each.code == label), platforms[0] if platforms else None)
    return _profile(request, found) if found else _refused(NotFound("there is no platform yet"))


def token_schema(request: HttpRequest, platform: str) -> HttpResponse:
    """The schema of the credential that our payment handler takes."""
    return HttpResponse(json.dumps(profile.CREDENTIAL_SCHEMA), content_type=JSON)


def token_words(request: HttpRequest, platform: str) -> HttpResponse:
    """What our payment handler is, for people."""
    return HttpResponse(profile.words_on_payment(), content_type="text/plain; charset=utf-8")


def door(about: str, **acts: Act) -> Callable[..., HttpResponse]:
    """A view of one address: what each method does, all of it within one capability."""

    @csrf_exempt
    def view(request: HttpRequest, platform: str, key: str = "") -> HttpResponse:
        act = acts.get(request.method or "")
        if act is None:
            return _refused(InvalidRequest(f"only {', '.join(acts)} here"), status=405)
        try:
            AGENTS.charge(request, address_of(request))
            answer = act(_let_in(request, platform, about, key))
        except HansaError as refusal:
            response = _refused(refusal)
        else:
            response = _said(answer.body, 201 if answer.is_new else 200)
        tell(request, response)
        return response

    return view


def _let_in(request: HttpRequest, code: str, about: str, key: str) -> Asked:
    platform, now = accounts.get_platform(code), system_clock()
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        raise TooLarge(f"at most {LARGEST} bytes")
    message = signing.Request(
        method=request.method or "",
        url=request.build_absolute_uri(),
        headers=dict(request.headers.items()),
        body=request.body,
    )
    caller = agents.introduced(message, address=address_of(request), now=now)
    if about not in caller.common:
        raise NothingInCommon(
            f"the agent's profile and ours have no {about} in version {domain.VERSION} in common"
        )
    body = _read(request.body)
    asked = {"method": request.method, "path": request.path, "body": body}
    return Asked(
        Call(platform, caller, _base_url(request, platform), now),
        body,
        Key(request.headers.get("Idempotency-Key", ""), asked),
        key,
    )


def _read(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        body = calling.json_of(raw)
    except ValueError as error:
        raise InvalidRequest("the body is not JSON as RFC 8259 has it, or has null characters") from error
    if not isinstance(body, dict):
        raise InvalidRequest("the body must be a JSON object")
    return body


def _parsed(model: type[BaseModel], body: Any, *, at: str = "") -> BaseModel:
    """Hold a body against an official model. Refuses with InvalidRequest, naming the place."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join([*([at] if at else []), *(str(step) for step in first["loc"])]) or "the body"
        raise InvalidRequest(f"{where}: {first['msg']}") from error


def _lines(body: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [(str(line["item"]["id"]), int(line["quantity"])) for line in body.get("line_items") or []]


def _held(asked: Asked, model: type[BaseModel]) -> Mapping[str, Any]:
    """The body, once the model of its operation and that of the delivery are content with it."""
    _parsed(model, asked.body)
    fulfillment = asked.body.get("fulfillment")
    if fulfillment is not None:
        _parsed(fulfillment_create_request.FulfillmentCreateRequest, fulfillment, at="fulfillment")
    if not isinstance(asked.body.get("discounts") or {}, dict):
        raise InvalidRequest("discounts must be an object")
    return asked.body


def _search(asked: Asked) -> Answer:
    _parsed(catalog_search.SearchRequest, asked.body)
    filters, pages = asked.body.get("filters") or {}, asked.body.get("pagination") or {}
    price = filters.get("price") or {}
    wanted = goods.Wanted(
        text=asked.body.get("query") or "",
        categories=tuple(filters.get("categories") or ()),
        price_from=price.get("min"),
        price_to=price.get("max"),
        cursor=str(pages.get("cursor") or asked.body.get("cursor") or ""),
        limit=pages.get("limit") or goods.USUAL_PAGE,
    )
    return Answer(goods.search(asked.call, wanted))


def _look_up(asked: Asked) -> Answer:
    _parsed(catalog_lookup.LookupRequest, asked.body)
    return Answer(goods.look_up(asked.call, asked.body["ids"]))


def _product(asked: Asked) -> Answer:
    _parsed(catalog_lookup.GetProductRequest, asked.body)
    return Answer(goods.product(asked.call, asked.body["id"], asked.body.get("selected") or []))


def _create_cart(asked: Asked) -> Answer:
    body = _held(asked, cart_create_request.CartCreateRequest)
    return services.create_cart(asked.call, lines=_lines(body), words=body, key=asked.key)


def _get_cart(asked: Asked) -> Answer:
    return services.get_cart(asked.call, asked.id)


def _update_cart(asked: Asked) -> Answer:
    body = _held(asked, cart_create_request.CartCreateRequest)
    return services.update_cart(asked.call, asked.id, lines=_lines(body), words=body, key=asked.key)


def _cancel_cart(asked: Asked) -> Answer:
    return services.cancel_cart(asked.call, asked.id, key=asked.key)


def _create_checkout(asked: Asked) -> Answer:
    body = _held(asked, cart_create_request.Checkout)
    cart_key = body.get("cart_id") or ""
    return services.create_checkout(
        asked.call, lines=_lines(body), words=body, cart_key=cart_key, key=asked.key
    )


def _get_checkout(asked: Asked) -> Answer:
    return completing.get_checkout(asked.call, asked.id)


def _update_checkout(asked: Asked) -> Answer:
    body = _held(asked, checkout_create_request.CheckoutCreateRequest)
    return services.update_checkout(asked.call, asked.id, lines=_lines(body), words=body, key=asked.key)


def _complete_checkout(asked: Asked) -> Answer:
    _parsed(checkout_complete_request.CheckoutCompleteRequest, asked.body)
    payment = completing.payment_in(asked.body["payment"].get("instruments") or [])
    return completing.complete(asked.call, asked.id, payment=payment, key=asked.key)


def _cancel_checkout(asked: Asked) -> Answer:
    return services.cancel_checkout(asked.call, asked.id, key=asked.key)


def _get_order(asked: Asked) -> Answer:
    return purchases.get_order(asked.call, asked.id)


def _base_url(request: HttpRequest, platform: Platform) -> str:
    scheme = "https" if settings.SERVED_OVER_TLS else request.scheme
    return f"{scheme}://{request.get_host()}/ucp/{platform.code}"


def _profile(request: HttpRequest, platform: Platform) -> HttpResponse:
    response = HttpResponse(
        json.dumps(profile.document(_base_url(request, platform)), ensure_ascii=False), content_type=JSON
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _said(body: Mapping[str, Any], status: int) -> HttpResponse:
    raw = json.dumps(body, ensure_ascii=False).encode()
    response = HttpResponse(raw, status=status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    for name, value in signing.sign_response(status, {"Content-Type": JSON}, raw).items():
        response.headers[name] = value
    return response


def _refused(refusal: HansaError, *, status: int = 0) -> HttpResponse:
    """A refusal: an envelope with messages where the business says no, code and content where the protocol does."""
    found = status or next(
        (each for kinds, each in _STATUS if isinstance(refusal, kinds)), status_of(refusal)
    )
    if found != 200 and not isinstance(refusal, InvalidRequest | TooLarge | NotOpen):
        return _said({"code": refusal.code, "content": refusal.message}, found)
    code = "not_found" if isinstance(refusal, Gone) else refusal.code
    told: list[Any] = [messages.error(code, refusal.message, severity="unrecoverable")]
    if isinstance(refusal, NothingToBuy):
        told = refusal.messages
    return _said({"ucp": {"version": domain.VERSION, "status": "error"}, "messages": told}, found)


search = door(domain.SEARCH, POST=_search)
look_up = door(domain.LOOKUP, POST=_look_up)
product = door(domain.LOOKUP, POST=_product)
carts = door(domain.CART, POST=_create_cart)
cart = door(domain.CART, GET=_get_cart, PUT=_update_cart)
cart_cancel = door(domain.CART, POST=_cancel_cart)
checkouts = door(domain.CHECKOUT, POST=_create_checkout)
checkout = door(domain.CHECKOUT, GET=_get_checkout, PUT=_update_checkout)
checkout_complete = door(domain.CHECKOUT, POST=_complete_checkout)
checkout_cancel = door(domain.CHECKOUT, POST=_cancel_checkout)
order = door(domain.ORDER, GET=_get_order)
