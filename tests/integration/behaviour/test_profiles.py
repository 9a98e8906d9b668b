"""Profiles are what the acts amount to: added to as acts are told, the same when they are made anew."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections

from hansa.commerce.accounts import consents
from hansa.commerce.accounts.models import User
from hansa.commerce.behaviour import following, learning, profiles, services, steering
from hansa.commerce.behaviour.models import (
    BehaviourEvent,
    ForgottenSpan,
    Mute,
    Profile,
    ProfileLine,
    RemovedLine,
)
from hansa.commerce.privacy import copying, forgetting
from hansa.commerce.privacy import services as privacy
from hansa.foundation import tenancy
from hansa.foundation.models import OutboxEvent
from tests.factories import NOON, a_shopper
from tests.integration.behaviour.scene import broken, hear, lines, log_of, rebuilt, view
from tests.integration.storefront.visitors import a_tea_shop

pytestmark = pytest.mark.usefixtures("database")


def test_acts_become_lines_once_however_often_they_are_told() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    later = NOON + timedelta(hours=1)

    view(shop, alia, "tea", "salt")
    hear()
    view(shop, alia, "tea", now=later)
    hear()
    OutboxEvent.objects.update(done_at=None)  # a worker that died before it could say that it was done
    hear()

    assert lines(shop, alia, "merchant") == {shop.merchant.pk: (3, later)}
    assert lines(shop, alia, "price") == {3: (2, later), 1: (1, NOON)}  # 5.00 to 10.00 and 1.00 to 2.00
    assert lines(shop, alia, "hour") == {12: (2, NOON), 13: (1, later)}
    assert rebuilt(shop) == 0
    assert broken() == []


def test_an_act_weighs_half_after_sixty_days_and_one_that_is_taken_back_nothing() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    tea = shop.listings["tea"].pk
    with tenancy.as_platform(shop.platform.pk):
        for act, amount in (
            (services.record_purchase, {"quantity": 2}),
            (services.record_rating, {"stars": 1}),
        ):
            act(platform_id=shop.platform.pk, actor=alia, listing_id=tea, now=NOON, **amount)
    hear()

    with tenancy.as_platform(shop.platform.pk):
        line = ProfileLine.objects.get(axis="merchant")
        assert learning.faded(line.mass, NOON) == pytest.approx(5 - 4, rel=1e-12)
        assert learning.faded(line.mass, NOON + timedelta(days=60)) == pytest.approx(0.5, rel=1e-12)
        assert learning.faded(line.mass, NOON + timedelta(days=180)) == pytest.approx(0.125, rel=1e-12)
        services.record_return(platform_id=shop.platform.pk, actor=alia, listing_id=tea, quantity=2, now=NOON)
    hear()

    with tenancy.as_platform(shop.platform.pk):
        line = ProfileLine.objects.get(axis="merchant")
        assert learning.faded(line.mass, NOON) == pytest.approx(-4, rel=1e-12)
        assert (
            ProfileLine.objects.get(axis="hour").acts == 2
        )  # a parcel that comes back says nothing of the hour
    assert broken() == []


def test_what_a_good_was_when_it_was_looked_at_counts_also_after_its_price_changed() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea")
    hear()

    with tenancy.as_platform(shop.platform.pk):
        listing = shop.listings["tea"]
        listing.price = 20_000
        listing.save(update_fields=["price"])

    assert rebuilt(shop) == 0
    assert lines(shop, alia, "price") == {3: (1, NOON)}


def test_without_consent_nothing_is_kept() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea")
    hear()

    consents.decide(user_id=alia.user_id or 0, purpose=consents.PERSONALISATION, agrees=False, now=NOON)
    hear()
    view(shop, alia, "salt")
    with tenancy.as_platform(shop.platform.pk):
        services.record_view(
            platform_id=shop.platform.pk, actor=alia, listing_id=shop.listings["salt"].pk, now=NOON
        )
        following.follow_merchant(
            platform_id=shop.platform.pk, actor=alia, merchant_id=shop.merchant.pk, now=NOON
        )
    hear()

    assert log_of(shop, alia) == ["view"]
    with tenancy.as_alliance():
        assert not Profile.objects.exists()
    assert rebuilt(shop) == 0
    assert broken() == []


def test_a_profile_comes_back_with_the_consent_from_what_was_done_under_one() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea")
    for agrees in (False, True):
        consents.decide(user_id=alia.user_id or 0, purpose=consents.PERSONALISATION, agrees=agrees, now=NOON)
    view(shop, alia, "salt")
    hear()

    assert lines(shop, alia, "merchant") == {shop.merchant.pk: (2, NOON)}
    assert broken() == []


def test_a_rebuild_beside_the_outbox_counts_every_act_once() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    for _ in range(12):
        view(shop, alia, "tea", "salt")

    def build() -> None:
        for _ in range(6):
            rebuilt(shop)
        connections.close_all()

    def deliver() -> None:
        hear()
        connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(job) for job in (build, deliver, build, deliver)]:
            each.result(timeout=60)
    hear()

    assert lines(shop, alia, "merchant") == {shop.merchant.pk: (24, NOON)}
    assert rebuilt(shop) == 0
    assert broken() == []


def test_what_was_written_past_the_outbox_is_found_by_the_rebuild() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    with tenancy.as_platform(shop.platform.pk):
        listing = shop.listings["tea"]
        BehaviourEvent.objects.create(
            platform_id=shop.platform.pk, kind="cart", user_id=alia.user_id, visitor=alia.visitor,
            listing_id=listing.pk, merchant_id=shop.merchant.pk, value=1, at=NOON,
        )  # fmt: skip

    assert rebuilt(shop) == 4  # category, merchant, price and hour; these goods bear no brand
    assert rebuilt(shop) == 0


def test_a_line_that_was_changed_by_hand_is_told_of_and_put_right() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea")
    hear()
    with tenancy.as_platform(shop.platform.pk):
        ProfileLine.objects.filter(axis="merchant").update(mass=Decimal(1))

    assert broken() == ["profile-from-acts"]
    assert rebuilt(shop) == 1
    assert broken() == []


def test_profiles_of_two_platforms_are_apart() -> None:
    here, there, alia = a_tea_shop(), a_tea_shop("gotland", "cy"), a_shopper()
    view(here, alia, "tea")
    view(there, alia, "tea", "salt")
    hear()

    assert lines(here, alia, "merchant") == {here.merchant.pk: (1, NOON)}
    assert lines(there, alia, "merchant") == {there.merchant.pk: (2, NOON)}
    profiles.drop(user_id=alia.user_id or 0)
    assert len(lines(here, alia, "merchant")) == 1, "who consents keeps the profile"
    assert User.objects.get(pk=alia.user_id or 0).consents_to_personalisation


def test_a_forgotten_person_leaves_no_profile_and_a_copy_names_its_lines() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    for person in (alia, cy):
        view(shop, person, "tea")
        with tenancy.as_platform(shop.platform.pk):
            asked = {"platform_id": shop.platform.pk, "actor": person, "now": NOON}
            steering.mute(**asked, kind="merchant", key=shop.merchant.pk)  # type: ignore[arg-type]
            hear()
            steering.remove_line(**asked, axis="hour", key=12)  # type: ignore[arg-type]
            steering.delete_history(**asked, until=NOON - timedelta(days=9))  # type: ignore[arg-type]
    hear()

    with tenancy.as_alliance():
        copy = copying.archive_of(
            forgetting.person_of(User.objects.get(pk=alia.user_id or 0)), language="en", now=NOON
        )
    privacy.erase_person(user_id=alia.user_id or 0, now=NOON)
    hear()

    told = zipfile.ZipFile(io.BytesIO(copy)).read("my-data.json").decode()
    assert '"axis": "merchant"' in told
    with tenancy.as_alliance():
        for model in (Profile, ForgottenSpan, Mute, RemovedLine):
            assert list(model.objects.values_list("user_id", flat=True)) == [cy.user_id], model
        assert set(ProfileLine.objects.values_list("profile__user_id", flat=True)) == {cy.user_id}
    assert log_of(shop, alia) == []
    assert broken() == []
