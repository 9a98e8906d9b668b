"""The only place that knows which status code a refusal becomes."""

from __future__ import annotations

from hansa.kernel.errors import (
    BrokenInvariant,
    Forbidden,
    HansaError,
    InvalidInput,
    NotFound,
    Refused,
    Unavailable,
)

_STATUS: tuple[tuple[type[HansaError], int], ...] = (
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


def body_of(error: HansaError) -> dict[str, object]:
    """Say a refusal as JSON: a code for machines, a message for people."""
    return {"code": error.code, "message": error.message, "details": error.details}
