"""Buying in a group: the money is held until the group has formed, and let go when it fails or the buyer leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.accounts.selectors import visitor
from hansa.commerce.checkout import paying, together
from hansa.commerce.checkout import services as checkout
from hansa.commerce.checkout.errors import NotTogether, PaymentRefused, PriceChanged
from hansa.commerce.checkout.services import Wish
from hansa.commerce.checkout.together import Together
from hansa.commerce.delivery.domain import offered_windows
from hansa.commerce.notices.models import Notice
from hansa.commerce.orders import cancelling, fulfilment
from hansa.commerce.orders.domain import IllegalStep
from hansa.commerce.orders.models import Order, OrderGroup, OrderLine
from hansa.commerce.payments import gateways
from hansa.commerce.payments.models import SandboxCharge
from hansa.commerce.promotions import groups
from hansa.commerce.promotions import selectors as promotions
from hansa.commerce.promotions.domain import Kind
from hansa.commerce.promotions.groups import GroupClosed, GroupHasFormed
from hansa.commerce.promotions.models import BuyingGroup
from hansa.commerce.promotions.services import Terms
from hansa.commerce.stock.errors import InsufficientStock
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import invariants, outbox, tenancy
from hansa.kernel import ids
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import HansaError, NotFound, Refused
from tests.factories import DOOR, NOON, Shop, a_shop, a_shopper
from tests.integration.pricing.scene import a_promotion

pytestmark = pytest.mark.usefixtures("database")
END = NOON + timedelta(hours=1)  # of the promotion, and so of its groups
SOON = NOON + timedelta(minutes=1)
LATE = NOON + timedelta(minutes=20)
EACH = 350 + 490  # three tenths off 500, and delivery


@dataclass
class Scene:
    """A shop whose tea costs 3.50 instead of 5.00 for two who buy together."""

    shop: Shop

    def start(self, actor: Actor, *, card: str = "tok_ok", quantity: int = 1) -> OrderGroup:
        return self.buy(actor, Together(quantity, listing_id=self.shop.listings["tea"].pk), card=card)

    def join(self, actor: Actor, *, card: str = "tok_ok") -> OrderGroup:
        return self.buy(actor, Together(1, group_id=self.group.pk), card=card)

    def buy(self, actor: Actor, asked: Together, *, card: str = "tok_ok", key: str = "") -> OrderGroup:
        total = 350 * asked.quantity + 490
        wish = Wish(DOOR, offered_windows(END)[0].key, card, total, together=asked)
        return checkout.place_order(
            platform_id=self.shop.platform.pk, actor=actor, wish=wish, key=key or ids.token(), now=NOON
        )

    def cancel(self, group: OrderGroup) -> None:
        with tenancy.as_platform(self.shop.platform.pk):
            cancelling.cancel_all(group_id=group.pk, reason="changed", actor_name="alia", now=system_clock())

    def settle(self) -> None:
        with tenancy.as_platform(self.shop.platform.pk):
            groups.settle_due(platform_id=self.shop.platform.pk, now=END)

    @property
    def group(self) -> BuyingGroup:
        with tenancy.as_platform(self.shop.platform.pk):
            return BuyingGroup.objects.latest("pk")

    def stand(self, *purchases: OrderGroup) -> list[tuple[str, str]]:
        """How the order and the money of each purchase stand."""
        with tenancy.as_platform(self.shop.platform.pk):
            return [
                (Order.objects.get(group=each).status, self.shop.payment_of(each).state) for each in purchases
            ]

    def told(self) -> list[tuple[str, str]]:
        with tenancy.as_platform(self.shop.platform.pk):
            return list(Notice.objects.order_by("pk").values_list("user__username", "kind"))


def a_scene(*, needed: int = 2, stock: int = 9) -> Scene:
    shop = a_shop(stock={"tea": stock, "mug": 9}, prices={"tea": 500, "mug": 900})
    a_promotion(shop, Terms("Together", Kind.GROUP, percent_bp=3_000, needed_buyers=needed), ["tea"])
    return Scene(shop)


def work() -> None:
    outbox.drain(SUBSCRIPTIONS)


def broken() -> set[str]:
    """Broken promises; the clock of the scene is long past, so what is held there looks old."""
    found = {each.invariant.name for each in invariants.check() if not each.holds}
    return found - {"no-stale-hold"}


def in_the_book() -> list[tuple[str, int]]:
    """What the provider says of each charge."""
    return list(SandboxCharge.objects.order_by("pk").values_list("outcome", "amount"))


def test_a_group_that_forms_pays_the_group_price_and_goes_ahead() -> None:
    scene, alia, bea = a_scene(), a_shopper("alia"), a_shopper("bea")

    first = scene.start(alia)
    assert (first.grand_total, scene.stand(first)) == (EACH, [("placed", "authorised")])
    assert (in_the_book(), scene.shop.level_of("tea").reserved) == ([("authorised", EACH)], 1)
    assert (scene.group.joined, scene.group.state, scene.group.deadline) == (1, "open", END)
    work()
    assert broken() == set()
    second = scene.join(bea)
    assert (scene.group.state, scene.stand(second)) == ("formed", [("placed", "authorised")])
    work()

    assert scene.stand(first, second) == [("paid", "captured")] * 2
    assert in_the_book() == [("done", EACH)] * 2
    assert (scene.shop.level_of("tea").reserved, scene.shop.level_of("tea").allocated) == (0, 2)
    assert scene.told() == [("alia", "group_formed"), ("bea", "group_formed")]
    assert broken() == set()


def test_a_group_that_fails_costs_nobody_anything() -> None:
    scene, alia, bea = a_scene(needed=3), a_shopper("alia"), a_shopper("bea")
    first = scene.start(alia, quantity=2)
    second = scene.join(bea)

    scene.settle()
    work()
    scene.settle()
    work()

    assert scene.stand(first, second) == [("cancelled", "declined")] * 2
    assert [outcome for outcome, _ in in_the_book()] == ["voided", "voided"]
    assert (scene.shop.stock_of("tea"), scene.group.state) == (9, "failed")
    assert scene.told() == [("alia", "group_failed"), ("bea", "group_failed")]
    with pytest.raises(GroupClosed, match="closed"):
        scene.join(a_shopper("cy"))
    assert broken() == set()


def test_the_order_of_an_open_group_cannot_be_sent() -> None:
    scene = a_scene()
    first = scene.start(a_shopper())

    with tenancy.as_platform(scene.shop.platform.pk):
        line = OrderLine.objects.get(order__group=first)
        with pytest.raises(IllegalStep, match="placed cannot ship"):
            fulfilment.fulfil(
                order_id=line.order_id, units={line.pk: 1}, reference="f", actor_name="bo", now=NOON
            )

    assert scene.shop.level_of("tea").reserved == 1


def test_who_leaves_before_it_formed_gives_the_place_up_and_gets_the_money_back() -> None:
    scene, alia, bea, cy = a_scene(), a_shopper("alia"), a_shopper("bea"), a_shopper("cy")
    first = scene.start(alia)

    scene.cancel(first)
    scene.cancel(first)
    work()

    assert scene.stand(first) == [("cancelled", "declined")]
    assert (in_the_book(), scene.shop.stock_of("tea"), scene.group.joined) == ([("voided", EACH)], 9, 0)
    others = scene.join(bea), scene.join(cy)
    work()
    assert scene.stand(*others) == [("paid", "captured")] * 2
    assert broken() == set()


def test_a_place_is_kept_while_the_money_of_a_formed_group_is_taken() -> None:
    scene = a_scene()
    first, second = scene.start(a_shopper("alia")), scene.join(a_shopper("bea"))

    with pytest.raises(GroupHasFormed, match="try again in a minute"):
        scene.cancel(first)
    assert scene.stand(first, second) == [("placed", "authorised")] * 2
    work()
    scene.cancel(first)
    work()

    assert scene.stand(first, second) == [("cancelled", "captured"), ("paid", "captured")]
    assert scene.shop.refunds_of(first) == [EACH]
    assert broken() == set()


def test_a_card_that_is_declined_forms_no_group() -> None:
    scene, alia, bea, cy = a_scene(), a_shopper("alia"), a_shopper("bea"), a_shopper("cy")
    first = scene.start(alia)

    with pytest.raises(PaymentRefused):
        scene.join(bea, card="tok_declined")

    assert (scene.group.joined, scene.group.state) == (1, "open")
    third = scene.join(cy)
    work()
    assert scene.stand(first, third) == [("paid", "captured")] * 2
    assert broken() == set()


def test_a_lost_answer_holds_the_place_until_the_provider_is_asked() -> None:
    scene, alia, bea = a_scene(), a_shopper("alia"), a_shopper("bea")
    first = scene.start(alia)

    second = scene.join(bea, card="tok_no_answer")
    assert (scene.group.state, scene.stand(second)) == ("open", [("placed", "created")])
    with pytest.raises(GroupClosed, match="all places"):
        scene.join(a_shopper("cy"))
    assert paying.finish_unfinished(now=SOON) == 1
    assert scene.group.state == "formed"
    work()

    assert scene.stand(first, second) == [("paid", "captured")] * 2
    assert paying.finish_unfinished(now=LATE) == 0


def test_the_worker_leaves_money_alone_that_waits_for_a_group() -> None:
    scene = a_scene()
    first = scene.start(a_shopper())

    assert paying.finish_unfinished(now=LATE) == 0
    assert scene.stand(first) == [("placed", "authorised")]


def test_what_nobody_was_told_of_a_decided_group_is_done_by_the_clock() -> None:
    scene = a_scene()
    first, second = scene.start(a_shopper("alia")), scene.join(a_shopper("bea"))

    assert paying.finish_unfinished(now=LATE) == 2

    assert scene.stand(first, second) == [("paid", "captured")] * 2
    work()
    assert scene.stand(first, second) == [("paid", "captured")] * 2
    assert broken() == set()


def test_a_guest_cannot_take_a_place() -> None:
    scene = a_scene()

    with pytest.raises(NotTogether, match="sign in"):
        scene.start(visitor("somebody"))

    with tenancy.as_platform(scene.shop.platform.pk):
        assert (BuyingGroup.objects.count(), OrderGroup.objects.count()) == (0, 0)


def test_what_cannot_be_bought_together_is_refused_and_nothing_is_kept() -> None:
    scene, alia = a_scene(stock=1), a_shopper("alia")
    mug = Together(1, listing_id=scene.shop.listings["mug"].pk)

    with pytest.raises(NotFound, match="no group buy of Mug now"):
        scene.buy(alia, mug)
    with pytest.raises(NotFound, match="no group 999 here"):
        scene.buy(alia, Together(1, group_id=999))
    with pytest.raises(InsufficientStock, match="2 asked, 1 left"):
        scene.start(alia, quantity=2)
    a_promotion(scene.shop, Terms("Half", Kind.PERCENT, percent_bp=5_000), ["tea"])
    with pytest.raises(NotTogether, match="no less in a group"):
        scene.start(alia)

    with tenancy.as_platform(scene.shop.platform.pk):
        assert (BuyingGroup.objects.count(), OrderGroup.objects.count()) == (0, 0)


def test_a_price_that_has_changed_is_asked_about() -> None:
    scene, alia = a_scene(), a_shopper("alia")
    asked = Together(1, listing_id=scene.shop.listings["tea"].pk)
    wish = Wish(DOOR, offered_windows(END)[0].key, "tok_ok", EACH - 1, together=asked)

    with pytest.raises(PriceChanged):
        checkout.place_order(
            platform_id=scene.shop.platform.pk, actor=alia, wish=wish, key="a key of mine", now=NOON
        )


def test_a_provider_that_takes_at_once_is_no_place_for_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = a_scene()
    monkeypatch.setattr(gateways, "can_hold", lambda _name: False)

    with pytest.raises(Refused, match="takes money at once"):
        scene.start(a_shopper())


def test_the_same_key_again_takes_no_second_place() -> None:
    scene, alia = a_scene(), a_shopper("alia")
    asked = Together(1, listing_id=scene.shop.listings["tea"].pk)

    numbers = {scene.buy(alia, asked, key="a key of mine").number for _ in range(2)}

    assert (len(numbers), scene.group.joined, len(in_the_book())) == (1, 1, 1)
    with pytest.raises(GroupClosed, match="already"):
        scene.join(alia)


def test_an_offer_says_what_the_group_costs_and_who_waits() -> None:
    scene, alia = a_scene(needed=3), a_shopper("alia")
    listing = scene.shop.listings["tea"]
    scene.start(alia)

    with tenancy.as_platform(scene.shop.platform.pk):
        where = {"platform_id": scene.shop.platform.pk, "now": NOON}
        offer = together.find_offer(listing=listing, buyer_id=None, quantity=2, **where)
        none = together.find_offer(listing=scene.shop.listings["mug"], buyer_id=None, **where)
        waiting = promotions.open_groups_of(listing_id=listing.pk, **where)

    assert offer is not None
    assert (offer.priced.quote.items_total, offer.needed, offer.deadline) == (700, 3, END)
    assert none is None
    assert [(each.joined, each.needed) for each in waiting] == [(1, 3)]


def at_the_same_time(*acts: Callable[[], object]) -> list[str]:
    """Do everything at once, a thread each; answers the codes of the refusals, sorted."""
    barrier, refused, failed = threading.Barrier(len(acts)), list[str](), list[str]()

    def go(act: Callable[[], object]) -> None:
        try:
            barrier.wait()
            act()
        except HansaError as refusal:
            refused.append(refusal.code)
        except BaseException as failure:  # a thread's failure is the test's
            failed.append(repr(failure))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    return sorted(refused)


def test_six_who_want_the_last_two_places_at_once_form_one_group() -> None:
    scene = a_scene(needed=3)
    scene.start(a_shopper("alia"))
    people = [a_shopper(f"buyer{number}") for number in range(6)]

    refused = at_the_same_time(*(partial(scene.join, person) for person in people))
    work()

    assert refused == ["group_closed"] * 4
    assert (scene.group.state, scene.group.joined, scene.shop.level_of("tea").allocated) == ("formed", 3, 3)
    assert [outcome for outcome, _ in in_the_book()] == ["done"] * 3
    assert broken() == set()


@pytest.mark.parametrize("number", range(4))
def test_joining_against_the_deadline_ends_one_way_for_everybody(number: int) -> None:
    scene, bea = a_scene(), a_shopper("bea")
    first = scene.start(a_shopper("alia"))

    refused = at_the_same_time(partial(scene.join, bea), scene.settle)
    scene.settle()
    work()

    ends = {"formed": (("paid", "captured"), []), "failed": (("cancelled", "declined"), ["group_closed"])}
    end, refusals = ends[scene.group.state]
    with tenancy.as_platform(scene.shop.platform.pk):
        found = list(OrderGroup.objects.all())
    assert set(scene.stand(*found)) == {end}
    assert first in found
    assert refused in ([], refusals)  # a place that was taken in time, but not its money, is let go
    assert broken() == set()


@pytest.mark.parametrize("number", range(4))
def test_cancelling_against_forming_loses_neither_money_nor_goods(number: int) -> None:
    scene, bea = a_scene(), a_shopper("bea")
    first = scene.start(a_shopper("alia"))

    refused = at_the_same_time(partial(scene.join, bea), partial(scene.cancel, first))
    work()

    with tenancy.as_platform(scene.shop.platform.pk):
        second = OrderGroup.objects.exclude(pk=first.pk).get()
    if refused:  # the group had formed before
        assert (refused, scene.group.state) == (["group_has_formed"], "formed")
        assert scene.stand(first, second) == [("paid", "captured")] * 2
    else:
        assert (scene.group.state, scene.group.joined) == ("open", 1)
        assert scene.stand(first, second) == [("cancelled", "declined"), ("placed", "authorised")]
    assert broken() == set()
