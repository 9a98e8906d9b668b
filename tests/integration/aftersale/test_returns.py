"""Sending back: what arrived comes back once, is inspected, and is settled by money, credit or an exchange."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connections
from PIL import Image

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.aftersale import exchanges, returns, selectors
from hansa.commerce.aftersale.domain import IllegalMove, Wish
from hansa.commerce.aftersale.evidence import Upload
from hansa.commerce.aftersale.models import ReturnPhoto, ReturnRequest
from hansa.commerce.aftersale.returns import Asked, NotReturnable, Verdict
from hansa.commerce.behaviour.models import BehaviourEvent
from hansa.commerce.orders.models import OrderLine
from hansa.commerce.wallets import selectors as wallets
from hansa.config.subscriptions import SUBSCRIPTIONS
from hansa.foundation import outbox, tenancy
from hansa.kernel.errors import Forbidden, HansaError, InvalidInput, NotFound, Refused
from tests.factories import NOON, a_shopper
from tests.integration.orders.scene import Bought, a_purchase, broken
from tests.integration.payouts.scene import dispute

pytestmark = pytest.mark.usefixtures("database")


def ask(bought: Bought, units: dict[str, int], **more: object) -> ReturnRequest:
    with tenancy.as_platform(bought.platform_id):
        return returns.request(
            group=bought.group,
            actor=bought.alia,
            asked=Asked(
                {bought.line(title).pk: count for title, count in units.items()},
                "changed_mind",
                **more,  # type: ignore[arg-type]
            ),
            now=NOON,
        )


def send_back(bought: Bought, made: ReturnRequest, owner: Actor | None = None) -> None:
    """Agreed to, handed in, received."""
    where = {"platform_id": bought.platform_id, "return_id": made.pk, "now": NOON}
    seller = owner or bought.shop.owner
    with tenancy.as_platform(bought.platform_id):
        returns.decide(actor=seller, agrees=True, **where)
        returns.hand_in(actor=bought.alia, carrier="Post", tracking_number="P1", **where)
        returns.receive(actor=seller, **where)


def inspect(
    bought: Bought, made: ReturnRequest, verdicts: dict[str, Verdict], **more: object
) -> ReturnRequest:
    with tenancy.as_platform(bought.platform_id):
        return returns.inspect(
            actor=bought.shop.owner,
            platform_id=bought.platform_id,
            return_id=made.pk,
            verdicts={bought.line(title).pk: verdict for title, verdict in verdicts.items()},
            now=NOON,
            **more,  # type: ignore[arg-type]
        )


def a_picture(kind: str = "PNG") -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (200, 150), "red").save(drawn, kind)
    return drawn.getvalue()


def test_units_that_came_back_are_refunded_with_their_commission() -> None:
    bought = a_purchase()
    bought.bring_all()
    made = ask(bought, {"Tea": 2, "Mug": 1})
    send_back(bought, made)

    done = inspect(bought, made, {"Tea": Verdict(2, 1), "Mug": Verdict(0, 0)}, note="the mug is used")

    assert (done.state, done.amount) == ("refunded", 2000)
    assert bought.refunded() == [2000]
    tea, mug = bought.line("Tea"), bought.line("Mug")
    assert (tea.returned, tea.coming_back, mug.returned, mug.coming_back) == (2, 0, 0, 0)
    assert bought.shop.stock_of("tea") == 8  # one on the shelf again, one written off
    assert bought.balance("payable", bought.shop.merchant) == 1350  # 15.00 less ten per cent
    assert bought.order("Tea").payment_status == "partly_refunded"
    assert broken() == []


def test_the_last_return_takes_the_delivery_fee_along() -> None:
    bought = a_purchase()
    bought.bring_all()
    first = ask(bought, {"Tea": 3, "Mug": 1})
    send_back(bought, first)
    inspect(bought, first, {"Tea": Verdict(3, 3), "Mug": Verdict(1, 1)})
    last = ask(bought, {"Salt": 2})
    send_back(bought, last, bought.ada_owner)

    with tenancy.as_platform(bought.platform_id):
        returns.inspect(
            actor=bought.ada_owner,
            platform_id=bought.platform_id,
            return_id=last.pk,
            verdicts={bought.line("Salt").pk: Verdict(2, 2)},
            now=NOON,
        )

    assert sum(bought.refunded()) == bought.group.grand_total
    assert [bought.balance(kind) for kind in ("commission", "delivery", "provider")] == [0, 0, 0]
    assert broken() == []


def test_store_credit_takes_the_place_of_money() -> None:
    bought = a_purchase()
    bought.bring_all()
    made = ask(bought, {"Tea": 1}, wish=Wish.CREDIT)
    send_back(bought, made)

    inspect(bought, made, {"Tea": Verdict(1, 1)})

    assert bought.refunded() == []
    with tenancy.as_platform(bought.platform_id):
        assert bought.alia.user_id is not None
        own = wallets.wallets_of(platform_id=bought.platform_id, owner_id=bought.alia.user_id)
    assert [(each.kind, each.balance) for each in own] == [("store_credit", 1000)]
    assert bought.balance("store_credit") == 1000
    assert broken() == []


def test_what_the_bank_holds_back_is_not_given_as_credit_too() -> None:
    bought = a_purchase()
    bought.bring_all()
    made = ask(bought, {"Tea": 2}, wish=Wish.CREDIT)
    send_back(bought, made)
    dispute(bought.shop, bought.group, "opened", bought.group.grand_total)

    with pytest.raises(Refused, match="the buyer's bank"):
        inspect(bought, made, {"Tea": Verdict(2, 2)})

    assert (bought.line("Tea").returned, bought.line("Tea").coming_back) == (0, 2)
    assert bought.balance("store_credit") == 0


def test_a_return_without_a_wanted_good_is_not_settled_by_an_exchange() -> None:
    bought = a_purchase()
    bought.bring_all()
    made = ask(bought, {"Tea": 1})
    send_back(bought, made)

    with pytest.raises(InvalidInput, match="names the good that is wanted"):
        inspect(bought, made, {"Tea": Verdict(1, 1)}, settle_as=Wish.EXCHANGE)

    assert (bought.line("Tea").returned, bought.refunded()) == (0, [])


def test_the_same_good_goes_out_for_one_that_came_back() -> None:
    bought = a_purchase()
    bought.bring_all()
    offer_id = bought.line("Tea").offer_id
    made = ask(bought, {"Tea": 1}, wish=Wish.EXCHANGE, wants_offer_id=offer_id)
    send_back(bought, made)

    done = inspect(bought, made, {"Tea": Verdict(1, 0)})
    with tenancy.as_platform(bought.platform_id):
        for _ in range(2):
            exchanges.send(
                actor=bought.shop.owner,
                platform_id=bought.platform_id,
                return_id=made.pk,
                carrier="Post",
                tracking_number="P2",
                now=NOON,
            )

    assert (done.state, done.amount, bought.refunded()) == ("exchanged", 0, [])
    level = bought.shop.level_of("tea")
    assert (level.on_hand, level.allocated) == (6, 0)
    assert broken() == []


def test_what_has_not_arrived_or_is_in_another_return_is_not_sent_back() -> None:
    bought = a_purchase()
    with pytest.raises(NotReturnable, match="Tea: 1 to be sent back, 0 can be"):
        ask(bought, {"Tea": 1})
    bought.bring_all()
    ask(bought, {"Tea": 2})

    with pytest.raises(NotReturnable, match="Tea: 2 to be sent back, 1 can be"):
        ask(bought, {"Tea": 2})

    assert bought.line("Tea").coming_back == 2
    with (
        pytest.raises(IntegrityError, match="line_takes_back_what_was_delivered"),
        tenancy.as_platform(bought.platform_id),
    ):
        OrderLine.objects.filter(pk=bought.line("Tea").pk).update(coming_back=4)


def test_the_time_to_send_back_ends() -> None:
    bought = a_purchase()
    bought.bring_all()
    asked = Asked({bought.line("Tea").pk: 1}, "damaged")

    with tenancy.as_platform(bought.platform_id):
        with pytest.raises(NotReturnable, match="Tea could be sent back until 2026-03-16"):
            returns.request(
                group=bought.group, actor=bought.alia, asked=asked, now=NOON + timedelta(days=14, seconds=1)
            )
        returns.request(group=bought.group, actor=bought.alia, asked=asked, now=NOON + timedelta(days=14))


def test_a_return_that_is_turned_down_or_called_off_frees_its_units() -> None:
    bought = a_purchase()
    bought.bring_all()
    first, second = ask(bought, {"Tea": 2}), ask(bought, {"Tea": 1})

    with tenancy.as_platform(bought.platform_id):
        where = {"platform_id": bought.platform_id, "now": NOON}
        with pytest.raises(InvalidInput, match="turned down"):
            returns.decide(actor=bought.shop.owner, return_id=first.pk, agrees=False, **where)
        returns.decide(actor=bought.shop.owner, return_id=first.pk, agrees=False, note="too late", **where)
        returns.call_off(actor=bought.alia, return_id=second.pk, **where)
        with pytest.raises(IllegalMove):
            returns.receive(actor=bought.shop.owner, return_id=second.pk, **where)

    assert bought.line("Tea").coming_back == 0
    assert broken() == []


def test_only_the_seller_decides_and_only_those_concerned_see_it() -> None:
    bought = a_purchase()
    bought.bring_all()
    made = ask(bought, {"Tea": 1})

    with tenancy.as_platform(bought.platform_id):
        for stranger in (bought.alia, bought.ada_owner):
            with pytest.raises(Forbidden):
                returns.decide(
                    actor=stranger, platform_id=bought.platform_id, return_id=made.pk, agrees=True, now=NOON
                )
        with pytest.raises(NotFound):
            selectors.get_return(platform_id=bought.platform_id, number=made.number, actor=bought.ada_owner)
        seen = selectors.get_return(
            platform_id=bought.platform_id, number=made.number, actor=bought.shop.owner
        )

    assert seen.state == "requested"


def test_a_photo_is_told_by_its_content_and_written_anew() -> None:
    bought = a_purchase()
    bought.bring_all()

    with pytest.raises(InvalidInput, match="JPEG, PNG or WebP"):
        ask(bought, {"Tea": 1}, photos=[Upload("photo.jpg", b"<svg onload=alert(1)>")])
    ask(bought, {"Tea": 1}, photos=[Upload("photo.svg", a_picture())])

    with tenancy.as_platform(bought.platform_id):
        kept = bytes(ReturnPhoto.objects.get().content)
    assert kept.startswith(b"\xff\xd8\xff")
    assert bought.line("Tea").coming_back == 1


def test_an_inspection_that_is_sent_twice_at_once_refunds_once() -> None:
    bought = a_purchase()
    bought.bring_all()
    made = ask(bought, {"Tea": 2})
    send_back(bought, made)
    start = Barrier(3)

    def inspector(_number: int) -> str:
        try:
            start.wait(10)
            inspect(bought, made, {"Tea": Verdict(2, 2)})
        except HansaError as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(3) as pool:
        said = sorted(pool.map(inspector, range(3)))

    assert said == ["done", "illegal_move", "illegal_move"]
    assert bought.refunded() == [2000]
    assert broken() == []


def test_a_stranger_has_no_part_in_it() -> None:
    bought = a_purchase()

    assert selectors.owns(bought.group, bought.alia, "")
    assert selectors.owns(bought.group, a_shopper("eve"), bought.group.token)
    assert not selectors.owns(bought.group, a_shopper("mallory"), "")


def test_an_accepted_return_is_an_act_against_the_good() -> None:
    bought = a_purchase()
    bought.bring_all()
    made = ask(bought, {"Tea": 2, "Mug": 1})
    send_back(bought, made)
    inspect(bought, made, {"Tea": Verdict(1, 1), "Mug": Verdict(0, 0)})

    outbox.drain(SUBSCRIPTIONS)

    with tenancy.as_platform(bought.platform_id):
        acts = BehaviourEvent.objects.filter(kind="return", user_id=bought.alia.user_id or 0)
        assert list(acts.values_list("listing__title", "value")) == [("Tea", 1)]
    assert broken() == []
