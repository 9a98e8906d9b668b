"""A world in which every operation of the API can succeed: one of each row, and who may ask for what.

`a_house` makes a platform with a merchant, a buyer and an operator; its word stands in every text that is its own, so
that a byte of it in somebody else's answer shows.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from PIL import Image

from hansa.commerce.accounts import invitations, keys
from hansa.commerce.accounts import services as accounts
from hansa.commerce.accounts.models import Membership
from hansa.commerce.accounts.policy import Actor, Held, Role
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.aftersale import disputes, returns
from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.domain import Wish
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.behaviour import profiles
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.catalogue import edits, services
from hansa.commerce.catalogue.models import Brand, Offer
from hansa.commerce.commission import services as commission
from hansa.commerce.commission.domain import Rule
from hansa.commerce.delivery import carriers
from hansa.commerce.following import services as following
from hansa.commerce.ledger import corrections
from hansa.commerce.ledger.models import Account
from hansa.commerce.orders import fulfilment
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.commerce.payouts import services as payouts
from hansa.commerce.planning.models import ForecastRun, PurchaseOrder, ReorderProposal
from hansa.commerce.pricing import lists
from hansa.commerce.promotions import services as promotions
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import GroupMember
from hansa.commerce.reviews import questions
from hansa.commerce.reviews import services as reviews
from hansa.commerce.reviews.services import Verdict as Stars
from hansa.commerce.webhooks import services as webhooks
from hansa.commerce.webhooks.models import Delivery
from hansa.commerce.webhooks.selectors import Desk
from hansa.commerce.wishlists import services as wishlists
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from tests.factories import NOON, Shop, a_merchant, a_person, a_shop, a_shopper, user_of

LATER = timedelta(days=30)
NOBODY = 999_999


@dataclass
class House:
    """A platform or a merchant on one, its people by what they are, and its rows by the names of the API."""

    word: str
    shop: Shop
    people: dict[str, Actor]
    ids: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.shop.platform.code


def a_house(code: str, word: str) -> House:
    """Everything that calls need, committed."""
    now = system_clock()
    shop = a_shop(
        stock={f"{word}tea": 1_000, f"{word}mug": 1_000},
        prices={f"{word}tea": 500, f"{word}mug": 900},
        code=code,
        merchant_name=f"{word}bo",
    )
    house = House(word, shop, {"owner": shop.owner, "shopper": a_shopper(f"{word}alia")})
    tea, mug = shop.listings[f"{word}tea"], shop.listings[f"{word}mug"]
    for role in ("operator", "second operator", "clerk"):
        user = a_person(f"{word}{role.replace(' ', '')}")
        place: dict[str, Any] = (
            {"role": "clerk", "merchant_id": shop.merchant.pk}
            if role == "clerk"
            else {"role": "operator", "platform": shop.platform}
        )
        Membership.objects.create(user=user, **place)
        house.people[role] = actor_of(user)
    buyer = house.people["shopper"]
    alia = user_of(buyer)
    alia.home_platform = shop.platform
    alia.set_password("correct horse 77")
    alia.save()
    house.ids |= {
        "merchant_id": shop.merchant.pk,
        "listing_id": tea.pk,
        "tea": tea,
        "mug": mug,
        "product_id": tea.product_id,
        "offer_id": tea.offer_id,
        "user_id": buyer.user_id,
        "clerk_id": house.people["clerk"].user_id,
        "second_id": house.people["second operator"].user_id,
        "category_id": tea.category_id,
        "sku": tea.offer.variant.sku,
        "level_id": shop.level_of(f"{word}tea").pk,
    }
    _purchases(house, now)
    quarrelled = {
        state: shop.buy(buyer, [(f"{word}tea", 1)], now=now) for state in ("open", "answered", "referred")
    }
    with tenancy.as_platform(shop.platform.pk):
        _talk(house, now)
        _taste(house, now)
        _aftersale(house, now)
        _disputes(house, quarrelled, now)
        _desks(house, now)
        _catalogue(house, now)
    _buy_together(house, now)
    payouts.schedule_all(platform_id=shop.platform.pk, actor=None, now=now)
    with tenancy.as_platform(shop.platform.pk):
        from hansa.commerce.payouts.models import Payout

        house.ids["payout_id"] = Payout.objects.filter(platform=shop.platform).latest("pk").pk
    return house


def _taste(house: House, now: datetime) -> None:
    """A profile of an act that came by an import, past the outbox."""
    buyer, tea = house.people["shopper"], house.ids["tea"]
    BehaviourEvent.objects.create(
        platform_id=tea.platform_id,
        kind="view",
        user_id=buyer.user_id,
        visitor=buyer.visitor,
        listing_id=tea.pk,
        merchant_id=tea.merchant_id,
        at=now,
    )
    profiles.rebuild(platform_id=tea.platform_id, user_ids=[buyer.user_id or 0])
    house.ids["axis"] = "merchant"


def _bring(house: House, group: OrderGroup, now: datetime) -> None:
    with tenancy.as_platform(house.shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="driver", now=now)
        fulfilment.deliver_all(group_id=group.pk, actor_name="driver", now=now)


def _purchases(house: House, now: datetime) -> None:
    shop, buyer, lines = house.shop, house.people["shopper"], [(f"{house.word}tea", 9)]
    _bring(house, shop.buy(buyer, lines, now=NOON), NOON)
    paid = shop.buy(buyer, lines, now=now)
    sent, brought = (
        shop.buy(buyer, lines, now=now),
        shop.buy(buyer, [*lines, (f"{house.word}mug", 9)], now=now),
    )
    _bring(house, brought, now)
    with tenancy.as_platform(shop.platform.pk):
        part = OrderLine.objects.get(order__group=sent)
        parcel = carriers.send(
            actor=house.people["owner"],
            platform_id=shop.platform.pk,
            order_id=part.order_id,
            units={part.pk: 1},
            parcel=carriers.Parcel("Post", f"{house.word}0"),
            now=now,
        )
        last, bought = (
            OrderLine.objects.get(order__group=paid),
            OrderLine.objects.filter(order__group=brought),
        )
        house.ids |= {
            "parcel_id": parcel.pk,
            "number": paid.number,
            "line_id": last.pk,
            "order_id": last.order_id,
            "brought": brought.number,
            "brought_order_id": Order.objects.get(group=brought).pk,
            "brought_tea": bought.get(title=house.ids["tea"].title).pk,
            "brought_mug": bought.get(title=house.ids["mug"].title).pk,
        }


def _buy_together(house: House, now: datetime) -> None:
    """A group that is open, with the buyer in it."""
    shop, name = house.shop, f"{house.word}mug"
    with tenancy.as_platform(shop.platform.pk):
        promotions.start_promotion(
            actor=house.people["owner"],
            platform_id=shop.platform.pk,
            merchant_id=shop.merchant.pk,
            terms=promotions.Terms(
                name=f"{house.word} together", kind=Kind.GROUP, percent_bp=2_000, needed_buyers=3
            ),
            offer_ids=[house.ids["mug"].offer_id],
            starts_at=now,
            ends_at=now + LATER,
        )
    bought = shop.buy_together(house.people["shopper"], name, now=now)
    with tenancy.as_platform(shop.platform.pk):
        place = GroupMember.objects.get(reference=bought.number)
    house.ids |= {
        "together number": bought.number,
        "buying_group_id": place.group_id,
        "together_id": house.ids["mug"].pk,
    }


def _talk(house: House, now: datetime) -> None:
    where: dict[str, Any] = {"platform_id": house.shop.platform.pk, "now": now}
    buyer, listing = house.people["shopper"], house.ids["tea"]
    review = reviews.write_review(
        actor=buyer, line_id=house.ids["brought_tea"], verdict=Stars(5, text=f"{house.word} is good"), **where
    )
    curious = a_shopper(f"{house.word}curious")
    asked = questions.ask(actor=curious, listing_id=listing.pk, text=f"Is {house.word} sweet?", **where)
    wishlist = wishlists.make_list(actor=buyer, name=f"{house.word} wishes", **where)
    token = wishlists.share(
        platform_id=house.shop.platform.pk, actor=buyer, wishlist_id=wishlist.pk, is_shared=True
    )
    wishlists.add(actor=buyer, listing_id=listing.pk, wishlist_id=wishlist.pk, **where)
    shown = a_shopper(f"{house.word}shown")
    profile = following.show_profile(user_id=shown.user_id or 0, is_shown=True, now=now)
    assert profile is not None
    house.ids |= {
        "review_id": review.pk,
        "question_id": asked.pk,
        "contribution_id": review.pk,
        "wishlist_id": wishlist.pk,
        "token": token,
        "handle": profile.handle,
        "kind": "review",
    }


def _aftersale(house: House, now: datetime) -> None:
    """Returns in each state that a call needs, and disputes."""
    platform_id, buyer, owner = house.shop.platform.pk, house.people["shopper"], house.people["owner"]
    brought = OrderGroup.objects.get(number=house.ids["brought"])
    for name, wish in (
        ("asked", "money"),
        ("agreed", "money"),
        ("received", "money"),
        ("exchange", "exchange"),
    ):
        wants = house.ids["offer_id"] if wish == "exchange" else None
        asked = Asked({house.ids["brought_tea"]: 1}, "changed_mind", Wish(wish), wants, f"{house.word} back")
        made = returns.request(group=brought, actor=buyer, asked=asked, now=now)
        where: dict[str, Any] = {"platform_id": platform_id, "return_id": made.pk, "now": now}
        if name != "asked":
            returns.decide(actor=owner, agrees=True, **where)
        if name in {"received", "exchange"}:
            returns.hand_in(actor=buyer, carrier="Post", tracking_number=f"{house.word}1", **where)
        if name == "received":
            returns.receive(actor=owner, **where)
        if name == "exchange":
            returns.receive(actor=owner, **where)
            returns.inspect(actor=owner, verdicts={house.ids["brought_tea"]: Verdict(1, 1)}, **where)
        if name == "agreed":
            handed = returns.request(
                group=brought,
                actor=buyer,
                asked=Asked({house.ids["brought_tea"]: 1}, "changed_mind"),
                now=now,
            )
            at: dict[str, Any] = {"platform_id": platform_id, "return_id": handed.pk, "now": now}
            returns.decide(actor=owner, agrees=True, **at)
            returns.hand_in(actor=buyer, carrier="Post", tracking_number=f"{house.word}2", **at)
            house.ids["return handed in"] = handed.number
        house.ids[f"return {name}"] = made.number


def _disputes(house: House, purchases: dict[str, OrderGroup], now: datetime) -> None:
    """One in each state that a call needs: open, answered, referred to the platform."""
    buyer, owner = house.people["shopper"], house.people["owner"]
    for state, group in purchases.items():
        made = disputes.open_dispute(
            order=Order.objects.get(group=group),
            actor=buyer,
            kind="damaged",
            claim=100,
            word=Word(f"{house.word} broke"),
            now=now,
        )
        where: dict[str, Any] = {"platform_id": house.shop.platform.pk, "dispute_id": made.pk, "now": now}
        if state != "open":
            disputes.answer(actor=owner, agrees=False, word=Word(f"{house.word} was whole"), **where)
        if state == "referred":
            disputes.reply(actor=buyer, agrees=False, word=Word(f"{house.word} was not"), **where)
        house.ids[f"dispute {state}"] = made.number


def _desks(house: House, now: datetime) -> None:
    shop, platform_id = house.shop, house.shop.platform.pk
    owner, operator = house.people["owner"], house.people["operator"]
    merchant_id = shop.merchant.pk
    for name, who, desk, held in (
        ("merchant ", owner, Desk(platform_id, merchant_id), Held(Role.MERCHANT, None, merchant_id)),
        ("", operator, Desk(platform_id, None), Held(Role.OPERATOR, platform_id, None)),
    ):
        key_wish = keys.Wish(f"{house.word} key", ["orders:read"], now + LATER, [])
        key = keys.make_key(actor=who, desk=held, wish=key_wish, now=now, has_second_factor=False)
        endpoint = webhooks.create_endpoint(
            actor=who,
            desk=desk,
            wish=webhooks.Wish(f"https://{house.word}.example/{name.strip()}", ("order.paid",)),
            now=now,
        )
        delivery = Delivery.objects.create(
            platform_id=platform_id,
            endpoint=endpoint,
            event_id=1,
            kind="order.paid",
            body='{"type": "order.paid"}',
            due_at=now,
            created_at=now,
            state="given_up",
        )
        house.ids |= {f"{name}key_id": key.key.pk, f"{name}endpoint_id": endpoint.pk}
        house.ids[f"{name}delivery_id"] = delivery.pk
    buyer = user_of(house.people["shopper"])
    accounts.issue_token(user=buyer, name=f"{house.word} token", now=now)
    house.ids["token_id"] = buyer.api_tokens.latest("pk").pk
    invitation = invitations.invite(
        actor=owner,
        email=f"new@{house.word}.example",
        role=Held(Role.CLERK, None, merchant_id),
        page="https://hansa.example/",
        language="en",
        now=now,
    )
    run = ForecastRun.objects.create(
        platform_id=platform_id,
        merchant_id=merchant_id,
        as_of=now.date(),
        horizon_days=28,
        levels=[0.5],
        error=1,
        naive_error=1,
        made_at=now,
    )
    proposals = [
        ReorderProposal.objects.create(
            platform_id=platform_id,
            run=run,
            merchant_id=merchant_id,
            offer_id=house.ids[good].offer_id,
            warehouse=shop.centre,
            units=12,
            target=12,
            stockout_before=0.5,
            stockout_after=0.1,
            status=status,
        )
        for good, status in (("tea", "open"), ("mug", "accepted"))
    ]
    order = PurchaseOrder.objects.create(
        platform_id=platform_id,
        proposal=proposals[1],
        merchant_id=merchant_id,
        offer_id=house.ids["mug"].offer_id,
        warehouse=shop.centre,
        units=12,
        unit_cost=100,
        ordered_at=now,
        expected_on=now.date(),
    )
    percent = promotions.Terms(name=f"{house.word} week", percent_bp=1_000, platform_share_bp=5_000)
    shared = promotions.start_promotion(
        actor=owner,
        platform_id=platform_id,
        merchant_id=merchant_id,
        terms=percent,
        offer_ids=[house.ids["offer_id"]],
        starts_at=now,
        ends_at=now + LATER,
    )
    waiting = promotions.start_promotion(
        actor=operator,
        platform_id=platform_id,
        merchant_id=None,
        terms=promotions.Terms(name=f"{house.word} code", percent_bp=500, needs_coupon=True),
        offer_ids=[],
        starts_at=now,
        ends_at=now + LATER,
    )
    correction = corrections.propose(
        actor=house.people["second operator"],
        platform_id=platform_id,
        merchant_id=merchant_id,
        currency="EUR",
        amount=5,
        against=Account.Kind.GOODWILL,
        reason=f"{house.word} was kind",
        now=now,
    )
    house.ids |= {
        "invitation_id": invitation.pk,
        "proposal_id": proposals[0].pk,
        "purchase_order_id": order.pk,
        "promotion_id": shared.pk,
        "coupon_promotion_id": waiting.pk,
        "correction_id": correction.pk,
    }


def _catalogue(house: House, now: datetime) -> None:
    who: dict[str, Any] = {
        "actor": house.people["operator"],
        "platform_id": house.shop.platform.pk,
        "now": now,
    }
    price_list = lists.make_price_list(
        actor=house.people["operator"],
        platform=house.shop.platform,
        name=f"{house.word} list",
        priority=5,
        starts_at=None,
        ends_at=None,
        now=now,
    )
    lists.set_tax(country="DE", prices_include_tax=True, rounding="line", **who)
    rule = commission.set_rule(rule=Rule(None, rate_bp=700, merchant_id=house.shop.merchant.pk), **who)
    synonyms = services.add_synonyms(phrases=[f"{house.word}cha", f"{house.word}tee"], **who)
    brand, _ = Brand.objects.get_or_create(name=f"{house.word} brand")
    rival, rival_owner = a_merchant(house.shop.platform, f"{house.word}cy")
    Offer.objects.create(merchant=rival, variant=house.ids["tea"].offer.variant, unit_cost=1, created_at=now)
    edit = edits.propose(
        actor=house.people["owner"],
        platform_id=house.shop.platform.pk,
        merchant_id=house.shop.merchant.pk,
        product_id=house.ids["product_id"],
        wanted={"title": f"{house.word} tea anew"},
        now=now,
    )
    house.people["rival"] = rival_owner
    house.ids |= {
        "price_list_id": price_list.pk,
        "rule_id": rule.pk,
        "group_id": synonyms.pk,
        "brand_id": brand.pk,
        "edit_id": edit.pk,
        "rival_id": rival.pk,
    }


def a_picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (200, 150), "red").save(drawn, "PNG")
    return drawn.getvalue()
