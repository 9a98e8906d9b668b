"""The only place that knows which status code a refusal becomes, and how it is said as JSON (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from django.http import JsonResponse

from hansa.foundation.rate_limits import TooManyCalls
from hansa.kernel.errors import (
    BrokenInvariant,
    Forbidden,
    HansaError,
    InvalidInput,
    NotFound,
    Refused,
    Unavailable,
)

PROBLEM = "application/problem+json"
_STATUS: tuple[tuple[type[HansaError], int], ...] = (
    (TooManyCalls, 429),
    (InvalidInput, 422),
    (NotFound, 404),
    (Forbidden, 403),
    (Refused, 409),
    (Unavailable, 503),
    (BrokenInvariant, 500),
)


def status_of(error: HansaError) -> int:
    """Say the HTTP status of a refusal."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def answer_to(error: HansaError) -> JsonResponse:
    """Say a refusal as a problem document."""
    return problem(status_of(error), error.code, error.message, error.details)


def problem(status: int, code: str, detail: str, details: Mapping[str, object] | None = None) -> JsonResponse:
    """A problem document: a stable ``code`` for machines, ``detail`` for people."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "details": dict(details or {}),
    }
    return JsonResponse(body, status=status, content_type=PROBLEM, json_dumps_params={"ensure_ascii": False})
