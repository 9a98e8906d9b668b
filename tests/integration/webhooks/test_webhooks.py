"""Outgoing webhooks against a receiver that listens, fails, hangs, drips and sends elsewhere."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client, override_settings
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from hansa.commerce.accounts.models import User
from hansa.commerce.catalogue import services as catalogue
from hansa.commerce.webhooks import domain, gateways, handlers, selectors, services
from hansa.commerce.webhooks.errors import AddressNotAllowed, EndpointUnknown
from hansa.commerce.webhooks.events import WebhookEndpointDisabled
from hansa.commerce.webhooks.messages import KIND_OF
from hansa.commerce.webhooks.models import Attempt, Delivery, Endpoint
from hansa.commerce.webhooks.selectors import Desk
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, outside, tenancy
from hansa.foundation.invariants import all_invariants
from hansa.foundation.outbox import Delivered
from hansa.kernel.errors import Forbidden, InvalidInput, Refused
from hansa.web import hooks
from tests.factories import Shop, a_listing, a_merchant, a_shop, a_shopper, an_operator
from tests.integration.webhooks.receiver import Receiver, listening

NOW = datetime.now(UTC).replace(microsecond=0)
OURS = [each for each in SUBSCRIPTIONS if each.consumer.startswith("webhooks.")]


@pytest.fixture(autouse=True)
def _here(database: str) -> Iterator[None]:
    with override_settings(WEBHOOKS_TO_PRIVATE=True):
        yield


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as ear:
        yield ear


def tea_shop() -> Shop:
    return a_shop(stock={"tea": 10}, prices={"tea": 500})


def desk_of(shop: Shop) -> Desk:
    return Desk(shop.platform.pk, shop.merchant.pk)


def an_endpoint(shop: Shop, url: str, *kinds: str, ed25519: bool = False) -> Endpoint:
    wish = services.Wish(url, kinds or ("order.paid",), signs_with_ed25519=ed25519)
    with tenancy.as_platform(shop.platform.pk):
        return services.create_endpoint(actor=shop.owner, desk=desk_of(shop), wish=wish, now=NOW)


def send(at: datetime = NOW) -> int:
    return services.send_due(clock=lambda: at, chance=random.Random(1))


def told() -> None:
    outbox.drain(OURS)


def deliveries() -> list[Delivery]:
    with tenancy.as_alliance():
        return list(Delivery.objects.order_by("pk"))


def tries() -> list[tuple[int | None, str]]:
    with tenancy.as_alliance():
        return list(Attempt.objects.order_by("pk").values_list("status", "error"))


def endpoint_now(endpoint: Endpoint) -> Endpoint:
    with tenancy.as_alliance():
        return Endpoint.objects.get(pk=endpoint.pk)


def test_a_paid_order_arrives_signed_and_once(receiver: Receiver) -> None:
    shop = tea_shop()
    endpoint = an_endpoint(shop, receiver.url)
    group = shop.buy(a_shopper(), [("tea", 3)])

    told()
    told()
    later = datetime.now(UTC) + timedelta(seconds=1)
    sent = [send(later), send(later)]

    assert sent == [1, 0]
    [(path, headers, body)] = receiver.heard
    message = Webhook(selectors.secret_of(endpoint)).verify(body, headers)
    assert path == "/hook?from=hansa"
    assert message["type"] == "order.paid"
    assert message["data"]["number"] == group.number
    assert message["data"]["items_total"] == 1500
    assert [line["quantity"] for line in message["data"]["lines"]] == [3]
    assert [each.state for each in deliveries()] == ["delivered"]
    assert tries() == [(204, "")]


def test_nothing_of_the_buyer_is_told(receiver: Receiver) -> None:
    shop = tea_shop()
    an_endpoint(shop, receiver.url)
    shop.buy(a_shopper(), [("tea", 1)])

    told()

    [delivery] = deliveries()
    assert not any(word in delivery.body for word in ("Alia", "Mengstrasse", "23552", "buyer", "email"))


def test_a_merchant_hears_of_its_own_orders_only_and_the_platform_of_all(receiver: Receiver) -> None:
    shop = tea_shop()
    cy, owner = a_merchant(shop.platform, "cy")
    shop.listings["ink"] = a_listing(shop.platform, cy, shop.centre, "ink", price=300, stock=5)
    olaf = an_operator(shop)
    wish = services.Wish(receiver.url, ["order.paid"])
    an_endpoint(shop, receiver.url)
    with tenancy.as_platform(shop.platform.pk):
        of_cy = services.create_endpoint(actor=owner, desk=Desk(shop.platform.pk, cy.pk), wish=wish, now=NOW)
        of_all = services.create_endpoint(actor=olaf, desk=Desk(shop.platform.pk), wish=wish, now=NOW)
    shop.buy(a_shopper("one"), [("tea", 1)])
    shop.buy(a_shopper("two"), [("tea", 1), ("ink", 2)])

    told()

    heard = {
        endpoint.pk: [
            json.loads(each.body)["data"] for each in deliveries() if each.endpoint_id == endpoint.pk
        ]
        for endpoint in (of_cy, of_all)
    }
    assert [(data["merchant_id"], data["items_total"]) for data in heard[of_cy.pk]] == [(cy.pk, 600)]
    assert [[part["items_total"] for part in data["merchants"]] for data in heard[of_all.pk]] == [
        [500],
        [500, 600],
    ]
    assert len(deliveries()) == 5


def test_only_the_kinds_that_were_chosen_are_sent(receiver: Receiver) -> None:
    shop = tea_shop()
    an_endpoint(shop, receiver.url, "product.price_changed")
    shop.buy(a_shopper(), [("tea", 1)])
    with tenancy.as_platform(shop.platform.pk):
        catalogue.set_price(
            actor=shop.owner,
            platform_id=shop.platform.pk,
            listing_id=shop.listings["tea"].pk,
            price=700,
            currency="EUR",
            now=NOW,
        )

    told()

    [delivery] = deliveries()
    assert json.loads(delivery.body)["data"]["price"] == {"amount": 700, "currency": "EUR"}


def waiting_message(shop: Shop, receiver: Receiver) -> Endpoint:
    endpoint = an_endpoint(shop, receiver.url)
    shop.buy(a_shopper(), [("tea", 1)])
    told()
    with tenancy.as_alliance():
        Delivery.objects.update(created_at=NOW, due_at=NOW)
    return endpoint


def test_a_failure_is_tried_again_after_a_pause_with_the_same_id(receiver: Receiver) -> None:
    waiting_message(tea_shop(), receiver)
    receiver.status, receiver.answer = 500, b"out of tea" * 1000

    assert send() == 1
    assert send() == 0
    assert send(NOW + timedelta(seconds=3)) == 0
    receiver.status = 200
    assert send(NOW + timedelta(seconds=7)) == 1

    ids = {headers["webhook-id"] for _, headers, _ in receiver.heard}
    times = [headers["webhook-timestamp"] for _, headers, _ in receiver.heard]
    assert len(ids) == 1
    assert int(times[1]) - int(times[0]) == 7
    assert tries() == [(500, ""), (200, "")]
    with tenancy.as_alliance():
        assert len(Attempt.objects.order_by("pk")[0].answer) == gateways.MOST_ANSWER_BYTES
    assert [each.state for each in deliveries()] == ["delivered"]


def test_after_ten_tries_a_message_is_given_up_and_can_be_sent_again_by_hand(receiver: Receiver) -> None:
    shop = tea_shop()
    waiting_message(shop, receiver)
    receiver.status = 503
    at = NOW
    for _ in range(12):
        at += timedelta(hours=1)
        with tenancy.as_alliance():
            Delivery.objects.filter(state="waiting").update(due_at=at)
        send(at)
    [given_up] = deliveries()
    assert (given_up.state, given_up.tries, len(tries())) == ("given_up", 10, 10)

    receiver.status = 200
    with tenancy.as_platform(shop.platform.pk):
        services.redeliver(actor=shop.owner, desk=desk_of(shop), delivery_id=given_up.pk, now=at)
    send(at)

    assert [each.state for each in deliveries()] == ["delivered"]


def test_a_long_queue_for_one_receiver_keeps_nobody_else_waiting(receiver: Receiver) -> None:
    shop = tea_shop()
    slow, other = an_endpoint(shop, receiver.url), an_endpoint(shop, receiver.url)
    with tenancy.as_platform(shop.platform.pk):
        Delivery.objects.bulk_create(
            Delivery(
                platform=shop.platform,
                endpoint=endpoint,
                event_id=number,
                kind="order.paid",
                body="{}",
                due_at=NOW + timedelta(seconds=number),
                created_at=NOW,
            )
            for number, endpoint in enumerate([*[slow] * 300, other])
        )

    taken = services._claim(NOW + timedelta(hours=1))

    assert [parcel.endpoint_id for parcel in taken] == [slow.pk] * 4 + [other.pk]


def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver) -> None:
    waiting_message(tea_shop(), receiver)
    with listening() as elsewhere:
        receiver.status, receiver.location = 302, elsewhere.url

        send()

        assert elsewhere.heard == []
    assert tries() == [(302, "")]
    assert [each.state for each in deliveries()] == ["waiting"]


@pytest.mark.parametrize("how", ["hangs", "drips"])
def test_who_does_not_answer_in_time_is_hung_up_on(receiver: Receiver, how: str) -> None:
    receiver.hangs_for, receiver.drips = (2.0, False) if how == "hangs" else (0.0, True)

    answer = gateways.send(receiver.url, headers={}, body=b"{}", deadline=0.5)

    assert answer.status is None
    assert answer.error == "no answer within 0.5 s"
    assert 450 <= answer.took_ms < 1_500


def test_nobody_who_listens_is_an_answer_too() -> None:
    with listening() as gone:
        url = gone.url

    answer = gateways.send(url, headers={}, body=b"{}")

    assert (answer.status, answer.error.split(":")[0]) == (None, "ConnectionRefusedError")


def test_a_receiver_that_is_gone_is_switched_off_at_once_and_its_people_are_told(receiver: Receiver) -> None:
    shop = tea_shop()
    User.objects.filter(pk=shop.owner.user_id).update(email="bo@example.org")
    endpoint = waiting_message(shop, receiver)
    receiver.status = 410

    send()
    told()

    after = endpoint_now(endpoint)
    assert (after.is_active, after.off_because) == (False, "the receiver says that it is gone (410)")
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [
        (["bo@example.org"], "A webhook endpoint is switched off")
    ]


@pytest.mark.parametrize(
    ("reason", "said"),
    [("the receiver says that it is gone (410)", "接收方"), ("nothing arrived for 5 days", "5 天")],
)
def test_the_mail_is_in_the_language_of_its_reader(reason: str, said: str) -> None:
    shop = tea_shop()
    User.objects.filter(pk=shop.owner.user_id).update(email="bo@example.org", language="zh-hans")
    event = WebhookEndpointDisabled(
        platform_id=shop.platform.pk, endpoint_id=7, merchant_id=shop.merchant.pk, reason=reason, at=""
    )
    mail.outbox.clear()

    handlers.tell_of_disabled(Delivered(1, event, ""))

    (letter,) = mail.outbox
    assert letter.subject == "网络钩子端点已停用"
    assert said in str(letter.body)
    assert reason not in str(letter.body)


def test_five_days_without_an_arrival_switch_an_endpoint_off_and_one_arrival_forgives(
    receiver: Receiver,
) -> None:
    shop = tea_shop()
    endpoint = waiting_message(shop, receiver)
    receiver.status = 500
    send()
    assert endpoint_now(endpoint).failing_since == NOW
    with tenancy.as_alliance():
        Delivery.objects.update(due_at=NOW)

    send(NOW + timedelta(days=5))

    assert endpoint_now(endpoint).is_active is False
    with tenancy.as_platform(shop.platform.pk):
        with pytest.raises(Refused):
            services.redeliver(actor=shop.owner, desk=desk_of(shop), delivery_id=deliveries()[0].pk, now=NOW)
        services.change_endpoint(
            actor=shop.owner,
            desk=desk_of(shop),
            endpoint_id=endpoint.pk,
            wish=services.Wish(receiver.url, ["order.paid"]),
            is_active=True,
        )
    after = endpoint_now(endpoint)
    assert (after.is_active, after.failing_since, after.off_because) == (True, None, "")


def test_for_a_day_both_secrets_sign_and_then_the_new_one_alone(receiver: Receiver) -> None:
    shop = tea_shop()
    endpoint = waiting_message(shop, receiver)
    old = selectors.secret_of(endpoint)
    now = datetime.now(UTC)  # the receiver's library refuses what was signed five minutes ago
    with tenancy.as_platform(shop.platform.pk):
        new = selectors.secret_of(
            services.rotate_secret(actor=shop.owner, desk=desk_of(shop), endpoint_id=endpoint.pk, now=now)
        )
    receiver.status = 500

    send(now)
    with tenancy.as_alliance():
        Delivery.objects.update(due_at=now)
    send(now + timedelta(hours=25))

    (_, first, body), (_, second, _) = receiver.heard
    assert [len(each["webhook-signature"].split()) for each in (first, second)] == [2, 1]
    assert Webhook(old).verify(body, first)
    assert Webhook(new).verify(body, first)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body, second | {"webhook-timestamp": first["webhook-timestamp"]})


def test_every_kind_has_words_at_the_desk() -> None:
    assert set(hooks.KINDS) == set(domain.KINDS) == set(KIND_OF.values())


def test_secrets_lie_sealed_in_the_database(receiver: Receiver) -> None:
    endpoint = an_endpoint(tea_shop(), receiver.url, ed25519=True)

    kept = endpoint_now(endpoint)
    assert selectors.secret_of(kept).startswith("whsec_")
    assert selectors.public_key_of(kept).startswith("whpk_")
    assert "whsec_" not in kept.secret
    assert "whsk_" not in kept.private_key


@pytest.mark.parametrize(
    "url",
    [
        "http://hansa.example/hook",
        "https://127.0.0.1/",
        "https://localhost:8000/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://user:word@hansa.example/",
        "https://hansa.example/#part",
        "https://hansa.example:99999/",
        "https://hansa.example/ x",
        "ftp://hansa.example/",
        "https:///hook",
        "",
    ],
)
@override_settings(WEBHOOKS_TO_PRIVATE=False)
def test_an_address_that_is_not_of_the_internet_is_not_called(url: str) -> None:
    answer = gateways.send(url, headers={}, body=b"{}", deadline=2)

    assert answer.status is None
    assert answer.error != ""
    assert "Refused" not in answer.error
    assert "no answer" not in answer.error


@override_settings(WEBHOOKS_TO_PRIVATE=False)
def test_a_name_that_leads_home_is_not_called(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    def resolve(*_: object, **__: object) -> list[object]:
        return [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("127.0.0.1", receiver.port))]

    monkeypatch.setattr(outside.socket, "getaddrinfo", resolve)

    answer = gateways.send(f"https://rebind.example:{receiver.port}/", headers={}, body=b"{}")

    assert answer.error == "rebind.example is in a network that is not the internet"
    assert receiver.heard == []


def test_only_who_runs_the_desk_keeps_its_endpoints(receiver: Receiver) -> None:
    shop = tea_shop()
    endpoint = an_endpoint(shop, receiver.url)
    _, stranger = a_merchant(shop.platform, "cy")
    wish = services.Wish(receiver.url, ["order.paid"])
    with tenancy.as_platform(shop.platform.pk):
        for actor in (stranger, a_shopper(), an_operator(shop)):
            with pytest.raises(Forbidden):
                services.create_endpoint(actor=actor, desk=desk_of(shop), wish=wish, now=NOW)
            with pytest.raises(Forbidden):
                services.remove_endpoint(actor=actor, desk=desk_of(shop), endpoint_id=endpoint.pk)
        with pytest.raises(EndpointUnknown):
            selectors.get_endpoint(Desk(shop.platform.pk), endpoint.pk)
        with pytest.raises(InvalidInput, match=r"order\.lost"):
            services.create_endpoint(
                actor=shop.owner,
                desk=desk_of(shop),
                wish=services.Wish(receiver.url, ["order.lost"]),
                now=NOW,
            )
        assert Endpoint.objects.count() == 1
    with override_settings(WEBHOOKS_TO_PRIVATE=False), pytest.raises(AddressNotAllowed):
        an_endpoint(shop, "https://127.0.0.1/")


def test_the_desk_shows_the_log_and_sends_again(receiver: Receiver) -> None:
    shop = tea_shop()
    browser = Client()
    browser.force_login(User.objects.get(pk=shop.owner.user_id))
    page = f"/desk/merchant/trave/{shop.merchant.pk}/webhooks/"

    made = browser.post(page, {"url": receiver.url, "kinds": ["order.paid"], "description": "till"})
    [endpoint] = list(selectors.endpoints_of(desk_of(shop))) or [None]  # behind its wall outside a scope
    assert endpoint is None
    with tenancy.as_alliance():
        endpoint = Endpoint.objects.get()
    assert made["Location"] == f"{page}{endpoint.pk}/"
    shop.buy(a_shopper(), [("tea", 1)])
    told()
    receiver.status, receiver.answer = 500, b"<b>no tea</b>"
    send(datetime.now(UTC) + timedelta(seconds=1))
    log = browser.get(made["Location"]).content.decode()
    [delivery] = deliveries()
    browser.post(f"{made['Location']}messages/{delivery.pk}/")
    receiver.status = 200
    send(datetime.now(UTC) + timedelta(seconds=1))

    assert selectors.secret_of(endpoint) in log
    assert "&lt;b&gt;no tea&lt;/b&gt;" in log
    assert "msg_" in log
    assert [each.state for each in deliveries()] == ["delivered"]


def test_the_promises_hold_and_notice_what_breaks_them(receiver: Receiver) -> None:
    shop = tea_shop()
    endpoint = waiting_message(shop, receiver)
    send()
    own = [each for each in all_invariants() if each.name.startswith("webhook-")]

    def broken() -> list[str]:
        from django.db import connection

        found = []
        with tenancy.as_alliance(), connection.cursor() as cursor:
            for each in own:
                cursor.execute(each.sql)
                found += [each.name] if cursor.fetchall() else []
        return found

    assert broken() == []
    with tenancy.as_alliance():
        Attempt.objects.all().delete()
    assert broken() == ["webhook-arrived-with-proof"]
    other, _ = a_merchant(shop.platform, "cy")
    with tenancy.as_alliance():
        Endpoint.objects.filter(pk=endpoint.pk).update(merchant=other)
    assert broken() == ["webhook-arrived-with-proof", "webhook-hears-its-own-orders"]
