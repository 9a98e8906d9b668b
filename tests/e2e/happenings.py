"""What happens at a market besides buying: goods go back, people quarrel and speak, merchants are paid, programs listen.

Each page of these has something to show afterwards, also in the state that asks somebody to act.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hansa.commerce.accounts import invitations, keys
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor, Held, Role
from hansa.commerce.aftersale import disputes, returns
from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.models import ReturnRequest
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.behaviour import following as merchants_followed
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.catalogue import edits, goods, shelves
from hansa.commerce.catalogue.models import Offer
from hansa.commerce.delivery import carriers
from hansa.commerce.delivery import services as delivery
from hansa.commerce.delivery.models import Shipment
from hansa.commerce.experiments import services as experiments
from hansa.commerce.experiments.domain import Design, Metric, Subject
from hansa.commerce.experiments.models import Exposure
from hansa.commerce.following import services as people_followed
from hansa.commerce.orders import fulfilment
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.commerce.payments import chargebacks
from hansa.commerce.payments.models import Payment
from hansa.commerce.payouts import services as payouts
from hansa.commerce.payouts.domain import Every, Terms
from hansa.commerce.pricing import lists
from hansa.commerce.promotions import services as promotions
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import BuyingGroup
from hansa.commerce.reviews import moderation, questions, voting
from hansa.commerce.reviews import services as reviews
from hansa.commerce.reviews.services import Verdict as Opinion
from hansa.commerce.webhooks import services as webhooks
from hansa.commerce.webhooks.models import Attempt, Delivery
from hansa.commerce.webhooks.selectors import Desk
from hansa.commerce.wishlists import services as wishes
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from tests.factories import Shop, a_merchant, a_shopper
from tests.integration.social.scene import a_photo

LONG_NAME = "Cabinetmakers and Upholsterers of the Eighth Wharf Cooperative Society"


@dataclass(frozen=True)
class Market:
    """Whom the happenings are about."""

    shop: Shop
    alia: Actor
    orla: Actor
    dispatcher: Actor
    now: datetime

    @property
    def platform_id(self) -> int:
        return self.shop.platform.pk

    def here(self) -> AbstractContextManager[None]:
        """The platform's scope; paying is done outside it, as at the till."""
        return tenancy.as_platform(self.platform_id)

    def bought(self, buyer: Actor, lines: list[tuple[str, int]], *, days_ago: int = 2) -> OrderGroup:
        return self.shop.buy(buyer, lines, now=self.now - timedelta(days=days_ago))

    def received(self, buyer: Actor, lines: list[tuple[str, int]]) -> tuple[OrderGroup, Order, OrderLine]:
        """Something that was bought and brought: the purchase, its only order, and the order's first line."""
        group = self.bought(buyer, lines)
        outbox.drain(SUBSCRIPTIONS)
        with self.here():
            bring(self.dispatcher, Shipment.objects.get(group=group), self.now - timedelta(days=1))
            order = group.orders.get()
            first = order.lines.order_by("pk").first()
        assert first is not None
        return group, order, first


def bring(dispatcher: Actor, shipment: Shipment, now: datetime) -> None:
    """Take a parcel to its door."""
    platform_id = shipment.platform_id
    delivery.put_in(shipment, fulfilment.ship_rest(group_id=shipment.group_id, actor_name="dag", now=now))
    Shipment.objects.filter(pk=shipment.pk).update(status=Shipment.Status.OUT)
    delivery.deliver(actor=dispatcher, platform_id=platform_id, shipment_id=shipment.pk, now=now)


def let_things_happen(market: Market) -> None:
    """Let each of them happen once or twice, and let everybody hear of it."""
    with market.here():
        _programs_listen(market)
        _goods_are_described(market)
        _the_team_grows(market)
    _merchants_are_paid(market)
    _people_buy_together(market)
    _goods_go_back(market)
    _people_quarrel(market)
    _people_speak(market)
    with market.here():
        _people_wish_and_follow(market)
        _two_shelves_are_compared(market)
    outbox.drain(SUBSCRIPTIONS)
    with market.here():
        _a_program_did_not_answer(market)


def _two_shelves_are_compared(market: Market) -> None:
    """A draft waits, and one that runs has figures: of 150 people each, 30 and 60 hide something."""
    operator: dict[str, Any] = {"actor": market.orla, "platform_id": market.platform_id}
    began = market.now - timedelta(days=9)
    designs = [
        Design(name, Subject.HOME_SHELF, {"personal": 1, "bestsellers": 1}, Metric.HIDES, Metric.BUYERS, 1)
        for name in ("Bestsellers first", "Bestsellers for the wary")
    ]
    running, _waiting = (experiments.draft(**operator, design=design, now=began) for design in designs)
    experiments.start(**operator, experiment_id=running.pk, now=began)
    people = User.objects.bulk_create(
        [User(username=f"passer-by-{n}", consents_to_personalisation=True) for n in range(300)]
    )
    arms = list(running.arms.order_by("place"))
    common: dict[str, Any] = {"platform_id": market.platform_id}
    Exposure.objects.bulk_create(
        [
            Exposure(
                **common,
                experiment=running,
                arm=arms[number % 2],
                user=person,
                visitor=f"user-{person.pk}",
                at=began + timedelta(minutes=30 * number),
            )
            for number, person in enumerate(people)
        ]
    )
    BehaviourEvent.objects.bulk_create(
        [
            BehaviourEvent(
                **common,
                kind="hide",
                user=person,
                visitor=f"user-{person.pk}",
                listing=market.shop.listings["tea"],
                at=began + timedelta(minutes=30 * number + 5),
            )
            for number, person in enumerate(people)
            if number % 10 in (0, 1, 3)  # a fifth of the one arm, two fifths of the other
        ]
    )
    experiments.look(platform_id=market.platform_id, experiment_id=running.pk, now=market.now)


def _people_buy_together(market: Market) -> None:
    """Cheese costs less for three: one group has formed, one waits for its third."""
    shop, now = market.shop, market.now
    with market.here():
        promotions.start_promotion(
            actor=shop.owner,
            platform_id=market.platform_id,
            merchant_id=shop.merchant.pk,
            terms=promotions.Terms("Cheese for three", Kind.GROUP, percent_bp=3_000, needed_buyers=3),
            offer_ids=[shop.listings["cheese"].offer_id],
            starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=9),
        )
    for name, others in (("edda", ("finn", "greta")), ("hanne", ())):
        shop.buy_together(a_shopper(name), "cheese", now=now)
        with market.here():
            group_id = BuyingGroup.objects.latest("pk").pk
        for other in others:
            shop.buy_together(a_shopper(other), group_id=group_id, now=now)
    shop.buy_together(market.alia, group_id=group_id, now=now)


def _goods_go_back(market: Market) -> None:
    _asked_back(market, market.alia, "coffee")
    done = _asked_back(market, a_shopper("bruno"), "butter")
    group = market.bought(market.alia, [("rolls", 3), ("eggs", 1)], days_ago=0)
    where: dict[str, Any] = {"platform_id": market.platform_id, "now": market.now}
    with market.here():
        returns.decide(actor=market.shop.owner, return_id=done.pk, agrees=True, **where)
        returns.receive(actor=market.shop.owner, return_id=done.pk, **where)
        verdicts = {done.lines.get().line_id: Verdict(1, 1)}
        returns.inspect(actor=market.shop.owner, return_id=done.pk, verdicts=verdicts, **where)
        order = group.orders.get()
        carriers.send(
            actor=market.shop.owner,
            order_id=order.pk,
            units={order.lines.get(quantity=3).pk: 1},
            parcel=carriers.Parcel("Baltic Post", "BP 4711 0815"),
            **where,
        )


def _asked_back(market: Market, buyer: Actor, good: str) -> ReturnRequest:
    group, _, line = market.received(buyer, [(good, 2)])
    asked = Asked({line.pk: 1}, ReturnRequest.Reason.DAMAGED, note="The packet was torn open at one corner.")
    with market.here():
        return returns.request(group=group, actor=buyer, asked=asked, now=market.now)


def _people_quarrel(market: Market) -> None:
    _quarrel(market, market.alia)
    where: dict[str, Any] = {
        "platform_id": market.platform_id,
        "dispute_id": _quarrel(market, carla := a_shopper("carla")),
    }
    group, _, _ = market.received(a_shopper("dirk"), [("jam", 2)])
    with market.here():
        no = Word("It was whole when it left the house.")
        disputes.answer(actor=market.shop.owner, agrees=False, word=no, now=market.now, **where)
        disputes.reply(actor=carla, agrees=False, word=Word("Please look at it."), now=market.now, **where)
        chargebacks.hear(
            payment=Payment.objects.get(reference=group.number),
            provider_ref="dp_1",
            state="open",
            amount=400,
            reason="fraudulent",
            due_by="",
            now=market.now,
        )


def _quarrel(market: Market, buyer: Actor) -> int:
    _, order, _ = market.received(buyer, [("cheese", 2)])
    word = Word("The rind is mouldy on one side, and the paper around it was wet.")
    with market.here():
        made = disputes.open_dispute(
            order=order, actor=buyer, kind="damaged", claim=300, word=word, now=market.now
        )
    return made.pk


def _people_speak(market: Market) -> None:
    emil, frida = a_shopper("emil"), a_shopper("frida")
    bought = [market.received(buyer, [("coffee", 1)])[2].pk for buyer in (emil, frida, market.alia)]
    praise = Opinion(5, 4, 5, "Wakes the whole house", "Strong, and ground just right for a moka pot.")
    owner, coffee = market.shop.owner, market.shop.listings["coffee"].pk
    where: dict[str, Any] = {"platform_id": market.platform_id, "now": market.now}
    with market.here():
        kind = reviews.write_review(
            actor=emil, line_id=bought[0], verdict=praise, photos=[a_photo()], **where
        )
        reviews.reply(actor=owner, review_id=kind.pk, text="Thank you, Emil!", **where)
        voting.vote(actor=frida, kind="review", pk=kind.pk, is_helpful=True, **where)
        bitter = Opinion(2, title="Too bitter for me")
        harsh = reviews.write_review(actor=frida, line_id=bought[1], verdict=bitter, **where)
        moderation.report(actor=emil, kind="review", pk=harsh.pk, reason="false", words="It is not.", **where)
        asked = questions.ask(actor=market.alia, listing_id=coffee, text="Is it ground or whole?", **where)
        said, merchant_id = "Both: choose at the checkout.", market.shop.merchant.pk
        questions.answer(actor=owner, question_id=asked.pk, text=said, merchant_id=merchant_id, **where)
        questions.ask(actor=frida, listing_id=coffee, text="How long does an open packet keep?", **where)
        reviews.write_review(actor=market.alia, line_id=bought[2], verdict=Opinion(4, title="Good"), **where)


def _people_wish_and_follow(market: Market) -> None:
    alia, emil = market.alia, a_shopper("gesine")
    assert alia.user_id is not None
    assert emil.user_id is not None
    where: dict[str, Any] = {"platform_id": market.platform_id, "now": market.now}
    for good in ("honey", "milk"):
        wishes.add(actor=alia, listing_id=market.shop.listings[good].pk, **where)
    second = wishes.make_list(actor=alia, name=f"For the {LONG_NAME}"[:60], **where)
    wishes.share(platform_id=market.platform_id, actor=alia, wishlist_id=second.pk, is_shared=True)
    merchants_followed.follow_merchant(actor=alia, merchant_id=market.shop.merchant.pk, **where)
    people_followed.show_profile(user_id=alia.user_id, is_shown=True, now=market.now)
    shown = people_followed.show_profile(user_id=emil.user_id, is_shown=True, now=market.now)
    assert shown is not None
    people_followed.follow_person(actor=alia, handle=shown.handle, **where)


def _merchants_are_paid(market: Market) -> None:
    terms = Terms(hold_days=0, every=Every.DAY)
    with market.here():
        payouts.agree(actor=market.orla, platform_id=market.platform_id, merchant_id=None, terms=terms)
    market.received(a_shopper("hinrich"), [("jam", 4)])
    outbox.drain(SUBSCRIPTIONS)
    payouts.schedule_all(platform_id=market.platform_id, actor=None, now=market.now)


def _programs_listen(market: Market) -> None:
    for actor, desk, held in (
        (
            market.shop.owner,
            Desk(market.platform_id, market.shop.merchant.pk),
            Held(Role.MERCHANT, None, market.shop.merchant.pk),
        ),
        (market.orla, Desk(market.platform_id, None), Held(Role.OPERATOR, market.platform_id, None)),
    ):
        wish = webhooks.Wish(
            "https://hooks.example.org/hansa/incoming", ["order.paid", "order.shipped"], "Till"
        )
        webhooks.create_endpoint(actor=actor, desk=desk, wish=wish, now=market.now)
        keys.make_key(
            actor=actor,
            desk=held,
            wish=keys.Wish("Till", ["orders:read"], market.now + timedelta(days=90)),
            now=market.now,
            has_second_factor=True,
        )


def _a_program_did_not_answer(market: Market) -> None:
    """The log of a message that arrived and of one that did not, as if sent: nothing here may call the internet."""
    for number, message in enumerate(Delivery.objects.order_by("pk")):
        arrived = number % 3 > 0
        Attempt.objects.create(
            platform_id=market.platform_id,
            delivery=message,
            at=market.now,
            status=204 if arrived else 503,
            answer="" if arrived else "we are moving house",
            took_ms=84,
        )
        message.tries, message.state = 1, "delivered" if arrived else "given_up"
        message.delivered_at = market.now if arrived else None
        message.save(update_fields=["tries", "state", "delivered_at"])


def _goods_are_described(market: Market) -> None:
    shop, platform = market.shop, market.shop.platform
    where: dict[str, Any] = {"actor": market.orla, "platform_id": platform.pk, "now": market.now}
    cy, _ = a_merchant(platform, "cy")
    cy.name = LONG_NAME
    cy.save(update_fields=["name"])
    honey = shop.listings["honey"]
    Offer.objects.create(merchant=cy, variant=honey.offer.variant, unit_cost=100, created_at=market.now)
    edits.propose(
        actor=shop.owner,
        platform_id=platform.pk,
        merchant_id=shop.merchant.pk,
        product_id=honey.product_id,
        wanted={"description": "From the heath behind the town, spun cold."},
        now=market.now,
    )
    shelves.add_attribute(name="Roast", name_zh="烘焙", kind="text", unit="", **where)
    shelves.add_category(name="Breakfast", name_zh="早餐", parent_id=honey.category_id, **where)
    goods.make_bundle(
        actor=shop.owner,
        platform=platform,
        merchant_id=shop.merchant.pk,
        terms=goods.Terms(sku="teatime", price=1_900, unit_cost=700),
        title="Teatime for two",
        components={shop.listings["biscuits"].offer_id: 2, honey.offer_id: 1},
        now=market.now,
    )
    spring = lists.make_price_list(
        actor=market.orla,
        platform=platform,
        name="Many at once",
        priority=10,
        starts_at=None,
        ends_at=None,
        now=market.now,
    )
    lists.set_list_price(
        price_list_id=spring.pk, sku=honey.offer.variant.sku, min_quantity=5, price=350, **where
    )
    lists.set_tax(country="DE", prices_include_tax=True, rounding="line", **where)


def _the_team_grows(market: Market) -> None:
    invitations.invite(
        actor=market.shop.owner,
        email="new.colleague@example.org",
        role=Held(Role.CLERK, None, market.shop.merchant.pk),
        page="http://localhost/account/invitation/",
        language="en",
        now=market.now,
    )
