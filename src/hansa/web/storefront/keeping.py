"""Pages that every newcomer sees alike, kept in the process's memory for some seconds.

A newcomer has no session: nothing lies in a cart, nothing was agreed to, nobody is known. Whoever has one gets
each page made anew. Prices and stock are looked at again when something is bought, so a kept page promises nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

# Stands in a kept page for the token against forged forms; nobody who writes on a page can know it.
TOKEN = secrets.token_hex()
MOST_KEPT = 400
View = Callable[..., HttpResponse]
_pages: dict[tuple[str, str | None], tuple[float, bytes]] = {}


def kept(view: View) -> View:
    """Serve a page to newcomers from memory as long as HANSA_PAGES_KEPT_S says."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PAGES_KEPT_S or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return view(request, *args, **kwargs)
        key = request.build_absolute_uri(), get_language()
        found = _pages.get(key)
        if found is None or found[0] < time.monotonic():
            request.is_kept = True  # type: ignore[attr-defined]  # a mark of ours, read by `is_kept`
            response = view(request, *args, **kwargs)
            if response.status_code != 200:
                return response
            found = _keep(key, response.content)
        return HttpResponse(found[1].replace(TOKEN.encode(), get_token(request).encode()))

    return page


def is_kept(request: HttpRequest) -> bool:
    """Whether the page that is being made will be kept for others too."""
    return getattr(request, "is_kept", False)


def forget() -> None:
    """Forget every page; for tests."""
    _pages.clear()


def _keep(key: tuple[str, str | None], html: bytes) -> tuple[float, bytes]:
    if len(_pages) >= MOST_KEPT:
        _pages.clear()
    _pages[key] = time.monotonic() + settings.PAGES_KEPT_S, html
    return _pages[key]
