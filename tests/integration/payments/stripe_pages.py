"""A server that speaks what Stripe's documents say of Checkout's sessions and their intents; a buyer pays by `pay`.

localstripe knows no sessions. The keys of requests are heeded as Stripe does: the same again answers the same, and
another request under the same key is refused.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]


class Refusal(Exception):
    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.body = status, {"error": {"type": kind, "message": message}}


class Stripe:
    """One account: its sessions, its intents, and what was asked of it."""

    def __init__(self) -> None:
        self.url = ""
        self.sessions: dict[str, Json] = {}
        self.intents: dict[str, Json] = {}
        self.asked: list[Json] = []
        self._answered: dict[str, tuple[Json, Json]] = {}
        self._numbers = itertools.count(1)
        self._taking_turns = threading.RLock()

    def answer(self, method: str, path: str, told: dict[str, str], key: str) -> Json:
        with self._taking_turns:
            if key and key in self._answered:
                earlier, answer = self._answered[key]
                if earlier != told:
                    raise Refusal(
                        400, "idempotency_error", "Keys for idempotent requests can only be used once"
                    )
                return answer
            answer = json.loads(json.dumps(self._do(method, path.removeprefix("/v1/").split("/"), told)))
            if key:
                self._answered[key] = (dict(told), answer)
            return answer

    def pay(self, session: Json) -> None:
        """The buyer types a card that is good; Stripe makes the intent only now."""
        wanted, is_held = session["_intent"], session["_intent"]["capture_method"] == "manual"
        intent = self._intent(session, "requires_capture" if is_held else "succeeded")
        intent["amount_received"] = 0 if is_held else intent["amount"]
        intent["metadata"] = wanted["metadata"]
        session |= {
            "status": "complete",
            "payment_status": "unpaid" if is_held else "paid",
            "payment_intent": intent["id"],
            "url": None,
        }

    def decline(self, session: Json) -> None:
        """The buyer types a card that is declined, and stays on the page."""
        session["payment_intent"] = self._intent(session, "requires_payment_method")["id"]

    def _do(self, method: str, path: list[str], told: dict[str, str]) -> Json:
        match method, path:
            case "POST", ["checkout", "sessions"]:
                return self._open(told)
            case "GET", ["checkout", "sessions"]:
                since, until = int(told["created[gte]"]), int(told["created[lte]"])
                found = [each for each in self.sessions.values() if since <= each["created"] <= until]
                return _listed("/v1/checkout/sessions", [self._shown(each) for each in reversed(found)])
            case "POST", ["checkout", "sessions", ref, "expire"]:
                session = self.sessions[ref]
                if session["status"] != "open":
                    raise Refusal(400, "invalid_request_error", f"This Session is {session['status']}")
                session |= {"status": "expired", "url": None}
                return self._shown(session)
            case "POST", ["payment_intents", ref, "capture"]:
                intent = self.intents[ref]
                if intent["status"] != "requires_capture":
                    raise Refusal(400, "invalid_request_error", f"This PaymentIntent is {intent['status']}")
                return intent | self._set(intent, "succeeded", int(told["amount_to_capture"]))
            case "POST", ["payment_intents", ref, "cancel"]:
                intent = self.intents[ref]
                if intent["status"] in {"succeeded", "canceled"}:
                    raise Refusal(400, "invalid_request_error", f"This PaymentIntent is {intent['status']}")
                return intent | self._set(intent, "canceled", 0)
            case "GET", ["payment_intents"]:
                return _listed("/v1/payment_intents", list(reversed(self.intents.values())))
            case "GET", ["refunds"]:
                return _listed("/v1/refunds", [])
            case "GET", ["disputes"]:
                return _listed("/v1/disputes", [])
        raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({method}: /{'/'.join(path)})")

    def _set(self, intent: Json, status: str, received: int) -> Json:
        intent |= {"status": status, "amount_received": received}
        return intent

    def _open(self, told: dict[str, str]) -> Json:
        self.asked.append(dict(told))
        price = "line_items[0][price_data]"
        ref = f"cs_test_{next(self._numbers)}"
        session = {
            "id": ref,
            "object": "checkout.session",
            "created": int(time.time()),
            "mode": told["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(told[f"{price}[unit_amount]"]) * int(told["line_items[0][quantity]"]),
            "currency": told[f"{price}[currency]"],
            "client_reference_id": told["client_reference_id"],
            "metadata": _under("metadata", told),
            "success_url": told["success_url"],
            "url": f"https://checkout.stripe.test/c/pay/{ref}",
            "_intent": {
                "capture_method": told["payment_intent_data[capture_method]"],
                "metadata": _under("payment_intent_data[metadata]", told),
            },
        }
        self.sessions[ref] = session
        return self._shown(session)

    def _intent(self, session: Json, status: str) -> Json:
        ref = f"pi_{next(self._numbers)}"
        self.intents[ref] = {
            "id": ref,
            "object": "payment_intent",
            "created": int(time.time()),
            "amount": session["amount_total"],
            "amount_received": 0,
            "currency": session["currency"],
            "status": status,
            "metadata": {},
        }
        return self.intents[ref]

    def _shown(self, session: Json) -> Json:
        """As a list shows it with ``expand[]=data.payment_intent``."""
        shown = {name: value for name, value in session.items() if not name.startswith("_")}
        return shown | {"payment_intent": self.intents.get(session["payment_intent"] or "")}


@contextmanager
def a_stripe() -> Iterator[Stripe]:
    """Serve an empty account until the block ends."""
    account = Stripe()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(dict(parse_qsl(urlsplit(self.path).query)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            self._say(dict(parse_qsl(body)))

        def _say(self, told: dict[str, str]) -> None:
            key = self.headers.get("Idempotency-Key") or ""
            key = key if self.command == "POST" else ""
            try:
                status, said = 200, account.answer(self.command, urlsplit(self.path).path, told, key)
            except Refusal as refusal:
                status, said = refusal.status, refusal.body
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    account.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def _listed(url: str, things: list[Json]) -> Json:
    return {"object": "list", "url": url, "has_more": False, "data": things}


def _under(name: str, told: dict[str, str]) -> Json:
    start = f"{name}["
    return {key[len(start) : -1]: value for key, value in told.items() if key.startswith(start)}
