"""An agent for the tests: it signs or not, and holds every answer against the official models."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ECDSA_P256_SHA256
from ucp_sdk.models.schemas.shopping import catalog_lookup, catalog_search, discount, fulfillment, order
from ucp_sdk.models.schemas.shopping.types import error_response

from hansa.commerce.ucp import domain, keys, signing
from hansa.kernel import ids

HOST = "shop.example"
BUYER = {"first_name": "Alia", "last_name": "Brandt", "email": "alia@example.org"}
DESTINATION = {
    "id": "home",
    "first_name": "Alia",
    "last_name": "Brandt",
    "street_address": "Mengstrasse 4",
    "address_locality": "Lübeck",
    "postal_code": "23552",
    "address_country": "DE",
}
DELIVERY = {"methods": [{"type": "shipping", "destinations": [DESTINATION]}]}
_MODELS: dict[str, tuple[Any, ...]] = {
    "catalog/search": (catalog_search.SearchResponse,),
    "catalog/lookup": (catalog_lookup.LookupResponse,),
    "catalog/product": (catalog_lookup.GetProductResponse,),
    "carts": (discount.Cart,),
    "checkout-sessions": (discount.Checkout, fulfillment.Checkout),
    "orders": (order.Order,),
}


@dataclass
class Agent:
    """An agent that is known beforehand; with a key it publishes it and signs."""

    url: str = "https://agent.example/profile"
    platform: str = "trave"
    key: ec.EllipticCurvePrivateKey | None = None
    capabilities: tuple[str, ...] = tuple(domain.OFFERED)
    webhook_url: str = ""
    client: Client = field(default_factory=Client)

    def pinned(self) -> Agent:
        """The same, known to the platforms."""
        settings.UCP_PROFILES[self.url] = self.document()
        return self

    def document(self) -> dict[str, Any]:
        declared = {name: [{"version": domain.VERSION}] for name in self.capabilities}
        if self.webhook_url:
            declared[domain.ORDER][0]["config"] = {"webhook_url": self.webhook_url}  # type: ignore[assignment]
        said: dict[str, Any] = {"ucp": {"version": domain.VERSION, "capabilities": declared}}
        if self.key:
            numbers = self.key.public_key().public_numbers()
            point = {"x": keys._coordinate(numbers.x), "y": keys._coordinate(numbers.y)}
            said["signing_keys"] = [{"kid": "agent-1", "kty": "EC", "crv": "P-256", **point}]
        return said

    def get(self, path: str) -> tuple[int, Any]:
        return self.send("GET", path, None)

    def post(self, path: str, body: Any = None, *, key: str = "") -> tuple[int, Any]:
        return self.send("POST", path, body, key=key)

    def put(self, path: str, body: Any, *, key: str = "") -> tuple[int, Any]:
        return self.send("PUT", path, body, key=key)

    def send(
        self, method: str, path: str, body: Any, *, key: str = "", spoil: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Send a request and check the answer's shape; ``spoil`` overwrites headers after signing."""
        request = self.request(method, path, body, key=key)
        for name, value in (spoil or {}).items():
            request.headers[name] = value
        return self.send_signed(request)

    def request(self, method: str, path: str, body: Any, *, key: str = "") -> signing.Request:
        raw = b"" if body is None else json.dumps(body).encode()
        headers = {"UCP-Agent": f'profile="{self.url}"', "Content-Type": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = key or ids.token()
        request = signing.Request(method, f"http://{HOST}/ucp/{self.platform}/{path}", headers, raw)
        if self.key:
            self._sign(request)
        return request

    def send_signed(self, request: signing.Request) -> tuple[int, Any]:
        path = request.url.removeprefix(f"http://{HOST}")
        response = self.client.generic(
            request.method,
            path,
            data=request.body,
            content_type="application/json",
            headers={**dict(request.headers.items()), "Host": HOST},
        )
        answer = json.loads(response.content)
        check(path.removeprefix(f"/ucp/{self.platform}/"), response.status_code, answer)
        return response.status_code, answer

    def _sign(self, request: signing.Request) -> None:
        if request.body:
            request.headers["Content-Digest"] = signing.digest_of(request.body)
        assert self.key is not None
        resolver = MappingKeyResolver(public_keys={}, private_keys={"agent-1": self.key})
        HTTPMessageSigner(signature_algorithm=ECDSA_P256_SHA256, key_resolver=resolver).sign(
            request,
            key_id="agent-1",
            label="sig1",
            covered_component_ids=request.must_cover(),
            include_alg=False,
            use_existing_digest=bool(request.body),
        )


def check(path: str, status: int, answer: Any) -> None:
    """Hold an answer against the official model of its operation, or of errors."""
    if set(answer) == {"code", "content"}:
        assert status >= 400
        return
    if answer["ucp"]["status"] == "error":
        error_response.ErrorResponse.model_validate(answer)
        return
    kind = path if path.startswith("catalog/") else path.partition("/")[0]
    for model in _MODELS[kind]:
        model.model_validate(answer)
    totals = {entry["type"]: entry["amount"] for entry in answer.get("totals", [])}
    if totals:
        assert totals.pop("total") == sum(totals.values())


def a_signing_agent(url: str = "https://signer.example/profile", **more: Any) -> Agent:
    return Agent(url=url, key=ec.generate_private_key(ec.SECP256R1()), **more).pinned()


def pay(token: str = "tok_ok", **more: Any) -> dict[str, Any]:
    """The body that completes a checkout with a token."""
    instrument = {
        "id": "one",
        "handler_id": domain.HANDLER_ID,
        "type": "card",
        "credential": {"type": "token", "token": token},
        **more,
    }
    return {"payment": {"instruments": [instrument]}}


def goods(*lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A body with these lines."""
    return {"line_items": [{"item": {"id": name}, "quantity": units} for name, units in lines], **more}
