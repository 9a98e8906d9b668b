"""The kinds of refusal every part of Hansa speaks.

    HansaError
    ├─ InvalidInput      the request cannot be right
    ├─ NotFound          no such thing for this actor
    ├─ Forbidden         known actor, not allowed
    ├─ Refused           right request, wrong moment
    ├─ Unavailable       try later; the only kind that may be retried
    └─ BrokenInvariant   our own fault; alert

Only ``foundation/http_errors.py`` knows which status code each one becomes.
"""

from __future__ import annotations

from collections.abc import Mapping


class HansaError(Exception):
    """A refusal with a message for people, a code and details for machines."""

    code = "error"

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, object] = dict(details or {})


class InvalidInput(HansaError):
    code = "invalid_input"


class NotFound(HansaError):
    code = "not_found"


class Forbidden(HansaError):
    code = "forbidden"


class Refused(HansaError):
    code = "refused"


class Unavailable(HansaError):
    code = "unavailable"


class BrokenInvariant(HansaError):
    code = "broken_invariant"
