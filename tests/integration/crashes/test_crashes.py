"""Whatever a use case is doing when its process dies: afterwards it has happened fully or not at all, and a repetition
says so. Every point of every use case is visited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import connections, transaction

from hansa.commerce.accounts.models import Membership
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.aftersale import returns
from hansa.commerce.aftersale.models import ReturnRequest
from hansa.commerce.aftersale.returns import Asked, Verdict
from hansa.commerce.checkout import paying
from hansa.commerce.checkout.errors import PaymentRefused
from hansa.commerce.merchants.models import Merchant
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.models import Fulfilment, Order, OrderGroup, OrderLine
from hansa.commerce.payments import services as payments
from hansa.commerce.payments import webhooks
from hansa.commerce.payments.models import HeardEvent, Payment, Refund, SandboxCharge
from hansa.commerce.payouts import services as payouts
from hansa.commerce.payouts.models import Payout, SandboxTransfer
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from hansa.foundation.database_roles import OWNER
from tests.factories import NOON, Shop, a_listing, a_merchant, a_person, a_shop, a_shopper
from tests.integration.crashes.points import dies, dies_in_earnest
from tests.integration.payments.test_webhooks import tell
from tests.integration.payments.world import now as real_now

pytestmark = pytest.mark.usefixtures("database")

TEAS = 2
PRICE = 500
LATER = NOON + timedelta(days=14)
MOST_POINTS = 300
ROUNDS = 10


@dataclass
class Case:
    """A use case on a thing of its own: how it is done (again and again the same), and how one sees that it was, or was not."""

    do: Callable[[], object]
    insist: Callable[[bool], None]  # once recovered: full or not at all; True after the repetition: fully


def visit(
    begin: Callable[[int], Case], *, now: datetime = NOON, earnestly: int = 1, one_by_one: bool = False
) -> int:
    """Die at every point of a use case, each time in a new one, and recover; answers how many points there were.

    The worker comes when all are dead, or after each where one would otherwise finish what another has left.
    """
    dead: dict[str, Case] = {}
    for number in range(1, MOST_POINTS):
        case = begin(number)
        passed = dies(case.do, number)
        if passed is None:
            break
        dead[f"{number}: {passed[-1]}"] = case
        if one_by_one:
            recover(now)
    else:
        pytest.fail("the use case does not come to an end")
    count = number - 1
    for place in range(1, earnestly + 1):
        dead[f"{place} in earnest"] = begin(MOST_POINTS + place)
        assert dies_in_earnest(dead[f"{place} in earnest"].do, count * place // (earnestly + 1))
    _insist_on_recovery(dead, now)
    case.insist(True)
    return count


def _insist_on_recovery(dead: dict[str, Case], now: datetime) -> None:
    recover(now)
    assert broken() == []
    for where, case in dead.items():
        with _named(where):
            case.insist(False)
            case.do()
    recover(now)
    assert broken() == []
    for where, case in dead.items():
        with _named(where):
            case.insist(True)


@contextmanager
def _named(where: str) -> Iterator[None]:
    try:
        yield
    except Exception as failure:
        failure.add_note(f"died at point {where}")
        raise


def recover(now: datetime) -> None:
    """What the worker does in the time after: leases run out, payments are asked after, events come again."""
    for _ in range(ROUNDS):
        with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
            cursor.execute("update outbox_event set not_before = now() where done_at is null")
        delivered = outbox.drain(SUBSCRIPTIONS)
        left = paying.finish_unfinished(now=now + timedelta(minutes=20))
        if not delivered and not left:
            return
    pytest.fail("the worker does not come to rest")


def broken() -> list[tuple[str, tuple[str, ...]]]:
    return [(each.invariant.name, each.examples) for each in invariants.check() if not each.holds]


@pytest.fixture
def shop(database: str) -> Shop:
    return a_shop(stock={"tea": 100_000}, prices={"tea": PRICE})


@pytest.fixture
def alia(shop: Shop) -> Actor:
    return a_shopper("alia")


def charged(number: str) -> int:
    return SandboxCharge.objects.filter(idempotency_key=f"charge-{number}", outcome="done").count()


def statuses(shop: Shop, group: OrderGroup) -> list[str]:
    with tenancy.as_platform(shop.platform.pk):
        return list(Order.objects.filter(group=group).values_list("status", flat=True))


def bought(shop: Shop, buyer: Actor) -> OrderGroup:
    return shop.buy(buyer, [("tea", TEAS)])


def brought(shop: Shop, buyer: Actor) -> tuple[OrderGroup, OrderLine]:
    group = bought(shop, buyer)
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="dag", now=NOON)
        fulfilment.deliver_all(group_id=group.pk, actor_name="dag", now=NOON)
        return group, OrderLine.objects.get(order__group=group)


def refunds(group: OrderGroup, shop: Shop) -> tuple[int, int]:
    """What we say that was given back, and what the provider did."""
    with tenancy.as_platform(shop.platform.pk):
        ours = list(Refund.objects.filter(payment__reference=group.number))
    theirs = SandboxCharge.objects.filter(idempotency_key__in=[f"refund-{each.reference}" for each in ours])
    return sum(each.amount for each in ours), sum(each.amount for each in theirs)


def test_a_checkout(shop: Shop, alia: Actor) -> None:
    def begin(number: int) -> Case:
        buyer = a_shopper(f"buyer-{number}")
        total = shop.fill_cart(buyer, [("tea", TEAS)])
        answers: list[str] = []

        def do() -> None:
            try:
                answers.append(shop.pay(buyer, total, key="once").number)
            except PaymentRefused:
                answers.append("refused")

        def insist(is_repeated: bool) -> None:
            with tenancy.as_platform(shop.platform.pk):
                groups = list(OrderGroup.objects.filter(buyer_id=buyer.user_id))
            assert len(groups) <= 1
            if not groups:
                assert not is_repeated
                return
            (status,) = statuses(shop, groups[0])
            assert (status, charged(groups[0].number)) in {("paid", 1), ("cancelled", 0)}
            if is_repeated:
                assert answers[-1] == (groups[0].number if status == "paid" else "refused")

        return Case(do, insist)

    print("checkout", visit(begin, earnestly=3))


def test_a_capture_by_the_clock(shop: Shop, alia: Actor) -> None:
    def begin(number: int) -> Case:
        group = shop.buy(a_shopper(f"buyer-{number}"), [("tea", TEAS)], card="tok_no_answer")

        def do() -> None:
            paying.finish_unfinished(now=NOON + timedelta(minutes=1))

        def insist(is_repeated: bool) -> None:
            assert (statuses(shop, group), charged(group.number)) == (["paid"], 1)
            assert shop.payment_of(group).state == Payment.State.CAPTURED

        return Case(do, insist)

    print("capture", visit(begin, one_by_one=True))


def test_a_webhook(provider: object, shop: Shop, alia: Actor) -> None:
    def begin(number: int) -> Case:
        group = shop.buy(a_shopper(f"buyer-{number}"), [("tea", TEAS)], card="tok_no_answer", now=real_now())
        payment = shop.payment_of(group)
        told = {
            "payment": f"pay_{number}",
            "reference": payment.reference,
            "payee": "trave",
            "state": "captured",
            "amount": payment.amount,
            "currency": "EUR",
        }

        def do() -> None:
            assert tell("payment.captured", told, event_id=f"evt_{number}") == 200
            with tenancy.as_platform(shop.platform.pk):
                heard = HeardEvent.objects.get(event_id=f"evt_{number}")
            webhooks.examine(platform_id=shop.platform.pk, heard_id=heard.pk, now=real_now())

        def insist(is_repeated: bool) -> None:
            assert statuses(shop, group) == ["paid"]
            assert shop.payment_of(group).captured == payment.amount

        return Case(do, insist)

    print("webhook", visit(begin, now=real_now()))


def test_a_cancellation(shop: Shop, alia: Actor) -> None:
    def begin(number: int) -> Case:
        group = bought(shop, alia)

        def do() -> None:
            with tenancy.as_platform(shop.platform.pk):
                cancelling.cancel_all(group_id=group.pk, reason="no", actor_name="alia", now=NOON)

        def insist(is_repeated: bool) -> None:
            (status,) = statuses(shop, group)
            back = group.grand_total if status == "cancelled" else 0
            assert status == "cancelled" or (status == "paid" and not is_repeated)
            assert refunds(group, shop) == (back, back)

        return Case(do, insist)

    print("cancel", visit(begin))


def test_a_refund(shop: Shop, alia: Actor) -> None:
    def begin(number: int) -> Case:
        group = bought(shop, alia)
        with tenancy.as_platform(shop.platform.pk):
            line = OrderLine.objects.get(order__group=group)
            cancelling.cancel_units(
                group_id=group.pk, units={line.pk: 1}, key="one", reason="no", actor_name="alia", now=NOON
            )
            refund = Refund.objects.get(payment__reference=group.number)

        def do() -> None:
            payments.send_refund(platform_id=shop.platform.pk, refund_id=refund.pk)

        def insist(is_repeated: bool) -> None:
            assert refunds(group, shop) == (PRICE, PRICE)

        return Case(do, insist)

    print("refund", visit(begin))


def test_a_fulfilment(shop: Shop, alia: Actor) -> None:
    def begin(number: int) -> Case:
        group = bought(shop, alia)
        with tenancy.as_platform(shop.platform.pk):
            line = OrderLine.objects.get(order__group=group)

        def do() -> None:
            with tenancy.as_platform(shop.platform.pk):
                fulfilment.fulfil(
                    order_id=line.order_id, units={line.pk: TEAS}, reference="all", actor_name="bo", now=NOON
                )

        def insist(is_repeated: bool) -> None:
            with tenancy.as_platform(shop.platform.pk):
                made = Fulfilment.objects.filter(order_id=line.order_id).count()
            happened, not_yet = (1, ["shipped"]), (0, ["paid"])
            assert (made, statuses(shop, group)) in ([happened] if is_repeated else [happened, not_yet])

        return Case(do, insist)

    print("fulfil", visit(begin))


def test_a_return(shop: Shop, alia: Actor) -> None:
    def begin(number: int) -> Case:
        group, line = brought(shop, alia)
        where = {"platform_id": shop.platform.pk, "now": NOON}
        with tenancy.as_platform(shop.platform.pk):
            asked = returns.request(
                group=group, actor=alia, asked=Asked({line.pk: TEAS}, "changed_mind"), now=NOON
            )
            returns.decide(actor=shop.owner, return_id=asked.pk, agrees=True, **where)
            returns.receive(actor=shop.owner, return_id=asked.pk, **where)

        def state() -> str:
            with tenancy.as_platform(shop.platform.pk):
                return str(ReturnRequest.objects.get(pk=asked.pk).state)

        def do() -> None:
            if state() == "received":
                with tenancy.as_platform(shop.platform.pk):
                    returns.inspect(
                        actor=shop.owner, return_id=asked.pk, verdicts={line.pk: Verdict(TEAS, TEAS)}, **where
                    )

        def insist(is_repeated: bool) -> None:
            assert state() == "refunded" or (state() == "received" and not is_repeated)
            back = group.grand_total if state() == "refunded" else 0
            assert refunds(group, shop) == (back, back)

        return Case(do, insist)

    print("return", visit(begin))


def test_a_payout(shop: Shop, alia: Actor) -> None:
    people = [_an_officer(shop, name) for name in ("olga", "omar")]

    def begin(number: int) -> Case:
        merchant = _a_merchant_with_money(shop, alia, number)
        where = {"platform_id": shop.platform.pk, "now": LATER}

        def find() -> Payout | None:
            with tenancy.as_platform(shop.platform.pk):
                return Payout.objects.filter(merchant=merchant).first()

        def do() -> None:
            with tenancy.as_platform(shop.platform.pk):
                payouts.schedule(merchant_id=merchant.pk, currency="EUR", proposed_by=None, **where)
            for person in people:
                payout = find()
                assert payout is not None
                if payout.state == Payout.State.SCHEDULED and payout.approved_by_id != person.user_id:
                    with tenancy.as_platform(shop.platform.pk):
                        payouts.approve(actor=person, payout_id=payout.pk, **where)
            payout = find()
            assert payout is not None
            payouts.send(payout_id=payout.pk, **where)

        def insist(is_repeated: bool) -> None:
            payout = find()
            sent = SandboxTransfer.objects.filter(key__startswith=f"payout-{payout.pk}-") if payout else []
            if payout is not None and payout.state == Payout.State.PAID:
                assert [each.amount for each in sent] == [payout.amount]
                return
            assert not is_repeated
            assert list(sent) == []
            assert payout is None or payout.state == Payout.State.SCHEDULED

        return Case(do, insist)

    print("payout", visit(begin))


def _an_officer(shop: Shop, name: str) -> Actor:
    user = a_person(name)
    Membership.objects.create(user=user, role=Membership.Role.OPERATOR, platform=shop.platform)
    return actor_of(user)


def _a_merchant_with_money(shop: Shop, buyer: Actor, number: int) -> Merchant:
    merchant, _ = a_merchant(shop.platform, f"m{number}")
    name = f"salt-{number}"
    shop.listings[name] = a_listing(shop.platform, merchant, shop.centre, name, price=PRICE, stock=5)
    group = shop.buy(buyer, [(name, 1)])
    with tenancy.as_platform(shop.platform.pk):
        fulfilment.ship_rest(group_id=group.pk, actor_name="dag", now=NOON)
        fulfilment.deliver_all(group_id=group.pk, actor_name="dag", now=NOON)
    return merchant
