"""A buyer's quarrel with a merchant: opened, answered, looked into by the platform, and decided with its money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.aftersale import domain, selectors
from hansa.commerce.aftersale.domain import OPEN_DISPUTES, DisputeState
from hansa.commerce.aftersale.events import DisputeMoved
from hansa.commerce.aftersale.evidence import Kept, Upload, file_of
from hansa.commerce.aftersale.models import Dispute, DisputeEntry
from hansa.commerce.orders import locking, refunds
from hansa.commerce.orders.domain import OrderStatus
from hansa.commerce.orders.models import LineRefund, Order, OrderGroup
from hansa.commerce.payments.models import Chargeback
from hansa.foundation import outbox
from hansa.kernel import ids
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound, Refused
from hansa.kernel.money import split

LONGEST_TEXT = 4_000
State = DisputeState
Side = DisputeEntry.Side
_NO_FILE = Kept("", "", b"")


@dataclass(frozen=True)
class Word:
    """What somebody says in a dispute."""

    text: str
    file: Upload | None = None


@transaction.atomic
def open_dispute(*, order: Order, actor: Actor, kind: str, claim: int, word: Word, now: datetime) -> Dispute:
    """Open a dispute over an amount of one order; the caller makes sure that the actor may speak for the buyer.

    Refuses a second one while one is open, an order that is not paid, and more than is left of what was paid.
    """
    kept = _examined(word)
    locked = locking.lock(order.group_id)
    order = locked.order(order.pk)
    if kind not in Dispute.Kind.values or kind == Dispute.Kind.AT_THE_BANK:
        raise InvalidInput(f"{kind} is no kind of dispute")
    if order.status in {OrderStatus.PLACED, OrderStatus.CANCELLED}:
        raise Refused(f"an order that is {order.status} cannot be disputed")
    if locked.group.source != OrderGroup.Source.SHOP:
        raise Refused("this purchase was not made in this shop: ask where you bought it")
    left = order.items_total - order.refunded
    if not 0 < claim <= left:
        raise InvalidInput(f"{claim} is disputed, {left} are left of what was paid")
    if Dispute.objects.filter(order=order, state__in=OPEN_DISPUTES).exists():
        raise Refused("a dispute over this order is open already")
    made = Dispute.objects.create(
        platform_id=order.platform_id,
        number=ids.readable_number("D"),
        order=order,
        buyer_id=locked.group.buyer_id,
        kind=kind,
        state=State.OPENED,
        claim=claim,
        due_by=now + timedelta(days=selectors.terms_of(order.platform_id).answer_days),
        opened_at=now,
    )
    _log(made, Side.BUYER, actor.name, word.text, kept, now)
    return made


@transaction.atomic
def answer(
    *, actor: Actor, platform_id: int, dispute_id: int, agrees: bool, word: Word, now: datetime
) -> Dispute:
    """The merchant agrees, and the claim is given back, or says why not, and the buyer has the next word."""
    kept = _examined(word)
    found = _locked(platform_id, dispute_id)
    actor.require(Permission.RUN_MERCHANT, merchant_id=found.order.merchant_id)
    if agrees:
        _resolve(found, State.FOR_BUYER, found.claim, Side.MERCHANT, actor.name, word.text, kept, now)
        return found
    _move(found, State.ANSWERED, now)
    found.due_by = now + timedelta(days=selectors.terms_of(platform_id).answer_days)
    found.save(update_fields=["due_by"])
    _log(found, Side.MERCHANT, actor.name, word.text, kept, now)
    return found


@transaction.atomic
def reply(
    *, platform_id: int, dispute_id: int, actor: Actor, agrees: bool, word: Word, now: datetime
) -> Dispute:
    """The buyer takes the merchant's answer, or asks the platform to decide; the caller makes sure who speaks."""
    kept = _examined(word)
    found = _locked(platform_id, dispute_id)
    if agrees:
        _resolve(found, State.FOR_MERCHANT, 0, Side.BUYER, actor.name, word.text, kept, now)
        return found
    if found.state != State.ANSWERED:
        raise domain.IllegalMove("the merchant has the next word, until the deadline")
    _to_review(found, now)
    _log(found, Side.BUYER, actor.name, word.text, kept, now)
    return found


@transaction.atomic
def add_evidence(
    *, platform_id: int, dispute_id: int, actor: Actor, side: str, word: Word, now: datetime
) -> Dispute:
    """Add a text, perhaps with a file, while the dispute is open; a buyer's word is let in by the caller."""
    kept = _examined(word)
    found = _locked(platform_id, dispute_id)
    if side == Side.MERCHANT:
        actor.require(Permission.RUN_MERCHANT, merchant_id=found.order.merchant_id)
    elif side == Side.PLATFORM:
        actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    elif side != Side.BUYER:
        raise Forbidden("only the buyer, the merchant and the platform give evidence")
    if found.state not in OPEN_DISPUTES:
        raise Refused("the dispute is decided; nothing can be added")
    _log(found, Side(side), actor.name, word.text, kept, now)
    return found


@transaction.atomic
def decide(
    *, actor: Actor, platform_id: int, dispute_id: int, amount: int, word: Word, now: datetime
) -> Dispute:
    """The platform decides: the whole claim, nothing, or a part goes back to the buyer, with the reason.

    Refuses before the platform is asked, and while the buyer's bank is deciding on the same money.
    """
    kept = _examined(word)
    found = _locked(platform_id, dispute_id)
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    if not 0 <= amount <= found.claim:
        raise InvalidInput(f"between 0 and {found.claim} can be given back, not {amount}")
    if found.chargeback is not None and found.chargeback.closed_at is None and amount:
        raise Refused("the buyer's bank decides on this money; wait for its word")
    state = State.FOR_MERCHANT if not amount else State.FOR_BUYER if amount == found.claim else State.SPLIT
    _resolve(found, state, amount, Side.PLATFORM, actor.name, word.text, kept, now)
    return found


@transaction.atomic
def advance_late(*, now: datetime, limit: int = 200) -> int:
    """Move disputes on whose next word is overdue: a silent merchant's to the platform, a silent buyer's to its end."""
    late = Dispute.objects.select_for_update(of=("self",), skip_locked=True).select_related("order")
    found = late.filter(due_by__lt=now, state__in=[State.OPENED, State.ANSWERED]).order_by("pk")[:limit]
    for dispute in found:
        if dispute.state == State.OPENED:
            _to_review(dispute, now)
            _log(dispute, Side.CLOCK, "the schedule", "the merchant did not answer in time", _NO_FILE, now)
        else:
            said = "the buyer did not ask the platform in time"
            _resolve(dispute, State.FOR_MERCHANT, 0, Side.CLOCK, "the schedule", said, _NO_FILE, now)
    return len(found)


@transaction.atomic
def hear_of_chargeback(*, chargeback_id: int, now: datetime) -> None:
    """The buyer went to the bank: link open disputes over the purchase to it, or open one for each order.

    Hearing it again changes nothing.
    """
    chargeback = Chargeback.objects.select_related("payment").get(pk=chargeback_id)
    group = OrderGroup.objects.filter(number=chargeback.payment.reference).first()
    if group is None:
        return
    locked = locking.lock(group.pk)
    if Dispute.objects.filter(chargeback=chargeback).exists():
        return
    said = chargeback.reason or "the buyer disputes the payment at the bank"
    known = list(
        Dispute.objects.select_for_update(of=("self",))
        .select_related("order")
        .filter(order__group=group, state__in=OPEN_DISPUTES)
        .order_by("pk")
    )
    for dispute in known or _opened_at_the_bank(locked, chargeback, now):
        dispute.chargeback = chargeback
        dispute.save(update_fields=["chargeback"])
        if dispute.state != State.REVIEW:
            _to_review(dispute, now)
        _log(dispute, Side.BANK, "the bank", said, _NO_FILE, now)


@transaction.atomic
def hear_the_bank_decide(*, chargeback_id: int, is_won: bool, now: datetime) -> None:
    """The bank has decided: what it gave the buyer ends the dispute, and so does nothing in one that began there."""
    linked = Dispute.objects.select_for_update(of=("self",)).select_related("order")
    for dispute in linked.filter(chargeback_id=chargeback_id, state__in=OPEN_DISPUTES).order_by("pk"):
        if not is_won:
            _end(dispute, State.FOR_BUYER, now)
            _log(dispute, Side.BANK, "the bank", "the bank gave the money back", _NO_FILE, now)
        elif dispute.kind == Dispute.Kind.AT_THE_BANK:
            _end(dispute, State.FOR_MERCHANT, now)
            _log(dispute, Side.BANK, "the bank", "the bank decided for the merchant", _NO_FILE, now)
        else:
            _log(dispute, Side.BANK, "the bank", "the bank decided for the merchant", _NO_FILE, now)


def _opened_at_the_bank(locked: locking.Locked, chargeback: Chargeback, now: datetime) -> list[Dispute]:
    """One dispute for each order with money left in it, the disputed amount shared in proportion."""
    orders = [order for order in locked.orders if order.items_total > order.refunded]
    shares = (
        split(chargeback.amount, [order.items_total - order.refunded for order in orders]) if orders else []
    )
    return [
        Dispute.objects.create(
            platform_id=order.platform_id,
            number=ids.readable_number("D"),
            order=order,
            buyer_id=locked.group.buyer_id,
            kind=Dispute.Kind.AT_THE_BANK,
            state=State.REVIEW,
            claim=share,
            opened_at=now,
        )
        for order, share in zip(orders, shares, strict=True)
        if share
    ]


def _resolve(
    found: Dispute,
    state: DisputeState,
    amount: int,
    side: DisputeEntry.Side,
    actor_name: str,
    text: str,
    kept: Kept,
    now: datetime,
) -> None:
    """End a dispute and give back what was decided, or what is left where a return has given it back meanwhile."""
    domain.move_dispute(found.state, state)
    if amount:
        locked = locking.lock_of_order(found.order_id)
        order = locked.order(found.order_id)
        amount = min(amount, order.items_total - order.refunded)
        if amount:
            refunds.give_back(
                locked=locked,
                backs=refunds.of_amount(locked, locked.lines_of(order), amount),
                reason=LineRefund.Reason.DISPUTE,
                reference=found.number,
                now=now,
            )
    found.given_back = amount
    found.save(update_fields=["given_back"])
    _end(found, state, now)
    _log(found, side, actor_name, text, kept, now)


def _end(found: Dispute, state: DisputeState, now: datetime) -> None:
    _move(found, state, now)
    found.closed_at, found.due_by = now, None
    found.save(update_fields=["closed_at", "due_by"])


def _to_review(found: Dispute, now: datetime) -> None:
    _move(found, State.REVIEW, now)
    found.due_by = now + timedelta(days=selectors.terms_of(found.platform_id).review_days)
    found.save(update_fields=["due_by"])


def _move(found: Dispute, state: DisputeState, now: datetime) -> None:
    domain.move_dispute(found.state, state)
    found.state = state.value
    found.save(update_fields=["state"])
    outbox.record(_fact(found, now))


def _fact(found: Dispute, now: datetime) -> DisputeMoved:
    return DisputeMoved(
        platform_id=found.platform_id,
        dispute_id=found.pk,
        number=found.number,
        order_id=found.order_id,
        state=found.state,
        given_back=found.given_back,
        at=now.isoformat(),
    )


def _log(
    found: Dispute, side: DisputeEntry.Side, actor_name: str, text: str, kept: Kept, now: datetime
) -> None:
    if not found.entries.exists():
        outbox.record(_fact(found, now))
    DisputeEntry.objects.create(
        platform_id=found.platform_id,
        dispute=found,
        side=side,
        actor=actor_name[:80],
        state=found.state,
        text=text.strip(),
        file_name=kept.name,
        content_type=kept.content_type,
        content=kept.content,
        at=now,
    )


def _examined(word: Word) -> Kept:
    if not 0 < len(word.text.strip()) <= LONGEST_TEXT:
        raise InvalidInput(f"please say what happened, in 1 to {LONGEST_TEXT} characters")
    return file_of(word.file) if word.file is not None else _NO_FILE


def _locked(platform_id: int, dispute_id: int) -> Dispute:
    """The dispute, locked after its purchase: so does the bank's word."""
    known = Dispute.objects.filter(platform_id=platform_id, pk=dispute_id)
    order_id = known.values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound(f"there is no dispute {dispute_id} here")
    locking.lock_of_order(order_id)
    return known.select_for_update(of=("self",)).select_related("order", "chargeback").get()
