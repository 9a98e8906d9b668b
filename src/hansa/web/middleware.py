"""What every answer carries: security headers, leave for other origins, and refusals said kindly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from hansa.foundation.http_errors import answer_to, status_of
from hansa.kernel.errors import BrokenInvariant, HansaError

log = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponseBase]

_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)


class SecurityHeaders:
    """Scripts only from ourselves, no framing, no devices."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path.startswith("/admin/"):  # the raw admin's theme evaluates scripts of its own
            response.headers.setdefault("Content-Security-Policy", _policy(request.path))
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


def _policy(path: str) -> str:
    """The policy of a page; where one signs in, a form may lead on to the providers of OpenID Connect."""
    if not path.startswith(("/sign-in/", "/account/")):
        return _POLICY
    houses = [f" {origin}" for origin in _provider_origins()]
    return _POLICY.replace("form-action 'self'", f"form-action 'self'{''.join(houses)}")


def _provider_origins() -> list[str]:
    apps: list[dict[str, Any]] = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]  # type: ignore[assignment]  # a mixed dictionary
    servers = [urlsplit(app["settings"]["server_url"]) for app in apps]
    return sorted({f"{server.scheme}://{server.netloc}" for server in servers})


class CrossOrigin:
    """Lets the origins in HANSA_CORS_ALLOWED_ORIGINS call the API from a browser; nobody else, nothing else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        origin = request.headers.get("Origin", "")
        allowed = request.path.startswith("/api/") and origin in settings.CORS_ALLOWED_ORIGINS
        if allowed and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response: HttpResponseBase = HttpResponse(status=204)
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
            response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, idempotency-key"
            response.headers["Access-Control-Max-Age"] = "600"
        else:
            response = self.get_response(request)
        if allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
        return response


class Refusals:
    """Turns a refusal that a view raised into a page that says what and why, or into JSON."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, HansaError):
            return None
        if isinstance(exception, BrokenInvariant):
            log.error("broken invariant at %s: %s", request.path, exception.message)
        status = status_of(exception)
        if request.path.startswith(("/api/", "/alliance/v1/")) or "json" in request.headers.get("Accept", ""):
            return answer_to(exception)
        return render(request, "base/refusal.html", {"refusal": exception, "status": status}, status=status)
