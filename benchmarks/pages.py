"""What the shop's busiest pages cost the processor: kept for newcomers, and made anew for whoever has a session.

Pages are asked of the WSGI application itself, in this process: no HTTP parsing, no driver beside it.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.cluster import cluster, let_go, stocked_shop
from benchmarks.meter import Meter

GOODS = 200
WARM_UP, ASKED = 10, 200
Ask = Callable[[str], None]


def run(*, seed: int) -> dict[str, Any]:
    """Measure; the seed is not needed, since nothing is left to chance."""
    os.environ.setdefault("HANSA_SECRET_KEY", "for measuring only")
    with cluster("hansa-pages-") as url:
        return _measure(Meter(url))


def _measure(meter: Meter) -> dict[str, Any]:
    shop = stocked_shop(goods=GOODS, stock=1_000)
    home = f"/{shop.code}/"
    goods = [f"{home}p/{shop.listings[name]}/" for name in shop.plain]
    newcomer, known = _asker(""), _asker(_session())
    figures = {
        "home_kept": _cost(meter, newcomer, [home]),
        "list_kept": _cost(meter, newcomer, [f"{home}search/"]),
        "list_anew": _cost(meter, known, [f"{home}search/"]),
        "good_anew": _cost(meter, known, goods),
    }
    let_go()
    return figures


def _cost(meter: Meter, ask: Ask, paths: list[str]) -> dict[str, float]:
    """CPU of a page in milliseconds, ours and the database's, over so many asked for in turn."""
    for number in range(WARM_UP):
        ask(paths[number % len(paths)])
    began = meter.read()
    for number in range(ASKED):
        ask(paths[number % len(paths)])
    spent = meter.read().since(began)
    return {
        "cpu_ms": round(1_000 * spent.python / ASKED, 2),
        "database_cpu_ms": round(1_000 * spent.server / ASKED, 2),
    }


def _session() -> str:
    """The cookie of a visitor who has a session, and nothing in it."""
    from importlib import import_module

    from django.conf import settings

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _asker(cookie: str) -> Ask:
    from hansa.config.wsgi import application

    def ask(path: str) -> None:
        told: list[str] = []
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_ACCEPT_LANGUAGE": "en",
            "HTTP_COOKIE": cookie,
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
        }
        answer = application(environ, lambda status, headers: told.append(status))
        for _ in answer:
            pass
        answer.close()
        if not told[0].startswith("200"):
            raise RuntimeError(f"{path} answered {told[0]}")

    return ask
