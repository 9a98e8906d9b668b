"""The sandbox provider's doors: JSON for shops that know its key, one page for buyers, some for its own staff."""

from __future__ import annotations

import hmac
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from psycopg_pool import PoolTimeout

from hansa.commerce.payments.sandbox_provider import book, database
from hansa.commerce.payments.sandbox_provider.book import Asked, Row, Turned
from hansa.commerce.payments.sandbox_provider.courier import Address, Courier
from hansa.commerce.payments.sandbox_provider.database import Pool, Rows
from hansa.commerce.payments.sandbox_provider.moods import METHODS, Moods

HOST = "127.0.0.1"
_LARGEST_BODY = 4_000_000


@dataclass(frozen=True)
class Settings:
    """What the provider is started with."""

    database_url: str
    port: int
    api_key: str
    address: Address
    moods: Moods


class Server(ThreadingHTTPServer):
    """Listens on loopback; every request has a thread of its own."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, settings: Settings, pool: Pool) -> None:
        super().__init__((HOST, settings.port), Door)
        self.settings = settings
        self.pool = pool


class Door(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve(_READS)

    def do_POST(self) -> None:
        self._serve(_WRITES)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the log for trouble."""

    @property
    def moods(self) -> Moods:
        return self.server.settings.moods

    @property
    def key(self) -> str:
        key = self.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= 255:
            raise Turned(
                HTTPStatus.UNPROCESSABLE_ENTITY, "an Idempotency-Key of 1 to 255 characters is needed"
            )
        return key

    def _serve(self, doors: dict[str, Work]) -> None:
        address = urlsplit(self.path)
        words = address.path.strip("/").split("/")
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LARGEST_BODY:
                raise Turned(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
            raw = self.rfile.read(length)
            if words[0] == "pay" and len(words) == 2:
                self._buyer(words[1], raw)
                return
            self._insist_on_key(words)
            name, its_id = _door(words)
            if name not in doors:
                raise Turned(HTTPStatus.NOT_FOUND, "there is no such door")
            told = json.loads(raw) if raw else {}
            with self.server.pool.connection() as connection:
                answer = doors[name](self, connection, its_id, {**asked, **told})
            if self._answer_is_lost(name):
                self.close_connection = True
                return
            self._say(HTTPStatus.OK, answer)
        except Turned as turned:
            self._say(turned.status, {"reason": turned.reason})
        except (ValueError, KeyError, TypeError) as error:
            self._say(HTTPStatus.BAD_REQUEST, {"reason": f"not understood: {error}"})
        except PoolTimeout:
            self._say(HTTPStatus.SERVICE_UNAVAILABLE, {"reason": "too busy"})

    def _insist_on_key(self, words: list[str]) -> None:
        offered = self.headers.get("Authorization", "").encode()
        if words[-1] != "health" and not hmac.compare_digest(
            offered, f"Bearer {self.server.settings.api_key}".encode()
        ):
            raise Turned(HTTPStatus.UNAUTHORIZED, "the key is wrong")

    def _answer_is_lost(self, name: str) -> bool:
        """The work is done, and the shop does not hear of it: the worst that a line can do."""
        key = self.headers.get("Idempotency-Key", "")
        if name not in {"payments", "refunds", "payments/capture"} or not key:
            return False
        with self.server.pool.connection() as connection:
            found = book.find(connection, key) or {}
        return found.get("method") == "tok_no_answer" or self.moods.strikes(
            "no_answer", key, self.moods.no_answer
        )

    def _say(self, status: HTTPStatus, answer: object) -> None:
        self._send(status, "application/json", json.dumps(answer, default=_plain).encode())

    def _send(self, status: HTTPStatus, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _buyer(self, payment_id: str, raw: bytes) -> None:
        """The page where the bank asks the buyer; the answer leads back to the shop."""
        with self.server.pool.connection() as connection:
            found = connection.execute("select * from payment where id = %s", [payment_id]).fetchone()
            if found is None:
                raise Turned(HTTPStatus.NOT_FOUND, "there is no such payment")
            if self.command == "POST":
                is_confirmed = parse_qs(raw.decode()).get("answer") == ["confirm"]
                found = book.answer_step(connection, self.moods, payment_id, is_confirmed=is_confirmed)
        back = str(found["return_url"])
        if found["state"] != "action" and back:
            self._send(HTTPStatus.SEE_OTHER, "text/plain", b"", Location=back)
        elif found["state"] != "action":
            self._send(
                HTTPStatus.OK, "text/html; charset=utf-8", b"<!doctype html><title>Done</title><h1>Done</h1>"
            )
        else:
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", _page(found))


Work = Callable[[Door, Rows, str, dict[str, Any]], object]


def serve(settings: Settings) -> None:
    """Keep the book and answer until SIGTERM or SIGINT."""
    database.prepare(settings.database_url)
    pool = database.pool(settings.database_url)
    server = Server(settings, pool)
    courier = Courier(pool, settings.address, on_trouble=_log)
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _number, _frame: ended.set())
    courier.start()
    threading.Thread(target=server.serve_forever, name="doors", daemon=True).start()
    _log(f"the sandbox provider listens on http://{HOST}:{settings.port}")
    ended.wait()
    server.shutdown()
    courier.stop()
    server.server_close()
    pool.close()


def main() -> None:
    """Start with what the environment says."""
    serve(
        Settings(
            database_url=os.environ["DATABASE_URL"],
            port=int(os.environ.get("HANSA_SANDBOX_PORT", "8790")),
            api_key=os.environ["HANSA_SANDBOX_KEY"],
            address=Address(
                os.environ.get("HANSA_SANDBOX_WEBHOOK_URL", ""), os.environ["HANSA_SANDBOX_WEBHOOK_SECRET"]
            ),
            moods=Moods.read(os.environ.get("HANSA_SANDBOX_MOODS", "")),
        )
    )


def _take(door: Door, connection: Rows, _id: str, told: dict[str, Any]) -> object:
    asked = Asked(
        key=door.key,
        reference=str(told["reference"]),
        payee=str(told["payee"]),
        amount=int(told["amount"]),
        currency=str(told["currency"]),
        method=str(told["method"]),
        is_at_once=bool(told["at_once"]),
        return_url=str(told.get("return_url", "")),
    )
    return _with_page(door, book.take(connection, door.moods, asked))


def _capture(door: Door, connection: Rows, its_id: str, told: dict[str, Any]) -> object:
    return book.capture(connection, door.moods, its_id, int(told["amount"]))


def _void(door: Door, connection: Rows, _id: str, _told: dict[str, Any]) -> object:
    return book.void(connection, door.moods, door.key)


def _refund(door: Door, connection: Rows, _id: str, told: dict[str, Any]) -> object:
    return book.refund(
        connection,
        door.moods,
        key=door.key,
        payment_id=str(told["payment"]),
        amount=int(told["amount"]),
        reference=str(told["reference"]),
    )


def _dispute(door: Door, connection: Rows, _id: str, told: dict[str, Any]) -> object:
    return book.dispute(
        connection, door.moods, str(told["payment"]), str(told.get("reason", "not as described"))
    )


def _argue(door: Door, connection: Rows, its_id: str, told: dict[str, Any]) -> object:
    return book.argue(
        connection, key=door.key, dispute_id=its_id, text=str(told["text"]), files=list(told.get("files", []))
    )


def _decide(door: Door, connection: Rows, its_id: str, told: dict[str, Any]) -> object:
    return book.decide(connection, door.moods, its_id, is_won=bool(told["won"]))


def _find(door: Door, connection: Rows, _id: str, told: dict[str, Any]) -> object:
    found = book.find(connection, str(told["key"]))
    return _with_page(door, found) if found else {"state": "unknown"}


def _how_it_stands(_door: Door, connection: Rows, _id: str, told: dict[str, Any]) -> object:
    found = connection.execute("select state from dispute where id = %s", [str(told["id"])]).fetchone()
    return found or {"state": ""}


def _book(_door: Door, connection: Rows, _id: str, told: dict[str, Any]) -> object:
    since, until = (datetime.fromisoformat(str(told[name])) for name in ("since", "until"))
    return {"lines": book.lines(connection, since, until)}


def _waiting(_door: Door, connection: Rows, _id: str, _told: dict[str, Any]) -> object:
    return connection.execute(
        "select count(*) as waiting from parcel where not is_done and attempts < 10 and not is_signature_wrong"
    ).fetchone()


def _methods(_door: Door, _connection: Rows, _id: str, _told: dict[str, Any]) -> object:
    return METHODS


def _health(_door: Door, connection: Rows, _id: str, _told: dict[str, Any]) -> object:
    return connection.execute("select 'ok' as state").fetchone()


_READS: dict[str, Work] = {
    "health": _health,
    "methods": _methods,
    "find": _find,
    "book": _book,
    "dispute": _how_it_stands,
    "parcels": _waiting,
}
_WRITES: dict[str, Work] = {
    "payments": _take,
    "payments/capture": _capture,
    "void": _void,
    "refunds": _refund,
    "disputes": _dispute,
    "disputes/evidence": _argue,
    "disputes/decide": _decide,
}


def _door(words: list[str]) -> tuple[str, str]:
    """``payments/pay_1/capture`` is the door ``payments/capture`` of ``pay_1``."""
    if words[:1] == ["v1"]:
        words = words[1:]
    return (f"{words[0]}/{words[2]}", words[1]) if len(words) == 3 else ("/".join(words), "")


def _with_page(door: Door, payment: Row) -> Row:
    if payment.get("state") != "action":
        return payment
    return {**payment, "page": f"http://{HOST}:{door.server.settings.port}/pay/{quote(payment['id'])}"}


def _page(payment: Row) -> bytes:
    """A page that a bank could show, without scripts."""
    total = f"{payment['amount']} ({escape(str(payment['currency']))}, minor units)"
    return (
        '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">'
        "<title>Sandbox bank</title><main><h1>Sandbox bank</h1>"
        f"<p>Do you pay {total} to {escape(str(payment['payee']))} for {escape(str(payment['reference']))}?</p>"
        '<form method="post"><button name="answer" value="confirm">Yes, I pay</button> '
        '<button name="answer" value="refuse">No</button></form></main></html>'
    ).encode()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _log(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
