"""Sending goods back: asked for, agreed to, received, inspected, and settled by money, credit or an exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.aftersale import domain, exchanges, selectors
from hansa.commerce.aftersale.domain import NotReturnable, ReturnState, Wish
from hansa.commerce.aftersale.events import ReturnMoved
from hansa.commerce.aftersale.evidence import Upload, picture_of
from hansa.commerce.aftersale.models import Exchange, ReturnLine, ReturnPhoto, ReturnRequest, ReturnStep
from hansa.commerce.catalogue import bundles
from hansa.commerce.catalogue import selectors as catalogue
from hansa.commerce.orders import locking, refunds
from hansa.commerce.orders import selectors as orders
from hansa.commerce.orders.locking import Locked, raise_counter
from hansa.commerce.orders.models import LineRefund, OrderGroup, OrderLine
from hansa.commerce.stock import parts
from hansa.foundation import outbox
from hansa.kernel import ids
from hansa.kernel.errors import InvalidInput, NotFound, Refused

MOST_PHOTOS = 5
LONGEST_NOTE = 1_000
State = ReturnState


@dataclass(frozen=True)
class Asked:
    """What a buyer wants to send back, and for what. ``units``: line id to quantity; an exchange names an offer.

    ``from_exchange_id`` says that the units are those that went out in this exchange, not the order's own.
    """

    units: Mapping[int, int]
    reason: str
    wish: Wish = Wish.MONEY
    wants_offer_id: int | None = None
    note: str = ""
    photos: Sequence[Upload] = ()
    from_exchange_id: int | None = None


@dataclass(frozen=True)
class Verdict:
    """What the inspection found of one line: units that are accepted, and of these the ones that can be sold again."""

    accepted: int
    restocked: int


@transaction.atomic
def request(*, group: OrderGroup, actor: Actor, asked: Asked, now: datetime) -> ReturnRequest:
    """Ask to send units of one order back; the caller makes sure that the actor may speak for the buyer.

    Refuses with NotReturnable what has not arrived, is in another return, or arrived too long ago.
    """
    pictures = _pictures(asked)
    _insist_on_sense(group, asked)
    locked = locking.lock(group.pk)
    chosen = locked.chosen(asked.units)
    order_ids = {line.order_id for line, _ in chosen}
    if len(order_ids) > 1:
        raise InvalidInput("a return goes to one merchant; ask each for theirs")
    if asked.from_exchange_id is not None:
        exchanges.take_into_return(locked=locked, exchange_id=asked.from_exchange_id, chosen=chosen, now=now)
    else:
        _insist_on_returnable(group, chosen, now)
        for line, count in chosen:
            raise_counter(line, "coming_back", count)
    if asked.wants_offer_id is not None:
        exchanges.insist_on_kindred(chosen, asked.wants_offer_id, platform_id=group.platform_id)
    made = ReturnRequest.objects.create(
        platform_id=group.platform_id,
        number=ids.readable_number("R"),
        order_id=order_ids.pop(),
        buyer_id=group.buyer_id,
        state=State.REQUESTED,
        reason=asked.reason,
        wish=asked.wish,
        wants_id=asked.wants_offer_id,
        sends_back_id=asked.from_exchange_id,
        note=asked.note.strip(),
        requested_at=now,
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(platform_id=group.platform_id, request=made, line=line, quantity=count)
        for line, count in chosen
    )
    ReturnPhoto.objects.bulk_create(
        ReturnPhoto(platform_id=group.platform_id, request=made, content=content, at=now)
        for content in pictures
    )
    _log(made, "", actor.name, "", now)
    return made


@transaction.atomic
def decide(
    *, actor: Actor, platform_id: int, return_id: int, agrees: bool, note: str = "", now: datetime
) -> ReturnRequest:
    """Agree to a return, or turn it down with a reason; for the merchant and the operator."""
    found = _locked(platform_id, return_id)
    _insist_on_seller(actor, found)
    if not agrees and not note.strip():
        raise InvalidInput("please say why the return is turned down")
    _move(found, State.APPROVED if agrees else State.REJECTED, actor.name, note, now)
    if not agrees:
        _let_go(found)
    return found


@transaction.atomic
def call_off(*, platform_id: int, return_id: int, actor: Actor, now: datetime) -> ReturnRequest:
    """The buyer keeps the goods after all; the caller makes sure that the actor may speak for the buyer.

    Refuses with IllegalMove once the merchant has received them.
    """
    found = _locked(platform_id, return_id)
    _move(found, State.CANCELLED, actor.name, "", now)
    _let_go(found)
    return found


@transaction.atomic
def hand_in(
    *, platform_id: int, return_id: int, actor: Actor, carrier: str, tracking_number: str, now: datetime
) -> ReturnRequest:
    """The buyer gave the goods to a carrier; the caller makes sure that the actor may speak for the buyer."""
    found = _locked(platform_id, return_id)
    if not carrier.strip() or not tracking_number.strip():
        raise InvalidInput("a parcel needs a carrier and a tracking number")
    found.carrier, found.tracking_number = carrier.strip()[:60], tracking_number.strip()[:80]
    found.save(update_fields=["carrier", "tracking_number"])
    _move(found, State.IN_TRANSIT, actor.name, "", now)
    return found


@transaction.atomic
def receive(*, actor: Actor, platform_id: int, return_id: int, now: datetime) -> ReturnRequest:
    """The goods are with the merchant."""
    found = _locked(platform_id, return_id)
    _insist_on_seller(actor, found)
    _move(found, State.RECEIVED, actor.name, "", now)
    return found


@transaction.atomic
def inspect(
    *,
    actor: Actor,
    platform_id: int,
    return_id: int,
    verdicts: Mapping[int, Verdict],
    note: str = "",
    settle_as: Wish | None = None,
    now: datetime,
) -> ReturnRequest:
    """Look at every line that came back and settle what was accepted: by the buyer's wish, or as ``settle_as`` says.

    ``verdicts``: line id to what was found. What can be sold again goes on the shelf, the rest is written off; units
    that are not accepted stay the buyer's. Nothing accepted is a denial, which needs a note.
    """
    found = _locked(platform_id, return_id)
    _insist_on_seller(actor, found)
    if settle_as is Wish.EXCHANGE and found.wants_id is None:
        raise InvalidInput("an exchange names the good that is wanted, and nothing else does")
    _move(found, State.INSPECTED, actor.name, note, now)
    lines = list(found.lines.order_by("line_id"))
    _judge(lines, verdicts)
    accepted = {each.line_id: each.accepted or 0 for each in lines if each.accepted}
    locked = locking.lock_of_order(found.order_id)
    exchange = exchanges.lock(found)
    for each in lines:
        _count(locked, exchange, each, accepted=each.accepted or 0)
        _shelve(locked, found, exchange, each, now)
    if not accepted:
        if not note.strip():
            raise InvalidInput("please say why nothing is accepted")
        _move(found, State.DENIED, actor.name, note, now)
        return found
    _settle(locked, found, exchange, accepted, settle_as or Wish(found.wish), actor, now)
    return found


def _settle(
    locked: Locked,
    found: ReturnRequest,
    exchange: Exchange | None,
    accepted: Mapping[int, int],
    wish: Wish,
    actor: Actor,
    now: datetime,
) -> None:
    if wish is Wish.EXCHANGE:
        found.amount = exchanges.make(locked=locked, request=found, accepted=accepted, now=now)
    elif exchange is not None:
        found.amount = exchanges.give_back(
            locked=locked,
            request=found,
            exchange=exchange,
            accepted=accepted,
            as_credit=wish is Wish.CREDIT,
            now=now,
        )
    else:
        found.amount = refunds.give_back(
            locked=locked,
            backs=refunds.of_units(locked, accepted),
            reason=LineRefund.Reason.RETURNED,
            reference=found.number,
            as_credit=wish is Wish.CREDIT,
            now=now,
        )
    found.save(update_fields=["amount"])
    _move(found, State.EXCHANGED if wish is Wish.EXCHANGE else State.REFUNDED, actor.name, wish.value, now)


def _judge(lines: list[ReturnLine], verdicts: Mapping[int, Verdict]) -> None:
    if {each.line_id for each in lines} != set(verdicts):
        raise InvalidInput("the inspection says something of every line of the return, and of no other")
    for each in lines:
        verdict = verdicts[each.line_id]
        if not 0 <= verdict.restocked <= verdict.accepted <= each.quantity:
            raise InvalidInput(
                f"of {each.quantity} units {verdict.accepted} cannot be accepted with {verdict.restocked} to sell again"
            )
        each.accepted, each.restocked = verdict.accepted, verdict.restocked
        each.save(update_fields=["accepted", "restocked"])


def _count(locked: Locked, exchange: Exchange | None, each: ReturnLine, *, accepted: int) -> None:
    """The units are no longer on their way back; those that were accepted are back."""
    if exchange is not None:
        exchanges.count_back(exchange, coming_back=-each.quantity, returned=accepted)
        return
    raise_counter(locked.lines[each.line_id], "coming_back", -each.quantity)
    raise_counter(locked.lines[each.line_id], "returned", accepted)


def _shelve(
    locked: Locked, found: ReturnRequest, exchange: Exchange | None, each: ReturnLine, now: datetime
) -> None:
    if not each.restocked:
        return
    offer_id = exchange.offer_id if exchange is not None else locked.lines[each.line_id].offer_id
    units = bundles.expand({offer_id: each.restocked}, catalogue.components_of([offer_id]))
    for offer_id, count in sorted(units.items()):
        parts.take_back(
            platform_id=found.platform_id,
            offer_id=offer_id,
            warehouse_id=locked.group.outlet_id,
            quantity=count,
            reference=f"{found.number}-{each.line_id}",
            now=now,
        )


def _let_go(found: ReturnRequest) -> None:
    """The units are no longer on their way back."""
    locked = locking.lock_of_order(found.order_id)
    exchange = exchanges.lock(found)
    for each in found.lines.order_by("line_id"):
        _count(locked, exchange, each, accepted=0)


def _insist_on_sense(group: OrderGroup, asked: Asked) -> None:
    if asked.reason not in ReturnRequest.Reason.values:
        raise InvalidInput(f"{asked.reason} is no reason to send something back")
    if len(asked.note) > LONGEST_NOTE:
        raise InvalidInput(f"the note may have {LONGEST_NOTE} characters at most")
    if asked.wish is Wish.CREDIT and group.buyer_id is None:
        raise Refused("only a buyer with an account can get store credit")
    if (asked.wish is Wish.EXCHANGE) != (asked.wants_offer_id is not None):
        raise InvalidInput("an exchange names the good that is wanted, and nothing else does")
    if asked.wish is Wish.EXCHANGE and asked.from_exchange_id is not None:
        raise Refused("what came in an exchange is sent back for money or store credit")
    if group.source != OrderGroup.Source.SHOP:
        raise NotReturnable("this purchase was not made in this shop: ask where you bought it")


def _pictures(asked: Asked) -> list[bytes]:
    if len(asked.photos) > MOST_PHOTOS:
        raise InvalidInput(f"at most {MOST_PHOTOS} photos")
    return [picture_of(photo) for photo in asked.photos]


def _insist_on_returnable(group: OrderGroup, chosen: list[tuple[OrderLine, int]], now: datetime) -> None:
    arrived = orders.arrivals_of([line.pk for line, _ in chosen])
    terms = selectors.terms_of(group.platform_id)
    for line, count in chosen:
        if count > line.left_to_send_back:
            raise NotReturnable(f"{line.title}: {count} to be sent back, {line.left_to_send_back} can be")
        ends = terms.ends(arrived[line.pk])
        if now > ends:
            raise NotReturnable(f"{line.title} could be sent back until {ends:%Y-%m-%d}")


def _locked(platform_id: int, return_id: int) -> ReturnRequest:
    found = (
        ReturnRequest.objects.select_for_update(of=("self",))
        .select_related("order")
        .filter(platform_id=platform_id, pk=return_id)
        .first()
    )
    if found is None:
        raise NotFound(f"there is no return {return_id} here")
    return found


def _insist_on_seller(actor: Actor, found: ReturnRequest) -> None:
    if not actor.may(Permission.RUN_MERCHANT, merchant_id=found.order.merchant_id):
        actor.require(Permission.RUN_PLATFORM, platform_id=found.platform_id)


def _move(found: ReturnRequest, state: ReturnState, actor_name: str, note: str, now: datetime) -> None:
    domain.move_return(found.state, state)
    old, found.state = found.state, state.value
    found.save(update_fields=["state"])
    _log(found, old, actor_name, note, now)


def _log(found: ReturnRequest, old: str, actor_name: str, note: str, now: datetime) -> None:
    ReturnStep.objects.create(
        platform_id=found.platform_id,
        request=found,
        old=old,
        new=found.state,
        actor=actor_name[:80],
        note=note.strip()[:LONGEST_NOTE],
        at=now,
    )
    outbox.record(
        ReturnMoved(
            platform_id=found.platform_id,
            return_id=found.pk,
            number=found.number,
            order_id=found.order_id,
            state=found.state,
            amount=found.amount,
            at=now.isoformat(),
        )
    )
