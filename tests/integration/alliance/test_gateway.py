"""Calls between platforms: what passes, what is refused and why, and what each leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import override_settings

from hansa.alliance.gateway import capabilities, services
from hansa.alliance.gateway.schemas import OrderForwardIn, OrderForwardOut, StockPromiseIn
from hansa.alliance.gateway.selling import sell_across
from hansa.alliance.gateway.signing import CallRefused, Reason, Request
from hansa.alliance.governance import audit
from hansa.alliance.governance import services as governance
from hansa.alliance.models import AuditEvent, GatewayMessage
from hansa.commerce.checkout.errors import PriceChanged
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.stock.errors import InsufficientStock
from hansa.foundation import tenancy
from hansa.foundation.idempotency import KeyUsedForAnotherRequest
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound, Refused, Unavailable
from tests.factories import DOOR, NOON
from tests.integration.alliance.scene import Pair, a_call, a_pair, an_order

pytestmark = pytest.mark.usefixtures("database")


def admit(request: Request, *, scope: str = "stock.promise", receiver: str = "alster") -> services.Admitted:
    return services.admit(request, receiver_code=receiver, scope=scope, now=NOON)


def decisions() -> list[tuple[str, str]]:
    lines = AuditEvent.objects.filter(act__startswith="gateway.").order_by("sequence")
    return [(line.act, line.body.get("reason", "")) for line in lines]


def purchases() -> int:
    with tenancy.as_alliance():
        return OrderGroup.objects.count()


def test_a_signed_call_under_leave_passes_and_is_written_down_once() -> None:
    pair = a_pair(stock=10)

    admitted = admit(a_call(pair))
    answer = capabilities.promise_stock(
        admitted,
        StockPromiseIn(lines=[{"offer_id": pair.tea, "quantity": 12}, {"offer_id": 999, "quantity": 1}]),
        now=NOON,
    )

    assert [promise.model_dump() for promise in answer.promises] == [
        {"offer_id": pair.tea, "asked": 12, "available": 10, "total": 6_000, "currency": "EUR"},
        {"offer_id": 999, "asked": 1, "available": 0, "total": None, "currency": "EUR"},
    ]
    assert decisions() == [("gateway.accepted", "")]
    message = GatewayMessage.objects.get()
    assert (message.sender, message.receiver, message.accepted, message.nonce, message.issued_at) == (
        pair.seller,
        pair.fulfiller,
        True,
        "nonce-0001",
        NOON,
    )


def changed_body(pair: Pair) -> Request:
    request = a_call(pair)
    request.body = request.body.replace(b"3", b"4")
    return request


def retargeted(pair: Pair) -> Request:
    request = a_call(pair)
    request.url = request.url.replace("stock-promises", "orders")
    return request


def unknown_key(pair: Pair) -> Request:
    request = a_call(pair)
    request.headers["signature-input"] = request.headers["signature-input"].replace("trave-", "trova-")
    return request


def without(header: str) -> Callable[[Pair], Request]:
    def make(pair: Pair) -> Request:
        request = a_call(pair)
        del request.headers[header]
        return request

    return make


def revoked(pair: Pair) -> Request:
    governance.revoke(grant_id=pair.grants[0].pk, actor_name="steward", now=NOON)
    return a_call(pair)


def sender_suspended(pair: Pair) -> Request:
    governance.suspend_member(member=pair.seller, reason="late", actor_name="steward", now=NOON)
    return a_call(pair)


def receiver_suspended(pair: Pair) -> Request:
    governance.suspend_member(member=pair.fulfiller, reason="late", actor_name="steward", now=NOON)
    return a_call(pair)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda pair: a_call(pair, signed_with=pair.fulfiller), Reason.BAD_SIGNATURE),
        (lambda pair: a_call(pair, sender=pair.fulfiller), Reason.NO_GRANT),
        (unknown_key, Reason.UNKNOWN_KEY),
        (changed_body, Reason.CHANGED_BODY),
        (retargeted, Reason.BAD_SIGNATURE),
        (lambda pair: a_call(pair, seconds=-61), Reason.STALE),
        (lambda pair: a_call(pair, seconds=61), Reason.FROM_THE_FUTURE),
        (lambda pair: a_call(pair, purpose="spy"), Reason.NO_GRANT),
        (revoked, Reason.NO_GRANT),
        (sender_suspended, Reason.SENDER_NOT_ACTIVE),
        (receiver_suspended, Reason.RECEIVER_NOT_ACTIVE),
        (without("signature"), Reason.UNSIGNED),
        (without("signature-input"), Reason.UNSIGNED),
        (without("content-digest"), Reason.UNSIGNED),
        (without("hansa-purpose"), Reason.UNSIGNED),
        (without("idempotency-key"), Reason.UNSIGNED),
    ],
)
def test_a_call_that_may_not_pass_is_refused_with_its_reason_and_one_line(
    make: Callable[[Pair], Request], reason: Reason
) -> None:
    pair = a_pair()
    request = make(pair)

    with pytest.raises(CallRefused) as refused:
        admit(request)

    assert refused.value.reason is reason
    assert decisions() == [("gateway.refused", reason.value)]
    assert list(GatewayMessage.objects.values_list("accepted", "reason")) == [(False, reason.value)]
    assert audit.verify_chain() is None


def test_a_repeated_call_is_refused_and_the_first_one_stands() -> None:
    pair = a_pair()
    admit(a_call(pair))

    with pytest.raises(CallRefused) as refused:
        admit(a_call(pair, seconds=5))

    assert refused.value.reason is Reason.REPLAYED
    assert decisions() == [("gateway.accepted", ""), ("gateway.refused", "replayed")]


def test_of_many_repetitions_at_once_one_passes() -> None:
    pair = a_pair()
    start, reasons = threading.Barrier(4), []

    def call() -> None:
        start.wait()
        try:
            admit(a_call(pair))
        except CallRefused as refused:
            reasons.append(refused.reason)
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert reasons == [Reason.REPLAYED] * 3
    assert sorted(decisions()) == [("gateway.accepted", ""), *[("gateway.refused", "replayed")] * 3]


def test_leave_that_has_run_out_is_no_leave() -> None:
    pair = a_pair()
    late = int((pair.grants[0].not_after - NOON).total_seconds())

    with pytest.raises(CallRefused) as refused:
        services.admit(
            a_call(pair, seconds=late),
            receiver_code="alster",
            scope="stock.promise",
            now=NOON + timedelta(seconds=late),
        )

    assert refused.value.reason is Reason.NO_GRANT


def test_a_call_to_nobody_is_not_found() -> None:
    pair = a_pair()

    with pytest.raises(NotFound, match="nowhere"):
        admit(a_call(pair), receiver="nowhere")

    assert decisions() == []


def forward(pair: Pair, *, nonce: str = "nonce-0001", key: str = "key-1", **order: int) -> object:
    request = a_call(pair, scope="order.forward", nonce=nonce, key=key, body=an_order(pair, **order))
    admitted = admit(request, scope="order.forward")
    return capabilities.forward_order(admitted, OrderForwardIn.model_validate_json(request.body), now=NOON)


def test_a_forwarded_order_is_placed_once_with_its_seller_named() -> None:
    pair = a_pair(fee_bp=500, stock=10)

    first = forward(pair)
    second = forward(pair, nonce="nonce-0002")

    with tenancy.as_platform(pair.fulfiller.platform_id):
        group = OrderGroup.objects.get()
        statuses = list(group.orders.values_list("status", flat=True))
    assert (group.source, group.sold_by_id, group.items_total, statuses) == (
        "partner",
        pair.seller.platform_id,
        1_500,
        ["paid"],
    )
    assert first == second
    assert first.model_dump() == {  # type: ignore[attr-defined]
        "number": group.number,
        "items_total": 1_500,
        "fee": 75,
        "owed": 1_425,
        "currency": "EUR",
    }
    assert pair.shop.stock_of("tea") == 7


@pytest.mark.parametrize(
    ("order", "refusal"),
    [
        ({"quantity": 3, "agreed_total": 1_400}, PriceChanged),
        ({"quantity": 11, "agreed_total": 5_500}, InsufficientStock),
    ],
)
def test_an_order_that_cannot_be_kept_changes_nothing(order: dict[str, int], refusal: type[Refused]) -> None:
    pair = a_pair(stock=10)

    with pytest.raises(refusal):
        forward(pair, **order)

    assert (purchases(), pair.shop.stock_of("tea")) == (0, 10)


def test_a_key_used_for_another_order_is_refused() -> None:
    pair = a_pair(stock=10)
    forward(pair)

    with pytest.raises(KeyUsedForAnotherRequest):
        forward(pair, nonce="nonce-0002", quantity=1, agreed_total=500)

    assert (purchases(), pair.shop.stock_of("tea")) == (1, 7)


class Quiet(WSGIRequestHandler):
    """A server that keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[str]:
    """The gateway on a port of its own; its address."""

    class Server(WSGIServer):
        def process_request(self, request: object, client_address: object) -> None:
            try:
                super().process_request(request, client_address)  # type: ignore[arg-type]
            finally:
                connections.close_all()

    with override_settings(ROOT_URLCONF="tests.integration.alliance.addresses", MIDDLEWARE=[]):
        server = Server(("127.0.0.1", 0), Quiet)
        server.set_app(WSGIHandler())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def call(pair: Pair, scope: str, body: dict[str, object], **changes: str) -> object:
    asked = {"purpose": "sell", "idempotency_key": "key-1"} | changes
    return services.call_member(
        sender=pair.seller, receiver=pair.fulfiller, scope=scope, body=body, now=system_clock(), **asked
    )


def lasting(pair: Pair) -> Pair:
    """Leave that holds by the machine's clock, which a call over the wire is measured by."""
    for given in pair.grants:
        given.not_after = system_clock() + timedelta(days=1)
        given.save(update_fields=["not_after"])
    return pair


def test_calls_over_the_wire_are_answered_and_refusals_come_back_as_ours(gateway: str) -> None:
    pair = lasting(a_pair(stock=10, endpoint=gateway))

    promised = call(pair, "stock.promise", {"lines": [{"offer_id": pair.tea, "quantity": 3}]})
    forwarded = call(pair, "order.forward", an_order(pair))
    again = call(pair, "order.forward", an_order(pair))
    with pytest.raises(Refused, match=r"the goods now cost 15.00 EUR, not 1.00 EUR"):
        call(pair, "order.forward", an_order(pair, agreed_total=100), idempotency_key="key-2")
    with pytest.raises(Forbidden, match="no leave") as refused:
        call(pair, "stock.promise", {"lines": []}, purpose="spy")
    with pytest.raises(InvalidInput, match=r"lines\.0\.quantity"):
        call(pair, "stock.promise", {"lines": [{"offer_id": pair.tea, "quantity": 0}]})
    with pytest.raises(InvalidInput, match=r"lines\.0: Input should be an object"):
        call(pair, "stock.promise", {"lines": [float("nan")]})

    assert promised == {
        "promises": [{"offer_id": pair.tea, "asked": 3, "available": 3, "total": 1_500, "currency": "EUR"}]
    }
    assert forwarded == again
    assert refused.value.details == {"reason": "no_grant"}
    assert purchases() == 1
    assert [reason for _, reason in decisions()] == ["", "", "", "", "no_grant", "", ""]


def test_goods_of_another_member_are_sold_by_two_calls_and_once(gateway: str) -> None:
    pair = lasting(a_pair(stock=10, endpoint=gateway))

    def sell(quantity: int, offer_id: int = pair.tea) -> OrderForwardOut:
        return sell_across(
            seller=pair.seller,
            fulfiller=pair.fulfiller,
            wanted={offer_id: quantity},
            destination=DOOR,
            key="key-1",
            now=system_clock(),
        )

    first, second = sell(3), sell(3)
    with pytest.raises(Refused, match="8 asked, 7 left"):
        sell(8)
    with pytest.raises(NotFound, match="alster does not sell offer 999"):
        sell(1, offer_id=999)

    assert (first.items_total, first.fee, first.owed) == (1_500, 75, 1_425)
    assert first == second
    assert (purchases(), pair.shop.stock_of("tea")) == (1, 7)


def test_a_gateway_that_does_not_answer_is_unavailable() -> None:
    pair = a_pair(endpoint="http://127.0.0.1:1")

    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1 does not answer"):
        call(pair, "stock.promise", {"lines": []})


def test_a_capability_that_does_not_exist_is_named() -> None:
    pair = a_pair()

    with pytest.raises(InvalidInput, match=r"stock\.promise, order\.forward"):
        call(pair, "stock.steal", {})
