"""A shop whose merchant is to be paid: sold, delivered, waited for, agreed to."""

from __future__ import annotations

from datetime import datetime, timedelta

from hansa.commerce.accounts.models import Membership
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.templates import Share
from hansa.commerce.orders import fulfilment
from hansa.commerce.orders.models import OrderGroup
from hansa.commerce.payments import chargebacks
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.models import Payment
from hansa.commerce.payouts import selectors, services
from hansa.commerce.payouts.domain import Every, Terms
from hansa.commerce.payouts.models import Payout
from hansa.commerce.payouts.selectors import Balance
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from tests.factories import NOON, Shop, a_person, a_shop, a_shopper

LATER = NOON + timedelta(days=14)  # a Monday; what was delivered at noon may be paid out since a week
OWN = {
    "payout-is-its-lines",
    "payout-under-way-is-set-apart",
    "payout-sent-once",
    "payout-agreed-by-two",
    "bank-agrees-on-payouts",
    "split-keeps-every-cent",
    "dispute-is-in-the-books",
    "journal-sums-to-zero",
    "trial-balance",
}


def a_house() -> Shop:
    """Tea at 5.00, salt at 1.00; the platform keeps ten per cent."""
    return a_shop(stock={"tea": 100, "salt": 50}, prices={"tea": 500, "salt": 100})


def an_officer(shop: Shop, name: str) -> Actor:
    user = a_person(name)
    Membership.objects.create(user=user, role=Membership.Role.OPERATOR, platform=shop.platform)
    return actor_of(user)


def officers(shop: Shop) -> tuple[Actor, Actor]:
    return an_officer(shop, "olga"), an_officer(shop, "omar")


def sold(shop: Shop, buyer: str, teas: int = 2) -> OrderGroup:
    return shop.buy(a_shopper(buyer), [("tea", teas)])


def deliver(shop: Shop, group: OrderGroup, at: datetime = NOON) -> None:
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="driver", now=at)
        fulfilment.deliver_all(group_id=group.pk, actor_name="driver", now=at)


def delivered(shop: Shop, buyer: str = "alia", teas: int = 2) -> OrderGroup:
    """A purchase that arrived at noon: two teas are 9.00 for the merchant."""
    group = sold(shop, buyer, teas)
    deliver(shop, group)
    return group


def balance(shop: Shop, now: datetime = LATER) -> Balance:
    with tenancy.as_platform(shop.platform.pk):
        return selectors.balance_of(
            platform_id=shop.platform.pk, merchant_id=shop.merchant.pk, currency="EUR", now=now
        )


def schedule(shop: Shop, now: datetime = LATER, actor: Actor | None = None) -> list[Payout]:
    return services.schedule_all(platform_id=shop.platform.pk, actor=actor, now=now)


def approve(shop: Shop, payout: Payout, *people: Actor, now: datetime = LATER) -> None:
    for person in people:
        with tenancy.as_platform(shop.platform.pk):
            services.approve(actor=person, platform_id=shop.platform.pk, payout_id=payout.pk, now=now)


def work() -> None:
    """Let the worker deliver everything that is due."""
    outbox.drain(SUBSCRIPTIONS)


def terms(shop: Shop, actor: Actor, destination: str = "sandbox", **more: int) -> None:
    with tenancy.as_platform(shop.platform.pk):
        services.agree(
            actor=actor,
            platform_id=shop.platform.pk,
            merchant_id=shop.merchant.pk,
            terms=Terms(every=Every.WEEK, destination=destination, **more),
        )


def state(shop: Shop, payout: Payout) -> str:
    with tenancy.as_platform(shop.platform.pk):
        return str(Payout.objects.get(pk=payout.pk).state)


def books(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        return {
            each.kind: each.amount for each in ledger.balances_of_platform(shop.platform.pk) if each.amount
        }


def broken() -> set[str]:
    return {finding.invariant.name for finding in invariants.check() if not finding.holds} & OWN


def refund(shop: Shop, group: OrderGroup, paid: int, commission: int, reference: str = "back") -> None:
    """Give a part of the goods' price back."""
    with tenancy.as_platform(shop.platform.pk):
        payments.request_refund(
            payment_id=Payment.objects.get(reference=group.number).pk,
            reference=f"{group.number}-{reference}",
            amount=paid,
            legs=templates.refund([Share(shop.merchant.pk, paid, 0, commission)], delivery_fee=0),
            now=LATER,
        )


def dispute(shop: Shop, group: OrderGroup, state: str, amount: int, ref: str = "dp_1") -> None:
    """Hear of a buyer's dispute at the bank."""
    with tenancy.as_platform(shop.platform.pk):
        chargebacks.hear(
            payment=Payment.objects.get(reference=group.number),
            provider_ref=ref,
            state=state,
            amount=amount,
            reason="not mine",
            due_by="",
            now=LATER,
        )
