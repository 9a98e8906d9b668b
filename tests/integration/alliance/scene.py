"""Two platforms of the alliance, with keys, leave and goods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from hansa.alliance.gateway import signing
from hansa.alliance.gateway.client import encoded
from hansa.alliance.gateway.signing import Request
from hansa.alliance.governance import keys
from hansa.alliance.governance import services as governance
from hansa.alliance.governance.services import Leave, key_folder
from hansa.alliance.models import Grant, Member
from tests.factories import DOOR, NOON, Shop, a_shop

HOST = "http://127.0.0.1:8000"


@dataclass
class Pair:
    """A seller without stock and a fulfiller that has given it leave."""

    seller: Member
    fulfiller: Member
    grants: list[Grant]
    shop: Shop

    @property
    def tea(self) -> int:
        """The fulfiller's offer of tea."""
        return self.shop.listings["tea"].offer_id


def a_pair(*, fee_bp: int = 500, stock: int = 10, endpoint: str = HOST) -> Pair:
    """Trave sells, alster fulfils: tea at 5.00, ten per cent commission, leave for a year."""
    shop = a_shop(stock={"tea": stock}, prices={"tea": 500}, code="alster")
    a_shop(stock={}, prices={}, code="trave", merchant_name="cy")
    members = [
        governance.admit_member(
            code=code, endpoint=endpoint, actor_name="steward", now=NOON - timedelta(days=1)
        )
        for code in ("trave", "alster")
    ]
    grants = [
        leave(members[1], members[0], scope, fee_bp=fee_bp) for scope in ("stock.promise", "order.forward")
    ]
    return Pair(members[0], members[1], grants, shop)


def leave(giver: Member, receiver: Member, scope: str, *, purpose: str = "sell", fee_bp: int = 0) -> Grant:
    """Give leave from yesterday for a year."""
    since = NOON - timedelta(days=1)
    given = Leave(giver, receiver, scope, purpose, since, since + timedelta(days=365), fee_bp)
    return governance.grant(leave=given, actor_name="steward", now=since)


def a_call(
    pair: Pair,
    *,
    scope: str = "stock.promise",
    body: dict[str, object] | None = None,
    sender: Member | None = None,
    signed_with: Member | None = None,
    purpose: str = "sell",
    nonce: str = "nonce-0001",
    key: str = "key-1",
    seconds: int = 0,
) -> Request:
    """A call from the seller to the fulfiller as it arrives at the gate."""
    sender = sender or pair.seller
    path = {"stock.promise": "stock-promises", "order.forward": "orders"}[scope]
    lines = {"lines": [{"offer_id": pair.tea, "quantity": 3}]}
    request = Request(
        "POST", f"{HOST}/alliance/v1/{pair.fulfiller.platform.code}/{path}", encoded(body or lines)
    )
    signing.sign(
        request,
        key_id=sender.key_id,
        private_key=keys.signing_key(key_folder(), (signed_with or sender).key_id),
        purpose=purpose,
        nonce=nonce,
        idempotency_key=key,
        now=NOON + timedelta(seconds=seconds),
    )
    return request


def an_order(pair: Pair, *, quantity: int = 3, agreed_total: int = 1_500) -> dict[str, object]:
    """What the seller sends to have tea delivered to Alia's door."""
    door = {
        name: getattr(DOOR, name)
        for name in ("recipient", "street", "city", "postal_code", "country", "latitude", "longitude")
    }
    return {
        "lines": [{"offer_id": pair.tea, "quantity": quantity}],
        "destination": door,
        "currency": "EUR",
        "agreed_total": agreed_total,
    }
