"""django-oscar, installed from its package into an environment of its own, and a guest's way through it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from benchmarks.driver import Browser
from hansa.foundation.state import CHECKOUT, state_dir

PACKAGES = [
    "django-oscar==4.2.1",
    "Django==5.2.*",
    "psycopg[binary]",
    "gunicorn",
    "sorl-thumbnail",
    "pycountry",
]
VERSION = "django-oscar 4.2.1, Django 5.2"
_CSRF = "benchmarkbenchmarkbenchmark00000"


def python() -> Path:
    """The peer's interpreter; installs the peer the first time."""
    home = state_dir() / "peers" / "oscar"
    program = home / "bin" / "python"
    if not program.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(program), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return program


def environment(url: str) -> dict[str, str]:
    """What the peer's processes are told: where its database is."""
    parts = conninfo_to_dict(url)
    return os.environ | {
        "PYTHONPATH": str(CHECKOUT),
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.oscar.settings",
        "PEER_DATABASE": str(parts["dbname"]),
        "PEER_HOST": str(parts["host"]),
        "PEER_USER": str(parts["user"]),
        "PEER_PASSWORD": str(parts.get("password", "")),
        "PEER_MEDIA": str(state_dir() / "peers" / "media"),
        "PYTHONWARNINGS": "ignore",
    }


def seed(url: str, *, goods: int, stock: int) -> list[int]:
    """Make the tables and the goods; the last good is another partner's."""
    command = [str(python()), "-m", "benchmarks.peers.oscar.seed", str(goods), str(stock)]
    done = subprocess.run(command, env=environment(url), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the peer could not be set up: {done.stderr[-2000:]}")
    return [int(each) for each in json.loads(done.stdout.splitlines()[-1])]


def serving(port: int, workers: int) -> list[str]:
    """The peer's server, as ours: gunicorn with threads."""
    return [
        str(python()),
        "-m",
        "gunicorn",
        "benchmarks.peers.oscar.wsgi",
        "--worker-class=gthread",
        f"--workers={workers}",
        "--threads=4",
        f"--bind=127.0.0.1:{port}",
        "--no-control-socket",
    ]


def buy(browser: Browser, goods: list[int]) -> None:
    """A guest's journey: three lines of two partners, e-mail, address, delivery, order."""
    browser.remember("csrftoken", _CSRF)
    own = {"X_CSRFToken": _CSRF, "Referer": "http://127.0.0.1/"}
    for product, quantity in zip(goods, (2, 1, 1), strict=True):
        browser.post_form(f"/basket/add/{product}/", {"quantity": quantity}, **own)
    browser.post_form("/checkout/", {"username": "ada@example.org", "options": "anonymous"}, **own)
    address = {
        "first_name": "Ada",
        "last_name": "B",
        "line1": "Street 4",
        "line4": "Town",
        "postcode": "23552",
    }
    browser.post_form("/checkout/shipping-address/", address, **own)
    thanks = browser.post_form("/checkout/preview/", {"action": "place_order"}, **own)
    if b"order" not in thanks.body.lower() or b"basket is empty" in thanks.body.lower():
        raise RuntimeError("the peer took no order")
