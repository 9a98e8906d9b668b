"""A thousand checkouts over HTTP while web, worker and database are killed with -9: nothing is lost or doubled.

The driver keeps its own book of what it was told; the invariants and that book are the judges.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections

from hansa.commerce.accounts import services as accounts
from hansa.commerce.accounts.models import User
from hansa.commerce.orders.models import OrderGroup
from hansa.foundation import invariants, tenancy
from tests.e2e.stack import Stack
from tests.factories import DOOR, Shop, a_shop, a_shopper
from tests.integration.conftest import hang_up

pytestmark = pytest.mark.slow

CHECKOUTS = 1_000
BUYERS = 40
KILLS = ("worker", "web", "postgres", "web", "worker", "postgres")
SEED = 7
ADDRESS = {
    "recipient": DOOR.recipient,
    "street": DOOR.street,
    "city": DOOR.city,
    "postal_code": DOOR.postal_code,
    "country": DOOR.country,
    "latitude": DOOR.latitude,
    "longitude": DOOR.longitude,
}


@dataclass
class Book:
    """What the buyers were told: numbers of purchases by key, and refusals."""

    bought: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)


class Buyer:
    """Somebody with a token who tries again until there is an answer, always with the same key."""

    def __init__(self, url: str, shop: Shop, token: str) -> None:
        self.url, self.shop, self.token = url, shop, token

    def buy(self, good: str, quantity: int, key: str, book: Book) -> None:
        platform = self.shop.platform.code
        self._insist(
            "PUT",
            f"cart/lines?platform={platform}",
            {"product_id": self.shop.listings[good].pk, "quantity": quantity},
        )
        body: dict[str, Any] | None = None
        while True:
            if body is None:
                cart = self._insist("GET", f"cart/?platform={platform}")[1]
                window = self._insist("GET", f"delivery-windows/?platform={platform}")[1][0]["key"]
                body = {
                    "address": ADDRESS,
                    "window": window,
                    "payment_method": "tok_ok",
                    "agreed_total": cart["grand_total"],
                }
            status, answer = self._insist("POST", f"orders/?platform={platform}", body, key)
            if status == 201:
                book.bought[key] = answer["number"]
                return
            book.refused[answer["code"]] += 1
            if answer["code"] in {"insufficient_stock", "empty_cart"}:
                self._insist(
                    "PUT",
                    f"cart/lines?platform={platform}",
                    {"product_id": self.shop.listings[good].pk, "quantity": 0},
                )
                return
            raise AssertionError(f"{status} {answer}")

    def _insist(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """Ask until somebody answers; a broken line and a 5xx are asked again."""
        for _ in range(600):
            request = urllib.request.Request(
                f"{self.url}api/v1/{path}",
                method=method,
                data=None if body is None else json.dumps(body).encode(),
                headers={
                    "Authorization": f"Bearer {self.token}",
                    "Content-Type": "application/json",
                    "Idempotency-Key": key,
                },
            )
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as refusal:
                if refusal.code < 500:
                    return refusal.code, json.load(refusal)
            except (urllib.error.URLError, http.client.HTTPException, OSError, json.JSONDecodeError):
                pass
            time.sleep(0.2)
        raise TimeoutError(f"{method} {path} was never answered")


def the_shop() -> Shop:
    goods = {f"good{number}": 10_000 for number in range(20)} | {"rarity": 10}
    return a_shop(stock=goods, prices=dict.fromkeys(goods, 700))


def test_nothing_is_lost_or_doubled_under_fire(stack: Stack) -> None:
    shop = the_shop()
    buyers = [_buyer(stack, shop, number) for number in range(BUYERS)]
    book, done = Book(), threading.Event()
    killed: Counter[str] = Counter()

    def fire() -> None:
        for name in KILLS:
            if done.wait(6):
                return
            killed[name] += stack.kill(name) > 0

    gun = threading.Thread(target=fire)
    gun.start()
    with ThreadPoolExecutor(BUYERS) as pool:
        list(pool.map(lambda number: _shop_for(buyers[number], number, book), range(BUYERS)))
    done.set()
    gun.join()
    stack.wait_until_it_answers()
    _wait_until_drained()

    assert len(book.bought) + sum(book.refused.values()) == CHECKOUTS + 100
    assert set(book.refused) <= {"insufficient_stock"}
    assert sum(killed.values()) >= 4, f"too little fire for a proof: {killed}"
    with tenancy.as_platform(shop.platform.pk):
        stored = set(OrderGroup.objects.values_list("number", flat=True))
    assert set(book.bought.values()) == stored
    assert len(stored) == len(book.bought) == CHECKOUTS + 10
    rarity = shop.level_of("rarity")
    assert (rarity.on_hand, rarity.reserved, rarity.allocated) == (10, 0, 10)
    assert [
        (finding.invariant.name, finding.examples) for finding in invariants.check() if not finding.holds
    ] == []


def _shop_for(buyer: Buyer, number: int, book: Book) -> None:
    chance = random.Random(SEED + number)
    for turn in range(CHECKOUTS // BUYERS):
        buyer.buy(f"good{chance.randrange(20)}", chance.randint(1, 3), f"{number}-{turn}", book)
    for turn in range(100 // BUYERS + (number < 100 % BUYERS)):
        buyer.buy("rarity", 1, f"{number}-rarity-{turn}", book)


def _buyer(stack: Stack, shop: Shop, number: int) -> Buyer:
    actor = a_shopper(f"buyer{number}")
    user = User.objects.get(pk=actor.user_id)
    return Buyer(stack.url, shop, accounts.issue_token(user=user, name="test", now=datetime.now(UTC)))


def _wait_until_drained(seconds: float = 240) -> None:
    hang_up()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "select (select count(*) from outbox_event where done_at is null),"
                " (select count(*) from payments_payment where state = 'created')"
            )
            if cursor.fetchone() == (0, 0):
                return
        time.sleep(1)
    raise TimeoutError("the worker did not finish what was left")
