"""Corrections by hand: proposed by one person, posted by another, once."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connections

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.ledger import corrections
from hansa.commerce.ledger import selectors as ledger
from hansa.commerce.ledger.corrections import CorrectionDecided
from hansa.commerce.ledger.models import Account, Correction
from hansa.foundation import invariants, tenancy
from hansa.foundation.database_roles import OWNER
from hansa.kernel.errors import Forbidden, InvalidInput
from tests.factories import NOON, Shop, a_shop
from tests.integration.payouts.scene import an_officer
from tests.integration.pricing.scene import at_once

pytestmark = pytest.mark.usefixtures("database")
Kind = Account.Kind


def propose(shop: Shop, actor: Actor, amount: int = 700, against: Account.Kind = Kind.GOODWILL) -> Correction:
    with tenancy.as_platform(shop.platform.pk):
        return corrections.propose(
            actor=actor,
            platform_id=shop.platform.pk,
            merchant_id=shop.merchant.pk,
            currency="EUR",
            amount=amount,
            against=against,
            reason="a pallet that we broke",
            now=NOON,
        )


def post(shop: Shop, correction: Correction, actor: Actor) -> None:
    with tenancy.as_platform(shop.platform.pk):
        corrections.post(actor=actor, platform_id=shop.platform.pk, correction_id=correction.pk, now=NOON)


def books(shop: Shop) -> dict[str, int]:
    with tenancy.as_platform(shop.platform.pk):
        return {each.kind: each.amount for each in ledger.balances_of_platform(shop.platform.pk)}


def broken() -> set[str]:
    return {finding.invariant.name for finding in invariants.check() if not finding.holds}


def test_a_correction_is_posted_by_another_person_than_proposed_it() -> None:
    shop = a_shop(stock={}, prices={})
    one, two = an_officer(shop, "olga"), an_officer(shop, "omar")
    correction = propose(shop, one)

    with pytest.raises(Forbidden, match="who proposed"):
        post(shop, correction, one)
    with pytest.raises(Forbidden):
        post(shop, correction, shop.owner)
    assert books(shop) == {}
    post(shop, correction, two)

    assert books(shop) == {"payable": -700, "goodwill": 700}
    with pytest.raises(CorrectionDecided):
        post(shop, correction, two)
    assert broken() == set()


def test_what_a_merchant_paid_in_clears_what_it_owed() -> None:
    shop = a_shop(stock={}, prices={})
    one, two = an_officer(shop, "olga"), an_officer(shop, "omar")
    post(shop, propose(shop, one, -500, Kind.COMMISSION), two)

    post(shop, propose(shop, two, 500, Kind.BANK), one)

    assert books(shop) == {"payable": 0, "commission": -500, "bank": 500}
    assert broken() == set()


def test_five_who_post_at_once_post_it_once() -> None:
    shop = a_shop(stock={}, prices={})
    people = [an_officer(shop, f"officer{number}") for number in range(6)]
    correction = propose(shop, people[0])

    done, refused = at_once(shop, [partial(post, shop, correction, each) for each in people[1:]])

    assert (done, len(refused)) == (1, 4)
    assert books(shop) == {"payable": -700, "goodwill": 700}


def test_a_refused_correction_posts_nothing_and_nonsense_is_not_proposed() -> None:
    shop = a_shop(stock={}, prices={})
    one = an_officer(shop, "olga")
    correction = propose(shop, one)
    with tenancy.as_platform(shop.platform.pk):
        corrections.refuse(actor=one, platform_id=shop.platform.pk, correction_id=correction.pk, now=NOON)

    with pytest.raises(CorrectionDecided):
        post(shop, correction, an_officer(shop, "omar"))
    with pytest.raises(InvalidInput, match="moves money"):
        propose(shop, one, 0)
    with pytest.raises(InvalidInput, match="cannot be at the cost of payable"):
        propose(shop, one, 1, Kind.PAYABLE)
    assert books(shop) == {}


def test_a_correction_behind_the_back_of_the_second_person_is_found() -> None:
    shop = a_shop(stock={}, prices={})
    one, two = an_officer(shop, "olga"), an_officer(shop, "omar")
    post(shop, propose(shop, one), two)

    with connections[OWNER].cursor() as cursor:
        cursor.execute("update ledger_correction set amount = 701")

    assert "correction-posted-by-another" in broken()
