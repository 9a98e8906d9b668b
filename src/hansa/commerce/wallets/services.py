"""Moving gift cards, credit and points. Every movement is one statement that changes the balance and writes the line.

Each is posted in the books in the same transaction, by its worth in the platform's currency.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, Sum

from hansa.commerce.accounts import selectors as accounts
from hansa.commerce.accounts.policy import Actor, Permission
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.services import Kind as AccountKind
from hansa.commerce.ledger.services import Leg
from hansa.commerce.wallets import selectors
from hansa.commerce.wallets.domain import Kind, points_for, points_needed, worth_of
from hansa.commerce.wallets.models import Movement, Wallet
from hansa.foundation import idempotency
from hansa.kernel.errors import InvalidInput, Refused

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that look alike
CODE_LENGTH = 16  # of 31 letters: 79 bits, not to be guessed
BETWEEN = "/"  # a purchase's number and the part of it that was given back
Reason = Movement.Reason


class WalletEmpty(Refused):
    """The account holds less than is asked of it, or may not be used."""

    code = "wallet_empty"


class IssuedBefore(Refused):
    """The form of a gift card was sent a second time."""

    code = "gift_card_issued_before"


@dataclass(frozen=True)
class Tender:
    """A part of a purchase that was paid from an account, in minor units of the purchase's currency."""

    wallet_id: int
    kind: Kind
    amount: int


@transaction.atomic
def issue_gift_card(
    *,
    actor: Actor,
    platform_id: int,
    currency: str,
    amount: int,
    reference: str,
    now: datetime,
    expires_at: datetime | None = None,
    is_sold: bool = False,
) -> tuple[Wallet, str]:
    """Issue a gift card and answer it with its code, which is shown this once and not kept.

    One that is not sold is given away, at the platform's cost. ``reference`` names the issue, once: the same again
    is refused with IssuedBefore, for its code cannot be shown a second time.
    """
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    _insist_on_amount(amount)
    scope = f"gift-card:{platform_id}"
    if idempotency.claim(scope=scope, key=reference, body={"amount": amount}).value is not None:
        raise IssuedBefore("this gift card was issued before; its code was shown then and is not kept")
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("a gift card ends after it begins")
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    card = Wallet.objects.create(
        platform_id=platform_id,
        kind=Kind.GIFT_CARD.value,
        code_hash=selectors.hash_of(code),
        last_four=code[-4:],
        currency=currency,
        opened_at=now,
        expires_at=expires_at,
    )
    moved = _move(card.pk, amount, amount, Reason.ISSUED, reference, actor.name, now)
    legs = templates.gift_card_sold(amount) if is_sold else templates.given(AccountKind.GIFT_CARD, amount)
    _book(card, moved, Reason.ISSUED, legs, now)
    idempotency.answer(scope=scope, key=reference, answer={"gift_card": card.pk})
    card.refresh_from_db()
    return card, "-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4))


@transaction.atomic
def grant_credit(
    *,
    actor: Actor,
    platform_id: int,
    owner_id: int,
    currency: str,
    amount: int,
    reference: str,
    now: datetime,
) -> Wallet:
    """Give a person store credit for a reason named once by its reference; the same again changes nothing."""
    actor.require(Permission.RUN_PLATFORM, platform_id=platform_id)
    _insist_on_amount(amount)
    wallet = _wallet(platform_id, owner_id, Kind.STORE_CREDIT, currency, now)
    moved = _move(wallet.pk, amount, amount, Reason.GRANTED, reference, actor.name, now)
    _book(wallet, moved, Reason.GRANTED, templates.given(AccountKind.STORE_CREDIT, amount), now)
    wallet.refresh_from_db()
    return wallet


@transaction.atomic
def credit_refund(
    *, platform_id: int, owner_id: int, currency: str, amount: int, reference: str, now: datetime
) -> Wallet:
    """Give a buyer store credit in the place of money, once for each reference; the caller books it."""
    _insist_on_amount(amount)
    wallet = _wallet(platform_id, owner_id, Kind.STORE_CREDIT, currency, now)
    _move(wallet.pk, amount, amount, Reason.GRANTED, reference, "the system", now)
    wallet.refresh_from_db()
    return wallet


@transaction.atomic
def earn_points(*, platform_id: int, owner_id: int, paid: int, reference: str, now: datetime) -> int:
    """Credit the points of a delivered purchase, once; answers how many. None without a programme."""
    programme = selectors.programme_of(platform_id)
    points = points_for(paid, programme) if programme else 0
    if programme is None or points < 1:
        return 0
    wallet = _wallet(platform_id, owner_id, Kind.POINTS, "", now)
    worth = worth_of(points, programme)
    moved = _move(wallet.pk, points, worth, Reason.EARNED, reference, "the system", now)
    _book(wallet, moved, Reason.EARNED, templates.given(AccountKind.POINTS, worth), now)
    return points if moved else 0


@transaction.atomic
def pay_with(
    *,
    platform_id: int,
    wallet_ids: Sequence[int],
    due: int,
    currency: str,
    reference: str,
    buyer_id: int | None,
    now: datetime,
) -> list[Tender]:
    """Pay as much of a purchase as the accounts hold, in the order given; answers what each paid.

    The rest is the provider's to take. A gift card is whose code one knows, credit and points are the buyer's own.
    Refuses with WalletEmpty when an account was emptied meanwhile or may not be used; then nothing is taken.
    """
    tenders: list[Tender] = []
    locked = Wallet.objects.select_for_update().filter(platform_id=platform_id, pk__in=wallet_ids)
    by_id = {wallet.pk: wallet for wallet in locked.order_by("pk")}  # one order for everybody
    for wallet_id in dict.fromkeys(wallet_ids):
        wallet = by_id.get(wallet_id)
        if wallet is None or not _may_pay(wallet, buyer_id, now):
            raise WalletEmpty("the gift card or credit holds too little, has run out of time, or is blocked")
        if wallet.currency not in {"", currency}:
            raise InvalidInput(f"this is in {wallet.currency}, not in {currency}")
        units, worth = _part(wallet, due)
        if worth > 0:
            moved = _move(wallet_id, -units, -worth, Reason.SPENT, reference, "buyer", now)
            if not moved:
                raise WalletEmpty(
                    "the gift card or credit holds too little, has run out of time, or is blocked"
                )
            _book(wallet, moved, Reason.SPENT, templates.tendered(AccountKind(wallet.kind), worth), now)
            tenders.append(Tender(wallet_id, Kind(wallet.kind), worth))
            due -= worth
    return tenders


def would_pay(
    *,
    platform_id: int,
    wallet_ids: Sequence[int],
    due: int,
    currency: str,
    buyer_id: int | None,
    now: datetime,
) -> int:
    """What `pay_with` would take of a purchase as things stand; nothing is locked or taken."""
    found = Wallet.objects.filter(platform_id=platform_id, pk__in=wallet_ids).in_bulk()
    left = due
    for wallet in (found[each] for each in dict.fromkeys(wallet_ids) if each in found):
        if _may_pay(wallet, buyer_id, now) and wallet.currency in {"", currency}:
            left -= _part(wallet, left)[1]
    return due - left


@transaction.atomic
def give_back(*, reference: str, now: datetime, amount: int | None = None, part: str = "") -> int:
    """Give back what a purchase was paid from accounts, the last one first; answers its worth in minor units.

    All that is left of it, or an ``amount`` of it as a ``part`` named once; the same again changes nothing.
    """
    spent = list(Movement.objects.filter(reference=reference, reason=Reason.SPENT).order_by("-pk"))
    own = [line.wallet_id for line in spent]
    wallets = {each.pk: each for each in Wallet.objects.select_for_update().filter(pk__in=own).order_by("pk")}
    known = f"{reference}{BETWEEN}{part}" if part else reference
    back = Movement.objects.filter(wallet__in=own, reason=Reason.GIVEN_BACK)
    if back.filter(reference=known).exists():
        return 0
    given = 0
    for line in spent:
        so_far = back.filter(
            Q(reference=reference) | Q(reference__startswith=reference + BETWEEN), wallet=line.wallet_id
        )
        was = so_far.aggregate(units=Sum("amount", default=0), worth=Sum("worth", default=0))
        left = -line.worth - was["worth"]
        more = left if amount is None else min(left, amount - given)
        if more > 0:
            of_all = line.amount * (was["worth"] + more) // line.worth - was["units"]
            moved = _move(line.wallet_id, of_all, more, Reason.GIVEN_BACK, known, "the system", now)
            wallet = wallets[line.wallet_id]
            legs = templates.tender_returned(AccountKind(wallet.kind), more)
            _book(wallet, moved, Reason.GIVEN_BACK, legs, now)
            given += more
    return given


@transaction.atomic
def expire(*, now: datetime) -> int:
    """Empty the accounts that have run out of time, also of what was given back to them since; answers how many."""
    late = Wallet.objects.select_for_update().filter(expires_at__lte=now, balance__gt=0).order_by("pk")
    count = 0
    for wallet in late:
        worth = _part(wallet, None)[1]
        moment = now.isoformat()
        moved = _move(wallet.pk, -wallet.balance, -worth, Reason.EXPIRED, moment, "the schedule", now)
        _book(wallet, moved, Reason.EXPIRED, templates.expired(AccountKind(wallet.kind), worth), now)
        count += moved is not None
    return count


# The line is written only when the balance allows it, and only once for each fact: both or neither.
_MOVE = """
with fact as (
  insert into wallets_movement (platform_id, wallet_id, amount, worth, reason, reference, actor, at)
  select platform_id, id, %(amount)s, %(worth)s, %(reason)s, %(reference)s, %(actor)s, %(now)s
  from wallets_wallet where id = %(wallet)s
  on conflict (wallet_id, reason, reference) do nothing returning id, wallet_id, amount
)
update wallets_wallet w set balance = w.balance + f.amount from fact f where w.id = f.wallet_id returning f.id
"""


def _move(
    wallet_id: int, amount: int, worth: int, reason: Reason, reference: str, actor: str, now: datetime
) -> int | None:
    """Move once for each fact; answers the line, None when it was there. The database refuses less than nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            {
                "wallet": wallet_id,
                "amount": amount,
                "worth": worth,
                "reason": reason.value,
                "reference": reference,
                "actor": actor[:80],
                "now": now,
            },
        )
        line = cursor.fetchone()
        return int(line[0]) if line else None


def _book(wallet: Wallet, movement_id: int | None, reason: Reason, legs: list[Leg], now: datetime) -> None:
    """Post a movement that was made now."""
    if movement_id is None or not any(leg.amount for leg in legs):
        return
    ledger.post(
        platform_id=wallet.platform_id,
        kind=f"wallet_{reason.value}",
        reference=str(movement_id),
        currency=wallet.currency or accounts.platform_by_id(wallet.platform_id).currency,
        legs=legs,
        now=now,
    )


def _wallet(platform_id: int, owner_id: int, kind: Kind, currency: str, now: datetime) -> Wallet:
    wallet, _ = Wallet.objects.get_or_create(
        platform_id=platform_id,
        owner_id=owner_id,
        kind=kind.value,
        currency=currency,
        defaults={"opened_at": now},
    )
    return wallet


def _may_pay(wallet: Wallet, buyer_id: int | None, now: datetime) -> bool:
    is_own = wallet.kind == Kind.GIFT_CARD or (buyer_id is not None and wallet.owner_id == buyer_id)
    return is_own and not wallet.is_blocked and (wallet.expires_at is None or wallet.expires_at > now)


def _part(wallet: Wallet, due: int | None) -> tuple[int, int]:
    """How many units an account gives towards what is due (or in all), and their worth in minor units."""
    if wallet.kind != Kind.POINTS:
        units = wallet.balance if due is None else min(wallet.balance, due)
        return units, units
    programme = selectors.programme_of(wallet.platform_id)
    if programme is None:
        return 0, 0
    worth = worth_of(wallet.balance, programme)
    if due is None or worth <= due:
        return wallet.balance if due is None else min(wallet.balance, points_needed(worth, programme)), worth
    return points_needed(due, programme), due


def _insist_on_amount(amount: int) -> None:
    if amount < 1:
        raise InvalidInput(f"an amount must be at least 1 minor unit, not {amount}")
