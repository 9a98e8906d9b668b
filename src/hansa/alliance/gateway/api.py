"""The gateway's doors. Mount `router` at `/alliance/v1/`; a call for one member cannot be sent to another."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router, Schema
from pydantic import ValidationError

from hansa.alliance.gateway import capabilities, services
from hansa.alliance.gateway.schemas import (
    OrderForwardIn,
    OrderForwardOut,
    Refusal,
    StockPromiseIn,
    StockPromiseOut,
)
from hansa.alliance.gateway.signing import Request
from hansa.foundation import http_errors
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import HansaError, InvalidInput

router = Router(tags=["alliance"])

Body = TypeVar("Body", bound=Schema)
_REFUSALS = {403: Refusal, 404: Refusal, 409: Refusal, 422: Refusal, 503: Refusal}


def _body_of(schema: type[Schema]) -> dict[str, object]:
    # The body is read by hand, after its signature; this tells the OpenAPI document what it is.
    content = {"application/json": {"schema": schema.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/{receiver}/stock-promises",
    response={200: StockPromiseOut, **_REFUSALS},
    openapi_extra=_body_of(StockPromiseIn),
)
def post_stock_promise(request: HttpRequest, receiver: str) -> StockPromiseOut | HttpResponse:
    """How many of these offers can you deliver, at what price? Needs a signature and a grant for `stock.promise`."""
    now = system_clock()
    try:
        admitted = services.admit(_as_signed(request), receiver_code=receiver, scope="stock.promise", now=now)
        return capabilities.promise_stock(admitted, _parsed(StockPromiseIn, request), now=now)
    except HansaError as refusal:
        return _refused(refusal)


@router.post(
    "/{receiver}/orders", response={200: OrderForwardOut, **_REFUSALS}, openapi_extra=_body_of(OrderForwardIn)
)
def post_order(request: HttpRequest, receiver: str) -> OrderForwardOut | HttpResponse:
    """Fulfil an order that I have sold. Needs a signature and a grant for `order.forward`."""
    now = system_clock()
    try:
        admitted = services.admit(_as_signed(request), receiver_code=receiver, scope="order.forward", now=now)
        return capabilities.forward_order(admitted, _parsed(OrderForwardIn, request), now=now)
    except HansaError as refusal:
        return _refused(refusal)


def _as_signed(request: HttpRequest) -> Request:
    return Request(
        method=request.method or "",
        url=request.build_absolute_uri(),
        body=request.body,
        headers=dict(request.headers),
    )


def _parsed(schema: type[Body], request: HttpRequest) -> Body:
    try:
        return schema.model_validate_json(request.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the body"
        raise InvalidInput(f"{where}: {first['msg']}") from error


def _refused(refusal: HansaError) -> JsonResponse:
    return http_errors.answer_to(refusal)
