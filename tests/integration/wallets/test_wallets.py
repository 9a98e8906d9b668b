"""Gift cards, credit and points: spent once however many try, given back once, and never below nothing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connections, transaction

from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.wallets import selectors, services
from hansa.commerce.wallets.domain import Kind
from hansa.commerce.wallets.models import Loyalty, Movement, Wallet
from hansa.commerce.wallets.services import Tender, WalletEmpty
from hansa.foundation import invariants, tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Forbidden, InvalidInput, NotFound
from tests.factories import NOON, Shop, a_shop, an_operator
from tests.integration.pricing.scene import at_once, many_people

pytestmark = pytest.mark.usefixtures("database")


def a_house() -> Shop:
    return a_shop(stock={"tea": 5}, prices={"tea": 500})


def a_card(shop: Shop, amount: int = 5_000, *, days: int | None = None) -> tuple[Wallet, str]:
    with tenancy.as_platform(shop.platform.pk):
        return services.issue_gift_card(
            actor=an_operator(shop),
            platform_id=shop.platform.pk,
            currency="EUR",
            amount=amount,
            reference="sold-1",
            now=NOON,
            expires_at=NOON + timedelta(days=days) if days else None,
        )


def pay(shop: Shop, wallets: list[int], due: int, reference: str, buyer: int | None = None) -> list[Tender]:
    return services.pay_with(
        platform_id=shop.platform.pk,
        wallet_ids=wallets,
        due=due,
        currency="EUR",
        reference=reference,
        buyer_id=buyer,
        now=NOON + timedelta(minutes=1),
    )


def broken() -> set[str]:
    own = {"wallet-is-its-movements", "wallet-given-back-once", "wallets-are-in-the-books", "trial-balance"}
    return {finding.invariant.name for finding in invariants.check() if not finding.holds} & own


def pay_in_full(shop: Shop, card: int, number: int) -> None:
    if sum(tender.amount for tender in pay(shop, [card], 5_000, f"H-{number}")) != 5_000:
        raise WalletEmpty("too little")


def test_a_gift_card_pays_one_of_fifty_orders_that_want_all_of_it() -> None:
    shop = a_house()
    card, _ = a_card(shop)

    done, refused = at_once(shop, [partial(pay_in_full, shop, card.pk, number) for number in range(50)])

    assert (done, len(refused)) == (1, 49)
    with tenancy.as_platform(shop.platform.pk):
        assert Wallet.objects.get().balance == 0
        assert sorted(Movement.objects.values_list("amount", flat=True)) == [-5_000, 5_000]
    assert broken() == set()


def test_fifty_orders_together_take_no_more_than_a_card_holds() -> None:
    shop = a_house()
    card, _ = a_card(shop)
    taken: list[int] = []

    def take(number: int) -> None:
        taken.append(sum(tender.amount for tender in pay(shop, [card.pk], 300, f"H-{number}")))

    at_once(shop, [partial(take, number) for number in range(50)])

    assert sorted(taken, reverse=True) == [300] * 16 + [200] + [0] * 33
    assert broken() == set()


def test_a_card_is_found_by_its_code_however_it_is_typed_and_the_code_is_not_kept() -> None:
    shop = a_house()
    card, code = a_card(shop, days=30)
    find = partial(selectors.find_gift_card, platform_id=shop.platform.pk)

    with tenancy.as_platform(shop.platform.pk):
        assert find(code=code.lower().replace("-", " "), now=NOON).pk == card.pk
        assert code.replace("-", "") not in str(Wallet.objects.values().get())
        for wrong, when in [("AAAA-BBBB", NOON), (code, NOON + timedelta(days=30))]:
            with pytest.raises(NotFound, match="no gift card with this code"):
                find(code=wrong, now=when)


def test_a_purchase_is_paid_in_the_order_given_and_given_back_once() -> None:
    shop = a_house()
    card, _ = a_card(shop, 400)
    (buyer,) = many_people(1)
    with tenancy.as_platform(shop.platform.pk):
        operator = an_operator(shop)
        credit = services.grant_credit(
            actor=operator,
            platform_id=shop.platform.pk,
            owner_id=buyer,
            currency="EUR",
            amount=1_000,
            reference="sorry-1",
            now=NOON,
        )

        tenders = pay(shop, [card.pk, credit.pk], 900, "H-1", buyer)

        assert tenders == [Tender(card.pk, Kind.GIFT_CARD, 400), Tender(credit.pk, Kind.STORE_CREDIT, 500)]
        assert services.give_back(reference="H-1", now=NOON) == 900
        assert services.give_back(reference="H-1", now=NOON) == 0
        assert sorted(Wallet.objects.values_list("balance", flat=True)) == [400, 1_000]
    assert broken() == set()


def test_credit_is_the_owners_and_is_granted_once_for_a_reason() -> None:
    shop = a_house()
    operator = an_operator(shop)
    owner, stranger = many_people(2)
    grant = partial(
        services.grant_credit,
        platform_id=shop.platform.pk,
        owner_id=owner,
        currency="EUR",
        reference="sorry-1",
        now=NOON,
    )
    with tenancy.as_platform(shop.platform.pk):
        credit = grant(actor=operator, amount=700)
        assert grant(actor=operator, amount=700).balance == 700
        with pytest.raises(Forbidden):
            grant(actor=shop.owner, amount=700)
        with pytest.raises(InvalidInput, match="at least 1 minor unit, not 0"):
            grant(actor=operator, amount=0)
        for who in (stranger, None):
            with pytest.raises(WalletEmpty):
                pay(shop, [credit.pk], 100, "H-1", who)
        assert Wallet.objects.get().balance == 700


def test_points_are_earned_once_and_pay_by_their_worth() -> None:
    shop = a_house()
    (buyer,) = many_people(1)
    earn = partial(
        services.earn_points,
        platform_id=shop.platform.pk,
        owner_id=buyer,
        paid=25_000,
        reference="H-0",
        now=NOON,
    )
    with tenancy.as_platform(shop.platform.pk):
        assert earn() == 0  # no programme yet
        Loyalty.objects.create(platform=shop.platform, earn_bp=100, worth_bp=20_000)
        assert (earn(), earn()) == (250, 0)
        points = Wallet.objects.get(kind=Kind.POINTS)

        (tender,) = pay(shop, [points.pk], 101, "H-1", buyer)

        points.refresh_from_db()
        assert (tender.amount, points.balance) == (101, 199)  # 51 points, two cents each
    assert broken() == set()


def test_what_has_run_out_of_time_is_emptied_once() -> None:
    shop = a_house()
    a_card(shop, 400, days=1)

    with tenancy.as_platform(shop.platform.pk):
        expired = [services.expire(now=NOON + timedelta(days=day)) for day in (0, 1, 2)]

    assert expired == [0, 1, 0]
    assert broken() == set()


def test_what_is_given_back_to_a_card_out_of_time_is_emptied_again() -> None:
    shop = a_house()
    card, _ = a_card(shop, 400, days=1)

    with tenancy.as_platform(shop.platform.pk):
        pay(shop, [card.pk], 300, "H-1")
        first = services.expire(now=NOON + timedelta(days=1))
        services.give_back(reference="H-1", now=NOON + timedelta(days=2))
        expired = [services.expire(now=NOON + timedelta(days=day)) for day in (3, 4)]
        card.refresh_from_db()

    assert (first, expired, card.balance) == (1, [1, 0], 0)
    assert broken() == set()


def test_a_card_that_was_sold_spent_given_back_and_expired_is_in_the_books() -> None:
    shop = a_house()
    with tenancy.as_platform(shop.platform.pk):
        card, _ = services.issue_gift_card(
            actor=an_operator(shop),
            platform_id=shop.platform.pk,
            currency="EUR",
            amount=1_000,
            reference="till-1",
            now=NOON,
            expires_at=NOON + timedelta(days=1),
            is_sold=True,
        )
        sold = books(shop)
        pay(shop, [card.pk], 700, "H-1")
        spent = books(shop)
        services.give_back(reference="H-1", now=NOON)
        services.give_back(reference="H-1", now=NOON)
        returned = books(shop)
        services.expire(now=NOON + timedelta(days=1))

        assert sold == {"provider": 1_000, "gift_card": -1_000}
        assert spent == {"provider": 1_000, "gift_card": -300, "tender": -700}
        assert returned == sold
        assert books(shop) == {"provider": 1_000, "breakage": -1_000}
    assert broken() == set()


def test_points_are_a_cost_when_earned_and_owed_until_they_are_spent() -> None:
    shop = a_house()
    (buyer,) = many_people(1)
    with tenancy.as_platform(shop.platform.pk):
        Loyalty.objects.create(platform=shop.platform, earn_bp=100, worth_bp=20_000)
        services.earn_points(
            platform_id=shop.platform.pk, owner_id=buyer, paid=25_000, reference="H-0", now=NOON
        )
        pay(shop, [Wallet.objects.get().pk], 100, "H-1", buyer)

        assert books(shop) == {"goodwill": 500, "points": -400, "tender": -100}
    assert broken() == set()


def books(shop: Shop) -> dict[str, int]:
    balances = ledger.balances_of_platform(shop.platform.pk)
    return {each.kind: each.amount for each in balances if each.amount}


def test_the_database_itself_refuses_a_balance_below_nothing() -> None:
    shop = a_house()
    card, _ = a_card(shop, 400)

    with (
        pytest.raises(IntegrityError, match=r"wallet_never_negative|balance_check"),
        tenancy.as_platform(shop.platform.pk),
        transaction.atomic(),
    ):
        Wallet.objects.filter(pk=card.pk).update(balance=-1)


@pytest.mark.parametrize(
    ("corruption", "promise"),
    [
        ("update wallets_wallet set balance = balance + 1", "wallet-is-its-movements"),
        (
            "alter table wallets_movement disable trigger user; update wallets_movement set amount = amount - 1;"
            " alter table wallets_movement enable trigger user",
            "wallet-is-its-movements",
        ),
        (
            "alter table wallets_movement disable trigger user; delete from wallets_movement where reason = 'spent';"
            " alter table wallets_movement enable trigger user",
            "wallet-given-back-once",
        ),
    ],
)
def test_a_planted_corruption_is_named(corruption: str, promise: str) -> None:
    shop = a_house()
    card, _ = a_card(shop)
    with tenancy.as_platform(shop.platform.pk):
        pay(shop, [card.pk], 700, "H-1")
        services.give_back(reference="H-1", now=NOON)
    assert broken() == set()

    with connections[OWNER].cursor() as cursor:
        cursor.execute(corruption)

    assert promise in broken()
