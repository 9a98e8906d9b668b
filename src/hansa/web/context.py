"""What the frame of every page needs: who looks, which shop this is, and where else one may go."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Platform
from hansa.web.doors import actor_of


def frame(request: HttpRequest) -> dict[str, Any]:
    """Values for the base templates. The cart's count is read where a page shows it, not on every page."""
    match = request.resolver_match
    code = match.kwargs.get("platform", "") if match else ""
    platforms: list[Platform] = list(accounts.platforms())
    return {
        "actor": actor_of(request) if hasattr(request, "session") else None,
        "platforms": platforms,
        "platform": next((platform for platform in platforms if platform.code == code), None),
        "demo_logins": settings.DEMO_LOGINS,
    }
