"""What an agent may not do: forge, replay, touch another's session, sell what is gone, buy twice."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import connections
from django.test import Client, override_settings

from hansa.commerce.catalogue.models import Listing
from hansa.commerce.stock.models import StockLevel
from hansa.commerce.ucp import calling, domain, signing
from hansa.commerce.ucp.models import Agent as KnownAgent
from hansa.commerce.ucp.models import KeptAnswer, Session
from hansa.foundation import invariants, outside, tenancy
from hansa.foundation.models import IdempotencyRecord
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import InvalidInput, Unavailable
from tests.factories import a_platform
from tests.integration.ucp.agent import HOST, Agent, a_signing_agent, goods, pay
from tests.integration.ucp.conftest import Market


def codes(answer: Any) -> list[str]:
    return [message["code"] for message in answer["messages"]]


def written(market: Market) -> list[int]:
    """How many rows agents have caused."""
    with tenancy.as_platform(market.shop.platform.pk):
        return [model.objects.count() for model in (Session, KeptAnswer, IdempotencyRecord)]


def flipped(header: str) -> str:
    """The same signature with another last letter before its padding."""
    head, _, tail = header.rpartition("==:")
    return f"{head[:-1]}{'A' if head[-1] != 'A' else 'Q'}==:{tail}"


def test_a_signed_request_is_let_in_and_the_answer_is_signed_by_the_published_key(market: Market) -> None:
    agent = a_signing_agent()
    request = agent.request("POST", "carts", goods((market.item("tea"), 1)))

    response = Client().generic(
        "POST",
        "/ucp/trave/carts",
        data=request.body,
        content_type="application/json",
        headers={**dict(request.headers.items()), "Host": HOST},
    )
    profile = Client().get("/ucp/trave/.well-known/ucp", headers={"Host": HOST}).json()

    assert response.status_code == 201
    headers = signing._headers(dict(response.headers.items()))
    (jwk,) = profile["signing_keys"]
    key, algorithm = signing._understood(jwk)
    verifier = signing._Verifier(
        signature_algorithm=algorithm,
        key_resolver=signing.MappingKeyResolver(public_keys={jwk["kid"]: key}, private_keys={}),
    )
    (found,) = verifier.verify(
        signing._Response(201, headers),
        max_age=None,
        require_components=("@status", "content-digest", "content-type"),
        body=response.content,
    )
    assert "alg" not in found.parameters


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("flipped", 401, "signature_invalid"),
        ("other body", 400, "digest_mismatch"),
        ("other address", 401, "signature_invalid"),
        ("other method's key", 401, "signature_invalid"),
        ("unsigned", 401, "signature_missing"),
        ("half signed", 401, "signature_missing"),
        ("unknown key", 401, "key_not_found"),
        ("someone else's key", 401, "signature_invalid"),
        ("key not covered", 401, "signature_invalid"),
        ("too old", 401, "signature_invalid"),
        ("garbage", 401, "signature_invalid"),
    ],
)
def test_a_wrong_signature_is_refused_and_changes_nothing(
    market: Market, name: str, status: int, code: str
) -> None:
    agent = a_signing_agent()
    body = goods((market.item("tea"), 1))
    request = agent.request("POST", "carts", body)
    headers = request.headers
    if name == "flipped":
        headers["Signature"] = flipped(headers["Signature"])
    elif name == "other body":
        request.body = json.dumps(goods((market.item("jam"), 5))).encode()
    elif name == "other address":
        request.url = request.url.replace("carts", "checkout-sessions")
    elif name == "other method's key":
        headers["Idempotency-Key"] = "another-key-than-was-signed"
    elif name == "unsigned":
        del headers["Signature"], headers["Signature-Input"]
    elif name == "half signed":
        del headers["Signature"]
    elif name == "unknown key":
        headers["Signature-Input"] = headers["Signature-Input"].replace("agent-1", "agent-2")
    elif name == "someone else's key":
        agent.key = ec.generate_private_key(ec.SECP256R1())
        request = agent.request("POST", "carts", body)
    elif name == "key not covered":
        headers["Signature-Input"] = headers["Signature-Input"].replace('"idempotency-key" ', "")
    elif name == "too old":
        headers["Signature-Input"] = headers["Signature-Input"].replace(";created=1", ";created=0")
    elif name == "garbage":
        headers["Signature-Input"] = "sig1=(((;"
    before = written(market)

    answered, answer = agent.send_signed(request)

    assert (answered, answer.get("code")) == (status, code)
    assert written(market) == before


def test_a_key_of_a_kind_we_do_not_know_is_named_so(market: Market) -> None:
    document = Agent(url="https://okp.example/p").document()
    document["signing_keys"] = [{"kid": "agent-1", "kty": "OKP", "crv": "Ed25519", "x": "AAAA"}]
    settings.UCP_PROFILES["https://okp.example/p"] = document
    agent = Agent(url="https://okp.example/p", key=ec.generate_private_key(ec.SECP256R1()))

    status, answer = agent.post("carts", goods((market.item("tea"), 1)))

    assert (status, answer["code"]) == (400, "algorithm_unsupported")


def test_a_replayed_request_is_answered_again_and_does_nothing_again(market: Market) -> None:
    agent = a_signing_agent()
    checkout = market.ready(("tea", 2), by=agent)
    request = agent.request("POST", f"checkout-sessions/{checkout['id']}/complete", pay())

    first = agent.send_signed(request)
    second = agent.send_signed(request)

    assert first[1]["status"] == "completed"
    assert first == second
    assert len(market.purchases()) == 1
    assert market.shop.stock_of("tea") == 8


def test_a_key_that_comes_with_another_request_is_refused(market: Market) -> None:
    first = market.agent.post("carts", goods((market.item("tea"), 1)), key="same-key-twice")
    before = written(market)

    status, answer = market.agent.post("carts", goods((market.item("tea"), 2)), key="same-key-twice")

    assert (first[0], status, answer["code"]) == (201, 409, "idempotency_key_reused")
    assert written(market) == before


def test_another_agents_cart_checkout_and_order_are_as_if_they_did_not_exist(market: Market) -> None:
    owner = a_signing_agent()
    other = Agent(url="https://other.example/profile").pinned()
    _, cart = owner.post("carts", goods((market.item("tea"), 1)))
    checkout = market.ready(("tea", 1), by=owner)
    _, done = owner.post(f"checkout-sessions/{checkout['id']}/complete", pay())
    jam = goods((market.item("jam"), 1))

    answers = [
        other.get(f"carts/{cart['id']}"),
        other.put(f"carts/{cart['id']}", jam),
        other.post(f"carts/{cart['id']}/cancel"),
        other.post("checkout-sessions", goods(cart_id=cart["id"])),
        other.get(f"checkout-sessions/{checkout['id']}"),
        other.put(f"checkout-sessions/{checkout['id']}", jam),
        other.post(f"checkout-sessions/{checkout['id']}/complete", pay()),
        other.post(f"checkout-sessions/{checkout['id']}/cancel"),
        other.get(f"orders/{done['order']['id']}"),
    ]

    assert [(status, codes(answer)) for status, answer in answers] == [(200, ["not_found"])] * 9
    assert [line["quantity"] for line in owner.get(f"carts/{cart['id']}")[1]["line_items"]] == [1]
    assert len(market.purchases()) == 1


def test_a_session_is_not_found_at_another_platform(market: Market) -> None:
    a_platform("bille")
    _, cart = market.agent.post("carts", goods((market.item("tea"), 1)))
    elsewhere = Agent(platform="bille")

    status, answer = elsewhere.get(f"carts/{cart['id']}")

    assert (status, codes(answer)) == (200, ["not_found"])


def test_a_price_that_changed_has_to_be_seen_before_it_is_paid(market: Market) -> None:
    checkout = market.ready(("tea", 1))
    with tenancy.as_platform(market.shop.platform.pk):
        Listing.objects.filter(pk=market.shop.listings["tea"].pk).update(price=700)

    status, stopped = market.complete(checkout)
    bought_before = market.purchases()
    _, done = market.complete(checkout)

    assert (status, stopped["status"], codes(stopped)) == (200, "incomplete", ["price_changed"])
    assert [entry["amount"] for entry in stopped["totals"]] == [700, 490, 1190]
    assert bought_before == []
    assert done["status"] == "completed"
    assert [group.grand_total for group in market.purchases()] == [1190]


def test_goods_that_went_meanwhile_are_not_sold(market: Market) -> None:
    checkout = market.ready(("tea", 3))
    with tenancy.as_platform(market.shop.platform.pk):
        StockLevel.objects.filter(offer=market.shop.listings["tea"].offer).update(reserved=9)

    status, stopped = market.complete(checkout)

    assert (status, stopped["status"], codes(stopped)) == (200, "incomplete", ["out_of_stock"])
    assert stopped["messages"][0]["content"] == "Tea: 3 asked, 1 left"
    assert market.purchases() == []


def test_two_completions_at_once_buy_once(market: Market) -> None:
    for _ in range(3):
        checkout = market.ready(("tea", 1))
        before = len(market.purchases())
        barrier = Barrier(2)

        def complete(number: int, checkout: Any = checkout, barrier: Barrier = barrier) -> tuple[int, Any]:
            try:
                barrier.wait(timeout=30)
                path = f"checkout-sessions/{checkout['id']}/complete"
                return Agent().post(path, pay(), key=f"at-once-{checkout['id']}-{number}")
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(complete, range(2)))

        assert len(market.purchases()) == before + 1
        assert sorted(status for status, _ in answers) in ([200, 200], [200, 409])
        assert "completed" in [answer.get("status") for _, answer in answers]
    assert market.shop.stock_of("tea") == 7
    assert all(finding.holds for finding in invariants.check())


def test_ten_buyers_of_the_last_two_get_exactly_two(market: Market) -> None:
    with tenancy.as_platform(market.shop.platform.pk):
        StockLevel.objects.filter(offer=market.shop.listings["tea"].offer).update(on_hand=2)
    checkouts = [market.ready(("tea", 1)) for _ in range(10)]

    def complete(checkout: Any) -> str:
        try:
            _, answer = Agent().post(f"checkout-sessions/{checkout['id']}/complete", pay())
            return str(answer["status"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        stands = list(pool.map(complete, checkouts))

    assert stands.count("completed") == 2
    assert stands.count("incomplete") == 8
    assert market.shop.stock_of("tea") == 0


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        ("", 400, "invalid_profile_url"),
        ("rubbish", 400, "invalid_profile_url"),
        ('profile="http://agent.example/profile"', 400, "invalid_profile_url"),
        ('profile="http://127.0.0.1:1/profile"', 400, "invalid_profile_url"),
        ('profile="ftp://agent.example/"', 400, "invalid_profile_url"),
        ('profile="https://user:word@agent.example/"', 400, "invalid_profile_url"),
        ('profile="https://agent.example/profile"; version="2099-01-01"', 422, "version_unsupported"),
        ('profile="https://127.0.0.1:1/profile"', 424, "profile_unreachable"),
        ('profile="https://localhost:1/profile"', 424, "profile_unreachable"),
        ('profile="https://169.254.169.254/latest"', 424, "profile_unreachable"),
        ('profile="https://[::1]:1/"', 424, "profile_unreachable"),
    ],
)
def test_an_agent_that_cannot_be_known_is_refused(
    market: Market, header: str, status: int, code: str
) -> None:
    request = market.agent.request("POST", "carts", goods((market.item("tea"), 1)))
    request.headers["UCP-Agent"] = header
    before = written(market)

    answered, answer = market.agent.send_signed(request)

    assert (answered, answer["code"]) == (status, code)
    assert written(market) == before


def test_no_private_machine_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []
    monkeypatch.setattr(outside.socket, "create_connection", lambda *args, **_: tried.append(args))
    names = ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[fd00::1]", "0.0.0.0"]
    names += ["[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "224.0.0.1"]

    for name in names:
        with pytest.raises(Unavailable):
            calling.call("GET", f"https://{name}/", headers={})
    with pytest.raises(InvalidInput):
        calling.call("GET", "http://example.org/", headers={})

    assert tried == []


@pytest.mark.parametrize(
    "profile",
    [
        "[" * 100_000,
        '{"ucp": {"version": "2026-04-08", "agent": NaN}}',
        '{"ucp": {"version": "2026-04-08", "agent": 1e999}}',
        '{"ucp": {"version": "2026-04-08", "agent": "\\u0000"}}',
        '{"ucp": {"version": "2026-04-08", "agent": "\\ud800"}}',
        '{"ucp": {"version": "2026-04-08", "capabilities": {"dev.ucp.shopping.order": 5}}}',
        '{"ucp": {"version": "2026-04-08"}, "signing_keys": "none"}',
        '{"ucp": 7}',
    ],
)
def test_a_profile_that_cannot_be_right_is_refused(
    market: Market, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    monkeypatch.setattr(calling, "call", lambda *_, **__: outside.Heard(200, {}, profile.encode()))
    stranger = Agent(url="https://hostile.example/profile")
    before = written(market)

    status, answer = stranger.post("carts", goods((market.item("tea"), 1)))

    assert (status, answer["code"]) == (422, "profile_malformed")
    assert written(market) == before


def test_a_profile_whose_order_has_an_odd_config_hears_of_no_order(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Agent(url="https://odd.example/profile").document()
    document["ucp"]["capabilities"][domain.ORDER] = [
        {"version": domain.VERSION, "config": "https://a.example/"}
    ]
    monkeypatch.setattr(
        calling, "call", lambda *_, **__: outside.Heard(200, {}, json.dumps(document).encode())
    )

    status, _ = Agent(url="https://odd.example/profile").post("carts", goods((market.item("tea"), 1)))

    assert status == 201


def test_agents_without_anything_in_common_are_told_so(market: Market) -> None:
    orphan = Agent(url="https://orphan.example/p", capabilities=(domain.DISCOUNT,)).pinned()
    old = Agent(url="https://old.example/p").document()
    old["ucp"]["version"] = "2026-01-23"
    settings.UCP_PROFILES["https://old.example/p"] = old

    nothing = orphan.post("checkout-sessions", goods((market.item("tea"), 1)))
    version = Agent(url="https://old.example/p").post("checkout-sessions", goods((market.item("tea"), 1)))

    assert (nothing[0], codes(nothing[1])) == (200, ["capabilities_incompatible"])
    assert (version[0], version[1]["code"]) == (422, "version_unsupported")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '{"line_items": NaN}',
        '{"line_items": []}',
        '{"line_items": [{"item": {"id": "v1"}, "quantity": 0}]}',
        '{"line_items": [{"item": {"id": "v1"}, "quantity": -1}]}',
        '{"line_items": [{"item": {"id": "v1"}, "quantity": "many"}]}',
        '{"line_items": [{"item": {"id": "v1"}, "quantity": 1}], "buyer": {"first_name": "\\u0000"}}',
        '{"line_items": [{"item": {"id": "v1"}, "quantity": 1}], "buyer": {"first_name": "\\ud800"}}',
        '{"line_items": [{"item": {"id": "v1"}, "quantity": 1}], "discounts": {"codes": "ten"}}',
        '{"line_items": [{"item": {"id": "v1"}, "quantity": 1}], "fulfillment": {"methods": "by ship"}}',
        "[" * 100_000,
    ],
)
def test_a_body_that_cannot_be_right_is_refused_with_400(market: Market, body: str) -> None:
    before = written(market)
    response = Client(raise_request_exception=False).generic(
        "POST",
        "/ucp/trave/checkout-sessions",
        data=body,
        content_type="application/json",
        headers={"UCP-Agent": f'profile="{market.agent.url}"', "Host": HOST},
    )

    assert (response.status_code, codes(response.json())) == (400, ["invalid_request"])
    assert written(market) == before


def test_a_payment_by_another_handler_is_refused(market: Market) -> None:
    checkout = market.ready(("tea", 1))
    path = f"checkout-sessions/{checkout['id']}/complete"

    stranger = market.agent.post(path, pay(handler_id="someone_else"))
    nothing = market.agent.post(path, {"payment": {"instruments": []}})
    bare = market.agent.post(path, {"payment": {"instruments": [{"id": "a", "handler_id": "hansa_token"}]}})

    assert (stranger[0], nothing[0], bare[0]) == (400, 400, 400)
    assert market.purchases() == []


def test_an_expired_checkout_is_gone(market: Market) -> None:
    checkout = market.ready(("tea", 1))
    with tenancy.as_platform(market.shop.platform.pk):
        Session.objects.update(expires_at=system_clock())

    status, answer = market.complete(checkout)

    assert (status, codes(answer)) == (200, ["not_found"])
    assert market.purchases() == []


@override_settings(API_LIMITS=True)
def test_who_calls_too_often_has_to_wait(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    from hansa.commerce.ucp import api
    from hansa.foundation.rate_limits import Limit

    monkeypatch.setattr(api, "AGENTS", Limit("agents", burst=2, per_minute=1))

    answers = [market.agent.post("catalog/search", {"query": "tea"}) for _ in range(3)]

    assert [status for status, _ in answers] == [200, 200, 429]
    assert answers[2][1]["code"] == "too_many_calls"


def test_a_profile_that_answers_no_more_is_believed_for_a_day(market: Market) -> None:
    url = "https://gone.example/profile"
    now = system_clock()
    KnownAgent.objects.create(url=url, document=Agent(url=url).document(), fetched_at=now, fresh_until=now)

    status, _ = Agent(url=url).post("catalog/search", {"query": "tea"})

    assert status == 200
