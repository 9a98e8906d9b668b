"""A world in which everything has happened once: sold, paid, called off, sent, brought, sent back, disputed, paid from
cards and points, sold by a partner, settled, and paid out. Nothing in it is wrong.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from hansa.alliance.gateway import capabilities
from hansa.alliance.gateway import services as gateway
from hansa.alliance.gateway.schemas import OrderForwardIn
from hansa.alliance.governance import services as governance
from hansa.alliance.settlement import services as settlement
from hansa.commerce.accounts.models import Membership
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.aftersale import disputes, returns
from hansa.commerce.aftersale.disputes import Word
from hansa.commerce.aftersale.domain import Wish
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.commerce.payments import chargebacks
from hansa.commerce.payments.models import EventVerdict, HeardEvent, Payment
from hansa.commerce.payouts import services as payouts
from hansa.commerce.payouts.models import Payout
from hansa.commerce.promotions import groups
from hansa.commerce.promotions import services as promotions
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.models import GroupMember
from hansa.commerce.promotions.services import Terms
from hansa.commerce.wallets import services as wallets
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from tests.factories import NOON, Shop, a_listing, a_merchant, a_person, a_shopper
from tests.integration.alliance.scene import Pair, a_call, a_pair, an_order

LATER = NOON + timedelta(days=14)
LINES = [("tea", 3), ("salt", 2), ("mug", 1)]


def a_busy_world() -> Shop:
    """Make it; every word commits, and everything that was told has been heard."""
    pair = a_pair(stock=50)
    shop = pair.shop
    ada, _ = a_merchant(shop.platform, "ada")
    shop.listings["salt"] = a_listing(shop.platform, ada, shop.centre, "salt", price=100, stock=50)
    shop.listings["mug"] = a_listing(shop.platform, shop.merchant, shop.centre, "mug", price=900, stock=50)
    olga, omar = officer(shop, "olga"), officer(shop, "omar")
    work()
    _promote(shop, olga)
    alia = a_shopper("alia")
    shop.buy(alia, LINES)  # paid, and not yet sent
    _cancel(shop)
    _send_and_bring(shop)
    _send_back(shop)
    _dispute(shop, olga)
    _use_accounts(shop, olga)
    _sell_for_a_partner(pair)
    _buy_together(shop)
    work()
    _pay_out(shop, olga, omar)
    _hear(shop)
    work()
    return shop


def officer(shop: Shop, name: str) -> Actor:
    user = a_person(name)
    Membership.objects.create(user=user, role=Membership.Role.OPERATOR, platform=shop.platform)
    return actor_of(user)


def work() -> None:
    outbox.drain(SUBSCRIPTIONS)


def bring(shop: Shop, group: OrderGroup) -> None:
    """Send all of a purchase and hand it over."""
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="dag", now=NOON)
        fulfilment.deliver_all(group_id=group.pk, actor_name="dag", now=NOON)


def line_of(shop: Shop, group: OrderGroup, title: str) -> OrderLine:
    with tenancy.as_platform(shop.platform.pk):
        return OrderLine.objects.select_related("order").get(order__group=group, title=title)


def take_back(shop: Shop, group: OrderGroup, buyer: Actor, units: dict[int, int], wish: Wish) -> None:
    """Have units sent back, inspected and settled."""
    where = {"platform_id": shop.platform.pk, "now": NOON}
    with tenancy.as_platform(shop.platform.pk):
        found = returns.request(group=group, actor=buyer, asked=Asked(units, "changed_mind", wish), now=NOON)
        returns.decide(actor=shop.owner, return_id=found.pk, agrees=True, **where)
        returns.receive(actor=shop.owner, return_id=found.pk, **where)
        verdicts = {line: Verdict(count, count) for line, count in units.items()}
        returns.inspect(actor=shop.owner, return_id=found.pk, verdicts=verdicts, **where)


def _promote(shop: Shop, olga: Actor) -> None:
    span = {"starts_at": NOON - timedelta(hours=1), "ends_at": NOON + timedelta(hours=1)}
    with tenancy.as_platform(shop.platform.pk):
        coupon = promotions.start_promotion(
            actor=olga,
            platform_id=shop.platform.pk,
            merchant_id=None,
            terms=Terms("welcome", percent_bp=1_000, needs_coupon=True),
            offer_ids=[shop.listings["tea"].offer_id],
            **span,
        )
        promotions.issue_coupon(
            actor=olga,
            platform_id=shop.platform.pk,
            promotion_id=coupon.pk,
            code="WELCOME",
            most_uses=5,
            budget=10_000,
        )
        promotions.start_promotion(
            actor=shop.owner,
            platform_id=shop.platform.pk,
            merchant_id=shop.merchant.pk,
            terms=Terms("flash", Kind.FLASH, percent_bp=2_000, flash_stock=10, most_per_buyer=5),
            offer_ids=[shop.listings["mug"].offer_id],
            **span,
        )


def _cancel(shop: Shop) -> None:
    """One purchase as a whole, one unit of another, and one before it was paid."""
    bea = a_shopper("bea")
    whole, part = shop.buy(bea, LINES), shop.buy(bea, LINES)
    shop.fill_cart(bea, [("tea", 1)])
    with tenancy.as_platform(shop.platform.pk):
        said = {"reason": "no", "actor_name": "bea", "now": NOON}
        cancelling.cancel_all(group_id=whole.pk, **said)
        line = OrderLine.objects.get(order__group=part, title="Tea")
        cancelling.cancel_units(group_id=part.pk, units={line.pk: 1}, key="one", **said)


def _send_and_bring(shop: Shop) -> None:
    cem = a_shopper("cem")
    sent, brought = shop.buy(cem, LINES), shop.buy(cem, LINES)
    line = line_of(shop, sent, "Tea")
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.fulfil(
            order_id=line.order_id, units={line.pk: 2}, reference="first", actor_name="bo", now=NOON
        )
    bring(shop, brought)


def _send_back(shop: Shop) -> None:
    dee = a_shopper("dee")
    group = shop.buy(dee, LINES)
    bring(shop, group)
    tea = line_of(shop, group, "Tea").pk
    take_back(shop, group, dee, {tea: 1}, Wish.MONEY)
    take_back(shop, group, dee, {tea: 1}, Wish.CREDIT)


def _dispute(shop: Shop, olga: Actor) -> None:
    """One between buyer and merchant, one at the buyer's bank that was lost."""
    eva = a_shopper("eva")
    here, there = shop.buy(eva, LINES), shop.buy(eva, LINES)
    bring(shop, here)
    bring(shop, there)
    word = {"word": Word("it is broken"), "now": NOON}
    with tenancy.as_platform(shop.platform.pk):
        made = disputes.open_dispute(
            order=Order.objects.get(pk=line_of(shop, here, "Tea").order_id),
            actor=eva,
            kind="damaged",
            claim=500,
            **word,
        )
        disputes.answer(
            actor=shop.owner, platform_id=shop.platform.pk, dispute_id=made.pk, agrees=True, **word
        )
    for state in ("opened", "lost"):
        with tenancy.as_platform(shop.platform.pk):
            payment = Payment.objects.get(reference=there.number)
            chargebacks.hear(
                payment=payment,
                provider_ref="dp_1",
                state=state,
                amount=payment.captured,
                reason="not mine",
                due_by="",
                now=NOON,
            )
        work()


def _use_accounts(shop: Shop, olga: Actor) -> None:
    with tenancy.as_platform(shop.platform.pk):
        card, _ = wallets.issue_gift_card(
            actor=olga,
            platform_id=shop.platform.pk,
            currency="EUR",
            amount=5_000,
            reference="sold-1",
            now=NOON,
            is_sold=True,
        )
        for number in ("H-waiting", "H-given-back"):
            wallets.pay_with(
                platform_id=shop.platform.pk,
                wallet_ids=[card.pk],
                due=700,
                currency="EUR",
                reference=number,
                buyer_id=None,
                now=NOON,
            )
        wallets.give_back(reference="H-given-back", now=NOON)


def _sell_for_a_partner(pair: Pair) -> None:
    """One sale that stands and is settled, one that was called off, and a call that was refused."""
    for number in (1, 2):
        request = a_call(
            pair,
            scope="order.forward",
            body=an_order(pair, quantity=2, agreed_total=1_000),
            nonce=f"nonce-{number:04}",
            key=f"key-{number}",
        )
        admitted = gateway.admit(request, receiver_code="alster", scope="order.forward", now=NOON)
        placed = capabilities.forward_order(
            admitted, OrderForwardIn.model_validate_json(request.body), now=NOON
        )
    work()
    with tenancy.as_alliance():
        second = OrderGroup.objects.get(number=placed.number)
        cancelling.cancel_all(group_id=second.pk, reason="no", actor_name="trave", now=NOON)
    work()
    with tenancy.as_alliance():
        settlement.close_batch(
            between=(pair.seller.platform_id, pair.fulfiller.platform_id),
            currency="EUR",
            actor_name="steward",
            now=NOON,
        )
    governance.suspend_member(
        member=pair.seller, reason="a rest", actor_name="steward", now=NOON + timedelta(hours=1)
    )
    governance.reinstate_member(member=pair.seller, actor_name="steward", now=NOON + timedelta(hours=2))


def _buy_together(shop: Shop) -> None:
    """A group that formed and was paid, one that failed, and one that is open."""
    now = timezone.now()
    with tenancy.as_platform(shop.platform.pk):
        promotions.start_promotion(
            actor=shop.owner,
            platform_id=shop.platform.pk,
            merchant_id=shop.merchant.pk,
            terms=Terms("together", Kind.GROUP, percent_bp=1_000, needed_buyers=2),
            offer_ids=[shop.listings["mug"].offer_id],
            starts_at=now,
            ends_at=now + timedelta(hours=1),
        )
    people = [a_shopper(f"together{number}") for number in range(4)]
    first = shop.buy_together(people[0], "mug", now=now)
    with tenancy.as_platform(shop.platform.pk):
        group_id = GroupMember.objects.get(reference=first.number).group_id
    shop.buy_together(people[1], group_id=group_id, now=now)
    shop.buy_together(people[2], "mug", now=now)
    work()
    with tenancy.as_platform(shop.platform.pk):
        groups.settle_due(platform_id=shop.platform.pk, now=now + timedelta(hours=1))
    shop.buy_together(people[3], "mug", now=now)


def _pay_out(shop: Shop, *people: Actor) -> None:
    """One payout of each merchant that was carried out."""
    where = {"platform_id": shop.platform.pk, "now": LATER}
    for payout in payouts.schedule_all(actor=None, **where):
        for person in people:
            with tenancy.as_platform(shop.platform.pk):
                payouts.approve(actor=person, payout_id=payout.pk, **where)
    work()
    with tenancy.as_platform(shop.platform.pk):
        assert Payout.objects.filter(state=Payout.State.PAID).exists()


def _hear(shop: Shop) -> None:
    with tenancy.as_platform(shop.platform.pk):
        event = HeardEvent.objects.create(
            platform=shop.platform,
            provider="stripe",
            event_id="evt_1",
            topic="other",
            name="ping",
            reference="",
            amount=0,
            currency="",
            body=b"{}",
            received_at=NOON,
        )
        EventVerdict.objects.create(platform=shop.platform, event=event, verdict="known", at=NOON)
