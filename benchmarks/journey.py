"""A guest's whole journey over HTTP: three lines of two merchants, delivery, order, paid; ours and django-oscar's.

Driver, server and PostgreSQL share the machine, and each shop is driven alone. First as many buyers as are
served, then buyers at a fixed rate whatever the server does. CPU an order is the server's and the database's;
the driver's is told beside it.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.cluster import INK, cluster, stocked_shop
from benchmarks.driver import Browser, Journey, drive, saturate
from benchmarks.meter import Meter
from benchmarks.peers import oscar_shop

GOODS = 200
STOCK = 1_000_000
WORKERS = 2
CLIENTS = 24
WARM_UP_S = 5.0
SATURATED_S = 15.0
SHARE_OF_RATE = 0.6  # of what was served when saturated: room for bursts, as one would run a shop
ADDRESS = {
    "recipient": "Ada",
    "street": "Street 4",
    "city": "Town",
    "postal_code": "23552",
    "country": "DE",
    "latitude": 53.8,
    "longitude": 10.6,
}


def run(*, seed: int, seconds: float = 60.0) -> dict[str, Any]:
    """Drive both shops; the seed decides when the buyers come."""
    ours = _ours(seed, seconds)
    theirs = _theirs(seed, seconds)
    return {
        "hansa": ours,
        "peer": theirs,
        "peer_name": oscar_shop.VERSION,
        "peer_cpu_over_ours": round(
            theirs["steady"]["cpu_ms_per_order"] / ours["steady"]["cpu_ms_per_order"], 1
        ),
    }


def _ours(seed: int, seconds: float) -> dict[str, Any]:
    with cluster("hansa-journey-") as url:
        shop = stocked_shop(goods=GOODS, stock=STOCK)
        goods = [shop.listings[name] for name in [*shop.plain, INK]]
        command = [sys.executable, "-m", "hansa.cli.main", "web", "--workers", str(WORKERS), "--port"]

        def buy(browser: Browser, turn: int) -> None:
            _buy(browser, [goods[turn % GOODS], goods[(turn + 1) % GOODS], goods[-1]])

        with _served(command, dict(os.environ)) as (port, pid):
            return _driven(buy, port, Meter(url, pid), seed, seconds)


def _theirs(seed: int, seconds: float) -> dict[str, Any]:
    with cluster("peer-journey-") as url:
        goods = oscar_shop.seed(url, goods=GOODS, stock=STOCK)

        def buy(browser: Browser, turn: int) -> None:
            oscar_shop.buy(browser, [goods[turn % GOODS], goods[(turn + 1) % GOODS], goods[-1]])

        command = oscar_shop.serving(0, WORKERS)
        with _served(command, oscar_shop.environment(url)) as (port, pid):
            return _driven(buy, port, Meter(url, pid), seed, seconds)


def _buy(browser: Browser, products: list[int]) -> None:
    token = browser.call("POST", "/api/v1/carts/", expect=201).json()["cart_token"]
    for product, quantity in zip(products, (2, 1, 1), strict=True):
        line = {"product_id": product, "quantity": quantity}
        cart = browser.call("PUT", "/api/v1/cart/lines", line, Cart_Token=token).json()
    windows = browser.call("GET", "/api/v1/delivery-windows/", Cart_Token=token).json()
    wish = {
        "address": ADDRESS,
        "window": windows[0]["key"],
        "payment_method": "tok_ok",
        "agreed_total": cart["grand_total"],
        "email": "ada@example.org",
    }
    key = {"Cart_Token": token, "Idempotency_Key": secrets.token_hex(8)}
    order = browser.call("POST", "/api/v1/orders/", wish, expect=201, **key).json()
    if {part["status"] for part in order["orders"]} != {"paid"}:
        raise RuntimeError(f"not paid: {order}")


def _driven(buy: Journey, port: int, meter: Meter, seed: int, seconds: float) -> dict[str, Any]:
    saturate(buy, port=port, seconds=WARM_UP_S, clients=4)
    began = meter.read()
    full = saturate(buy, port=port, seconds=SATURATED_S, clients=8)
    spent_full = meter.read().since(began)
    rate = SHARE_OF_RATE * len(full.latencies) / full.wall
    driver = Meter(os.environ["DATABASE_URL"])
    began, own = meter.read(), driver.read()
    steady = drive(buy, port=port, rate=rate, seconds=seconds, clients=CLIENTS, seed=seed)
    spent = meter.read().since(began)
    orders = max(1, len(steady.latencies))
    return {
        "saturated": full.figures()
        | {"cpu_ms_per_order": round(1000 * spent_full.cpu / max(1, len(full.latencies)), 1)},
        "steady": steady.figures()
        | {
            "offered_per_second": round(rate, 1),
            "cpu_ms_per_order": round(1000 * spent.cpu / orders, 1),
            "of_which_database": round(1000 * spent.server / orders, 1),
            "driver_cpu_ms_per_order": round(1000 * driver.read().since(own).python / orders, 1),
        },
    }


@contextmanager
def _served(command: list[str], environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = (
        [*command, str(port)]
        if command[-1] == "--port"
        else [part.replace("127.0.0.1:0", f"127.0.0.1:{port}") for part in command]
    )
    environment |= {
        "HANSA_SECRET_KEY": "for measuring only",
        "HANSA_LOG_LEVEL": "WARNING",
        "HANSA_API_LIMITS": "0",  # all buyers come from one address
    }
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_until_up(port, server)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(30)


def _wait_until_up(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not come up")
