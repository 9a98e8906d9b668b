"""An agent shops: it finds goods, fills carts, checks out, pays, and sees what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hansa.commerce.checkout.models import Cart
from hansa.commerce.checkout.paying import finish_unfinished
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.ucp.models import Session
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from hansa.kernel.clock import system_clock
from tests.integration.ucp.agent import DELIVERY, DESTINATION, HOST, goods, pay
from tests.integration.ucp.conftest import Market


def amounts(answer: Any) -> dict[str, int]:
    return {entry["type"]: entry["amount"] for entry in answer["totals"]}


def codes(answer: Any) -> list[str]:
    return [message["code"] for message in answer["messages"]]


def test_an_agent_finds_goods_and_looks_them_up(market: Market) -> None:
    status, found = market.agent.post("catalog/search", {"query": "tea"})
    tea = found["products"][0]

    _, looked_up = market.agent.post("catalog/lookup", {"ids": [tea["id"], market.item("tea"), "v999", "??"]})
    _, product = market.agent.post("catalog/product", {"id": market.item("tea")})
    _, unknown = market.agent.post("catalog/product", {"id": "p999"})

    assert status == 200
    assert [product["title"] for product in found["products"]] == ["Tea"]
    assert tea["price_range"]["min"] == {"amount": 500, "currency": "EUR"}
    assert [each["match"] for each in looked_up["products"][0]["variants"][0]["inputs"]] == [
        "exact",
        "featured",
    ]
    assert len(looked_up["products"]) == 1
    assert codes(looked_up) == ["not_found", "not_found"]
    assert product["product"]["variants"][0]["id"] == market.item("tea")
    assert (unknown["ucp"]["status"], codes(unknown)) == ("error", ["not_found"])


def test_a_search_without_words_or_filters_is_refused_and_pages_follow_one_another(market: Market) -> None:
    refused = market.agent.post("catalog/search", {})
    _, first = market.agent.post("catalog/search", {"query": "*", "pagination": {"limit": 2}})
    cursor = first["pagination"]["cursor"]
    _, second = market.agent.post(
        "catalog/search", {"query": "*", "pagination": {"limit": 2, "cursor": cursor}}
    )

    titles = [product["title"] for product in first["products"] + second["products"]]
    assert refused[0] == 400
    assert sorted(titles) == ["Jam", "Salt", "Tea"]
    assert second["pagination"] == {"has_next_page": False, "total_count": 3}


def test_a_whole_purchase_moves_goods_and_money_exactly_once(market: Market) -> None:
    checkout = market.ready(("tea", 2), ("jam", 1))

    status, done = market.complete(checkout, key="k-complete-1")
    again = market.complete(checkout, key="k-complete-1")
    _, order = market.agent.get(f"orders/{done['order']['id']}")

    assert amounts(checkout) == {"subtotal": 1300, "fulfillment": 490, "total": 1790}
    assert (status, done["status"]) == (200, "completed")
    assert again == (200, done)
    (group,) = market.purchases()
    assert (group.grand_total, group.street, group.email) == (1790, "Mengstrasse 4", "alia@example.org")
    assert market.shop.payment_of(group).captured == 1790
    assert (market.shop.stock_of("tea"), market.shop.stock_of("jam")) == (8, 4)
    assert amounts(order) == {"subtotal": 1300, "fulfillment": 490, "total": 1790}
    assert [line["status"] for line in order["line_items"]] == ["processing", "processing"]
    assert order["permalink_url"] == f"http://{HOST}/trave/purchases/{group.number}/?token={group.token}"
    assert all(finding.holds for finding in invariants.check())


def test_what_is_missing_is_said_until_it_is_there(market: Market) -> None:
    body = goods((market.item("tea"), 1))
    _, bare = market.agent.post("checkout-sessions", body)
    path = f"checkout-sessions/{bare['id']}"
    nameless = {"methods": [{"type": "shipping", "destinations": [{"id": "d", "address_country": "DE"}]}]}
    _, half = market.agent.put(path, body | {"fulfillment": nameless})
    refused = market.agent.post(f"{path}/complete", pay())
    _, whole = market.agent.put(path, body | {"fulfillment": DELIVERY})

    assert (bare["status"], codes(bare)) == ("incomplete", ["field_required"])
    assert (half["status"], codes(half)) == ("incomplete", ["field_required", "field_required"])
    assert (refused[0], refused[1]["status"]) == (200, "incomplete")
    assert (whole["status"], whole["messages"]) == ("ready_for_complete", [])
    assert market.purchases() == []


def test_a_destination_without_a_street_is_completed_by_the_billing_address(market: Market) -> None:
    nameless = {"methods": [{"type": "shipping", "destinations": [{"id": "d", "address_country": "DE"}]}]}
    _, checkout = market.agent.post("checkout-sessions", goods((market.item("tea"), 1), fulfillment=nameless))
    elsewhere = {**DESTINATION, "address_country": "DK"}
    path = f"checkout-sessions/{checkout['id']}/complete"

    _, refused = market.agent.post(path, pay(billing_address=elsewhere))
    _, done = market.agent.post(path, pay(billing_address=DESTINATION))

    assert (refused["status"], done["status"]) == ("incomplete", "completed")
    assert [group.street for group in market.purchases()] == ["Mengstrasse 4"]


def test_goods_that_cannot_be_had_are_told_of_and_not_sold(market: Market) -> None:
    mixed = goods((market.item("tea"), 12), (market.item("salt"), 1), ("v999", 1), fulfillment=DELIVERY)
    status, partly = market.agent.post("checkout-sessions", mixed)
    none_status, none = market.agent.post("checkout-sessions", goods((market.item("salt"), 1)))

    assert (status, partly["status"]) == (201, "incomplete")
    assert [(line["item"]["id"], line["quantity"]) for line in partly["line_items"]] == [
        (market.item("tea"), 10)
    ]
    assert codes(partly) == ["out_of_stock", "out_of_stock", "item_unavailable"]
    assert (none_status, none["ucp"]["status"], codes(none)) == (200, "error", ["out_of_stock"])
    with tenancy.as_platform(market.shop.platform.pk):
        assert Session.objects.count() == 1


def test_a_cart_becomes_one_checkout_with_its_own_goods(market: Market) -> None:
    status, cart = market.agent.post("carts", goods((market.item("tea"), 2)))
    foreign = goods((market.item("jam"), 4), cart_id=cart["id"], fulfillment=DELIVERY)

    first = market.agent.post("checkout-sessions", foreign)
    second = market.agent.post("checkout-sessions", foreign)
    _, seen = market.agent.get(f"carts/{cart['id']}")
    market.complete(first[1])
    _, gone = market.agent.get(f"carts/{cart['id']}")

    assert (status, first[0], second[0]) == (201, 201, 200)
    assert first[1]["id"] == second[1]["id"]
    assert [line["item"]["id"] for line in first[1]["line_items"]] == [market.item("tea")]
    assert [line["quantity"] for line in seen["line_items"]] == [2]
    assert codes(gone) == ["not_found"]


def test_a_cart_is_replaced_whole_and_canceled_for_good(market: Market) -> None:
    _, cart = market.agent.post("carts", goods((market.item("tea"), 1), (market.item("jam"), 1)))
    path = f"carts/{cart['id']}"

    _, replaced = market.agent.put(path, goods((market.item("jam"), 3)))
    _, canceled = market.agent.post(f"{path}/cancel")
    _, gone = market.agent.get(path)

    assert [(line["item"]["id"], line["quantity"]) for line in replaced["line_items"]] == [
        (market.item("jam"), 3)
    ]
    assert amounts(canceled)["subtotal"] == 900
    assert codes(gone) == ["not_found"]


def test_a_canceled_checkout_cannot_be_bought_nor_a_completed_one_canceled(market: Market) -> None:
    given_up, bought = market.ready(("tea", 1)), market.ready(("jam", 1))

    _, canceled = market.agent.post(f"checkout-sessions/{given_up['id']}/cancel")
    late = market.complete(given_up)
    market.complete(bought)
    too_late = market.agent.post(f"checkout-sessions/{bought['id']}/cancel")
    changed = market.agent.put(f"checkout-sessions/{bought['id']}", goods((market.item("tea"), 9)))

    assert canceled["status"] == "canceled"
    assert (late[0], too_late[0], changed[0]) == (409, 409, 409)
    assert codes(late[1]) == ["not_open"]
    assert len(market.purchases()) == 1
    assert market.shop.stock_of("tea") == 10


def test_a_declined_payment_leaves_the_checkout_open_for_another(market: Market) -> None:
    checkout = market.ready(("tea", 1))

    _, declined = market.complete(checkout, card="tok_declined")
    _, unknown = market.complete(checkout, card="tok_made_up")
    _, done = market.complete(checkout)

    assert (declined["status"], codes(declined)) == ("incomplete", ["payment_failed"])
    assert codes(unknown) == ["payment_failed"]
    assert done["status"] == "completed"
    assert market.shop.stock_of("tea") == 9
    assert all(finding.holds for finding in invariants.check())


def test_a_payment_without_an_answer_is_finished_later(market: Market) -> None:
    checkout = market.ready(("tea", 1))

    _, waiting = market.complete(checkout, card="tok_no_answer", key="k1-no-answer")
    finish_unfinished(now=system_clock() + timedelta(minutes=1))
    _, seen = market.agent.get(f"checkout-sessions/{checkout['id']}")
    status, done = market.complete(checkout, card="tok_no_answer", key="k1-no-answer")

    assert (waiting["status"], seen["status"]) == ("complete_in_progress", "completed")
    assert (status, done["order"]) == (200, seen["order"])
    assert len(market.purchases()) == 1


def test_the_order_follows_what_happens_to_the_purchase(market: Market) -> None:
    _, kept = market.complete(market.ready(("tea", 2), ("jam", 2)))
    _, given_back = market.complete(market.ready(("jam", 1)))
    first, second = market.purchases()
    now = system_clock()

    outbox.drain(SUBSCRIPTIONS)
    with tenancy.as_platform(market.shop.platform.pk):
        order = first.orders.get()
        tea = order.lines.get(title="Tea")
        fulfilment.fulfil(
            order_id=order.pk, units={tea.pk: 1}, reference="parcel-1", actor_name="dag", now=now
        )
        cancelling.cancel_all(group_id=second.pk, reason="", actor_name="bo", now=now)
    _, partly = market.agent.get(f"orders/{kept['order']['id']}")
    _, cancelled = market.agent.get(f"orders/{given_back['order']['id']}")

    quantities = {line["item"]["title"]: (line["status"], line["quantity"]) for line in partly["line_items"]}
    assert quantities["Tea"] == ("partial", {"original": 2, "total": 2, "fulfilled": 1})
    assert quantities["Jam"] == ("processing", {"original": 2, "total": 2, "fulfilled": 0})
    assert [
        (event["type"], event["line_items"][0]["quantity"]) for event in partly["fulfillment"]["events"]
    ] == [("shipped", 1)]
    assert [line["status"] for line in cancelled["line_items"]] == ["removed"]
    (refund,) = cancelled["adjustments"]
    assert refund["totals"] == [{"type": "total", "amount": -790}]
    assert refund["line_items"][0]["quantity"] == -1


def test_a_session_that_says_it_bought_what_it_did_not_is_found(market: Market) -> None:
    _, done = market.complete(market.ready(("tea", 1)))
    with tenancy.as_platform(market.shop.platform.pk):
        Session.objects.filter(checkout_key=done["id"]).update(status="open", group=None)

    broken = [finding.invariant.name for finding in invariants.check() if not finding.holds]

    assert broken == ["agent-bought-once"]


def test_nothing_personal_stays_in_a_session_once_it_has_bought(market: Market) -> None:
    market.complete(market.ready(("tea", 1)))

    with tenancy.as_platform(market.shop.platform.pk):
        (session,) = Session.objects.all()
        assert Cart.objects.get(visitor=session.visitor).group_id == session.group_id
    assert set(session.details) == {"shown"}
    assert "Mengstrasse" not in str(session.details)
