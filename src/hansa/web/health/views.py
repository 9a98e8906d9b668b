"""The health of the ecosystem: the causal chain as a picture, and every node of it on a page of its own.

The steward sees the alliance and each platform; an operator sees the platform that he runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.models import Platform
from hansa.commerce.accounts.policy import Actor, Permission, Role
from hansa.commerce.health import services
from hansa.commerce.health.selectors import board as boards
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from hansa.web.doors import actor_of
from hansa.web.health import levers, picture, shown
from hansa.web.templatetags.words import platform_name


@dataclass(frozen=True)
class Look:
    """Who looks at what: one platform, or (None) the alliance."""

    actor: Actor
    now: datetime
    platform: Platform | None

    @property
    def query(self) -> str:
        """What keeps the platform in the addresses of this page's links."""
        return "?" + urlencode({"platform": self.platform.code}) if self.platform else ""

    @contextmanager
    def walls(self) -> Iterator[None]:
        """Open the scope of what is looked at."""
        with tenancy.as_platform(self.platform.pk) if self.platform else tenancy.as_alliance():
            yield


View = Callable[..., HttpResponse]


def health_page(view: View) -> View:
    """Let in who may see what the address asks for; an operator who asks for nothing gets the own platform."""

    @wraps(view)
    def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        actor = actor_of(request)
        code = request.GET.get("platform", "")
        if not code and not actor.may(Permission.SEE_ALLIANCE):
            own = actor.platform_ids(Role.OPERATOR)
            if own:
                query = urlencode({"platform": accounts.platform_by_id(own[0]).code})
                return redirect(f"{request.path}?{query}")
        platform = accounts.get_platform(code) if code else None
        _insist(actor, platform)
        return view(request, Look(actor, system_clock(), platform), **kwargs)

    return page


@require_GET
@health_page
def home(request: HttpRequest, look: Look) -> HttpResponse:
    """The whole chain: nodes with their last full week, links with what thirteen weeks say of them."""
    with look.walls():
        board = boards.board(look.platform, now=look.now)
    cards = shown.cards(board, query=look.query)
    context = {
        "cards": cards,
        "picture": picture.draw(board, cards),
        "strands": shown.strands(cards),
        "links": [shown.link(judged, query=look.query) for judged in board.links],
        "better": shown.news(board, cards, good=True),
        "worse": shown.news(board, cards, good=False),
        "evidence": shown.evidence(board.links),
        "last_day": shown.last_day(board),
    }
    return _page(request, look, board, "home", context)


@require_GET
@health_page
def node(request: HttpRequest, look: Look, key: str) -> HttpResponse:
    """One node: what it is, its weeks, what moves it and what it moves, and where people can move it."""
    with look.walls():
        board = boards.board(look.platform, now=look.now)
        reading = board.reading(key)
        members = boards.members_of_alliance(reading.node, now=look.now) if look.platform is None else []
    context = {
        "detail": shown.detail(board, reading),
        "members": shown.members_chart(board, reading.node, members),
        "causes": [
            shown.link(one, query=look.query) for one in board.links if one.link.effect == reading.node.key
        ],
        "effects": [
            shown.link(one, query=look.query) for one in board.links if one.link.cause == reading.node.key
        ],
        "levers": levers.levers_of(reading.node, _platforms(look), look.actor),
        "trail": [(_("Ecosystem health"), reverse("health:home") + look.query), (_(reading.node.name), "")],
    }
    return _page(request, look, board, "node", context)


@require_POST
@health_page
def count(request: HttpRequest, look: Look) -> HttpResponse:
    """Count the latest weeks now instead of waiting for the worker."""
    services.refresh(now=look.now)
    messages.success(request, _("The weeks have been counted."))
    return redirect(reverse("health:home") + look.query)


def _insist(actor: Actor, platform: Platform | None) -> None:
    if actor.may(Permission.SEE_ALLIANCE):
        return
    if platform is None:
        actor.require(Permission.SEE_ALLIANCE)
    else:
        actor.require(Permission.SEE_PLATFORM, platform_id=platform.pk)


def _platforms(look: Look) -> list[Platform]:
    return [look.platform] if look.platform else list(accounts.platforms())


def _page(
    request: HttpRequest, look: Look, board: boards.Board, name: str, context: dict[str, Any]
) -> HttpResponse:
    sees_all = look.actor.may(Permission.SEE_ALLIANCE)
    own = look.actor.platform_ids(Role.OPERATOR)
    return render(
        request,
        f"health/{name}.html",
        {
            "look": look,
            "board": board,
            "platform": look.platform,
            "market": platform_name(look.platform) if look.platform else "",
            "sees_alliance": sees_all,
            "choices": [
                (one.code, platform_name(one)) for one in accounts.platforms() if sees_all or one.pk in own
            ],
            "now": look.now,
            **context,
        },
    )
