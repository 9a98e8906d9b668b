"""Paying a part of a purchase, or all of it, from gift cards, store credit and points; the provider takes the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hansa.commerce.checkout.errors import PriceChanged
from hansa.commerce.orders import services as orders
from hansa.commerce.orders.services import Purchase
from hansa.commerce.payments import services as payments
from hansa.commerce.payments.models import Payment
from hansa.commerce.wallets import selectors, services
from hansa.commerce.wallets.domain import Kind
from hansa.kernel.money import Money


@dataclass(frozen=True)
class Means:
    """What the buyer pays with before the provider is asked: cards by their codes, own credit, own points.

    ``agreed`` is the part that was shown as paid by them, in minor units; None takes whatever they give.
    """

    gift_card_codes: Sequence[str] = ()
    use_credit: bool = False
    use_points: bool = False
    agreed: int | None = None

    def __bool__(self) -> bool:
        return bool(self.gift_card_codes) or self.use_credit or self.use_points or bool(self.agreed)


ALL_BY_PROVIDER = Means()


@dataclass(frozen=True)
class Held:
    """What the buyer could pay with, in minor units of the platform's currency, and their points."""

    credit: int = 0
    points: int = 0
    points_worth: int = 0


def held_by(*, platform_id: int, owner_id: int | None, currency: str) -> Held:
    """A person's credit and points; a guest has none."""
    own = selectors.wallets_of(platform_id=platform_id, owner_id=owner_id) if owner_id else []
    balances = {(wallet.kind, wallet.currency): wallet.balance for wallet in own}
    points = balances.get((Kind.POINTS.value, ""), 0)
    return Held(
        balances.get((Kind.STORE_CREDIT.value, currency), 0),
        points,
        selectors.worth_of_points(platform_id=platform_id, points=points),
    )


def preview(
    *, platform_id: int, means: Means, buyer_id: int | None, due: int, currency: str, now: datetime
) -> int:
    """What these means would pay of a purchase now. Refuses with NotFound a card that is not there."""
    return services.would_pay(
        platform_id=platform_id,
        wallet_ids=_wallet_ids(platform_id, means, buyer_id, currency, now),
        due=due,
        currency=currency,
        buyer_id=buyer_id,
        now=now,
    )


def tender(
    *, purchase: Purchase, payment: Payment, means: Means, buyer_id: int | None, now: datetime
) -> Purchase:
    """Take what these means give from their accounts, in the transaction that wrote the purchase down.

    The payment is then about the rest. Refuses with PriceChanged when they give something else than was agreed.
    """
    tenders = services.pay_with(
        platform_id=purchase.platform_id,
        wallet_ids=_wallet_ids(purchase.platform_id, means, buyer_id, purchase.currency, now),
        due=payment.amount,
        currency=purchase.currency,
        reference=purchase.number,
        buyer_id=buyer_id,
        now=now,
    )
    amount = sum(each.amount for each in tenders)
    if means.agreed not in {None, amount}:
        new, old = Money(amount, purchase.currency), Money(means.agreed or 0, purchase.currency)
        raise PriceChanged(
            f"gift cards, credit and points now pay {new}, not {old}: please look again",
            details={"tendered": new.minor, "agreed": old.minor},
        )
    orders.note_tendered(group_id=purchase.id, amount=amount)
    payments.lower(payment=payment, by=amount)
    return replace(purchase, tendered=amount)


def _wallet_ids(
    platform_id: int, means: Means, buyer_id: int | None, currency: str, now: datetime
) -> list[int]:
    """The accounts in the order in which they pay: cards as named, then credit, then points."""
    cards = [
        selectors.find_gift_card(platform_id=platform_id, code=code, now=now).pk
        for code in means.gift_card_codes
    ]
    own = selectors.wallets_of(platform_id=platform_id, owner_id=buyer_id) if buyer_id else []
    wanted = [(Kind.STORE_CREDIT, currency)] * means.use_credit + [(Kind.POINTS, "")] * means.use_points
    return cards + [
        wallet.pk for kind, of in wanted for wallet in own if (wallet.kind, wallet.currency) == (kind, of)
    ]
