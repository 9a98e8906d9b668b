"""The profile of a platform as a business: what it offers, where, how it is paid, and with which key it signs."""

from __future__ import annotations

from typing import Any

from hansa.commerce.checkout import services as checkout
from hansa.commerce.ucp import domain, keys


def document(base_url: str) -> dict[str, Any]:
    """What stands at `/.well-known/ucp` below the platform's address."""
    service = {
        "version": domain.VERSION,
        "spec": f"{domain.SPEC}/specification/overview",
        "transport": "rest",
        "endpoint": base_url,
        "schema": f"{domain.SPEC}/services/shopping/rest.openapi.json",
    }
    return {
        "ucp": {
            "version": domain.VERSION,
            "services": {domain.SERVICE: [service]},
            "capabilities": {name: [each.declared()] for name, each in domain.OFFERED.items()},
            "payment_handlers": payment_handlers(base_url),
        },
        "signing_keys": [keys.published()],
    }


def payment_handlers(base_url: str) -> dict[str, Any]:
    """The one way to pay: a token of the platform's payment provider."""
    handler = {
        "id": domain.HANDLER_ID,
        "version": domain.VERSION,
        "spec": f"{base_url}/handlers/token",
        "schema": f"{base_url}/handlers/token.json",
        "available_instruments": [{"type": "card"}],
        "config": {"environment": "sandbox" if checkout.charges_nothing() else "production"},
    }
    return {domain.HANDLER: [handler]}


def envelope(about: str, common: frozenset[str], base_url: str) -> dict[str, Any]:
    """The `ucp` part of an answer about one capability."""
    words: dict[str, Any] = {
        "version": domain.VERSION,
        "status": "success",
        "capabilities": {name: [{"version": domain.VERSION}] for name in domain.relevant(about, common)},
    }
    if about == domain.CHECKOUT:
        words["payment_handlers"] = payment_handlers(base_url)
    return words


CREDENTIAL_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A token of the payment provider",
    "type": "object",
    "required": ["type", "token"],
    "properties": {
        "type": {"const": "token"},
        "token": {"type": "string", "minLength": 1, "maxLength": 200},
        "expiry": {
            "type": "string",
            "format": "date-time",
            "description": "When the token has to be renewed.",
        },
    },
}
_HANDLER = """Pay with a token: the agent sends an instrument with handler_id "hansa_token" and a credential
{"type": "token", "token": "..."} that the platform's payment provider has issued. The shop takes the money with it
once, when the checkout is completed, and never repeats the token in an answer. Where the profile says
"environment": "sandbox", no money moves. A declined payment leaves the checkout open with the message
payment_failed; another token may be sent.
"""


def words_on_payment() -> str:
    """What our payment handler is, for people; a sandbox says which tokens it knows."""
    if not checkout.charges_nothing():
        return _HANDLER
    tokens = "".join(f"{token}: {meaning}\n" for token, meaning in checkout.payment_methods().items())
    return f"{_HANDLER}\nThis is a sandbox. It knows these tokens:\n{tokens}"
