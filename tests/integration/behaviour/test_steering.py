"""What people say to their profile holds: muted things are not recommended, lines and history go for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import selectors, steering
from hansa.commerce.behaviour.models import BehaviourEvent, ForgottenSpan, Mute
from hansa.commerce.recommendations import explaining
from hansa.commerce.recommendations import selectors as recommendations
from hansa.foundation import tenancy
from hansa.foundation.models import OutboxEvent
from hansa.kernel.errors import HansaError, InvalidInput, NotFound
from tests.factories import NOON, Shop, a_shopper
from tests.integration.behaviour.scene import broken, hear, lines, log_of, rebuilt, view
from tests.integration.storefront.visitors import a_tea_shop

pytestmark = pytest.mark.usefixtures("database")
DAY = timedelta(days=1)


def recommended(shop: Shop, actor: Actor) -> set[str]:
    with tenancy.as_platform(shop.platform.pk):
        shelf = recommendations.recommend(platform_id=shop.platform.pk, actor=actor)
        return {item.listing.title for item in shelf.items}


def mute(shop: Shop, actor: Actor, kind: str, key: int) -> bool:
    with tenancy.as_platform(shop.platform.pk):
        return steering.mute(platform_id=shop.platform.pk, actor=actor, kind=kind, key=key, now=NOON)


def unmute(shop: Shop, actor: Actor, kind: str, key: int) -> bool:
    with tenancy.as_platform(shop.platform.pk):
        return steering.unmute(platform_id=shop.platform.pk, actor=actor, kind=kind, key=key, now=NOON)


def delete_history(shop: Shop, actor: Actor, **when: object) -> int:
    with tenancy.as_platform(shop.platform.pk):
        return steering.delete_history(platform_id=shop.platform.pk, actor=actor, now=NOON + DAY, **when)  # type: ignore[arg-type]


def test_a_muted_good_is_not_recommended_until_that_is_taken_back() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    tea = shop.listings["tea"].pk
    before = recommended(shop, alia)

    assert (mute(shop, alia, "good", tea), mute(shop, alia, "good", tea)) == (True, False)
    assert recommended(shop, alia) == before - {"Tea"}
    assert (unmute(shop, alia, "good", tea), unmute(shop, alia, "good", tea)) == (True, False)

    assert recommended(shop, alia) == before
    assert log_of(shop, alia) == ["hide", "unhide"]


@pytest.mark.parametrize("kind", ["merchant", "category"])
def test_nothing_of_a_muted_merchant_or_category_is_recommended(kind: str) -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    tea = shop.listings["tea"]
    before = recommended(shop, alia)

    mute(shop, alia, kind, tea.merchant_id if kind == "merchant" else tea.category_id)

    assert recommended(shop, alia) == set()
    assert recommended(shop, cy) == before != set()
    with tenancy.as_platform(shop.platform.pk):
        assert BehaviourEvent.objects.get(kind="hide").listing_id is None
    hear()
    assert broken() == []


@pytest.mark.parametrize(("kind", "key"), [("good", 10**9), ("merchant", 10**9), ("brand", 1), ("mood", 1)])
def test_what_is_not_here_cannot_be_muted(kind: str, key: int) -> None:
    shop, alia = a_tea_shop(), a_shopper()

    with pytest.raises(HansaError):
        mute(shop, alia, kind, key)

    with tenancy.as_platform(shop.platform.pk):
        assert not Mute.objects.exists()
    assert log_of(shop, alia) == []


def test_a_line_that_was_taken_off_counts_only_what_comes_after() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea", "salt")
    hear()

    with tenancy.as_platform(shop.platform.pk):
        steering.remove_line(
            platform_id=shop.platform.pk, actor=alia, axis="merchant", key=shop.merchant.pk, now=NOON
        )
        with pytest.raises(NotFound):
            steering.remove_line(
                platform_id=shop.platform.pk, actor=alia, axis="merchant", key=shop.merchant.pk, now=NOON
            )

    assert (lines(shop, alia, "merchant"), rebuilt(shop)) == ({}, 0)
    view(shop, alia, "tea", now=NOON + DAY)
    hear()
    assert lines(shop, alia, "merchant") == {shop.merchant.pk: (1, NOON + DAY)}
    assert lines(shop, alia, "hour") == {12: (3, NOON + DAY)}
    assert broken() == []


def test_a_deleted_day_counts_for_nothing_and_is_nowhere_any_more() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    for person in (alia, cy):
        view(shop, person, "tea", now=NOON - DAY)
        view(shop, person, "salt")
    hear()

    gone = delete_history(shop, alia, since=NOON - DAY / 2)
    hear()

    assert gone == 1
    assert lines(shop, alia, "price") == {3: (1, NOON - DAY)}
    assert len(lines(shop, cy, "price")) == 2
    told = OutboxEvent.objects.filter(kind="ActsSeen", payload__user_id=alia.user_id)
    assert [event.payload["at"] for event in told] == [(NOON - DAY).isoformat()]
    with tenancy.as_platform(shop.platform.pk):
        assert ForgottenSpan.objects.get().until == NOON + DAY
    assert rebuilt(shop) == 0
    assert broken() == []


def test_acts_on_their_way_when_the_history_is_deleted_leave_no_trace() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea", "salt")

    assert delete_history(shop, alia) == 2
    hear()

    assert lines(shop, alia, "hour") == {}
    assert log_of(shop, alia) == []
    assert broken() == []


def test_an_odd_time_is_refused_and_nothing_deleted() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea")

    for when in ({"since": NOON, "until": NOON}, {"since": NOON + 2 * DAY}):
        with pytest.raises(InvalidInput):
            delete_history(shop, alia, **when)
    with pytest.raises(InvalidInput, match="sign in"):
        delete_history(shop, Actor(name="guest", visitor="session-1"))

    assert log_of(shop, alia) == ["view"]


def test_what_was_bought_in_a_deleted_time_is_not_offered_again() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    shop.buy(alia, [("tea", 1)])

    def again() -> list[str]:
        with tenancy.as_platform(shop.platform.pk):
            shelf = recommendations.buy_again(platform_id=shop.platform.pk, actor=alia)
            return [item.listing.title for item in shelf.items]

    assert again() == ["Tea"]
    delete_history(shop, alia)
    assert again() == []


def test_why_names_the_deeds_and_the_lines_that_a_good_fits() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea", "tea", "salt")
    hear()

    with tenancy.as_platform(shop.platform.pk):
        asked = {
            "platform_id": shop.platform.pk,
            "actor": alia,
            "listing": shop.listings["salt"],
            "now": NOON,
        }
        because = explaining.explain(**asked, cause_id=shop.listings["tea"].offer_id)  # type: ignore[arg-type]
        silent = explaining.explain(**asked, consents=False)  # type: ignore[arg-type]

    assert [(deed.kind, deed.listing.title) for deed in because.deeds] == [
        ("view", "Salt"),
        ("view", "Tea"),
        ("view", "Tea"),
    ]
    assert {(fit.axis, round(fit.share, 3)) for fit in because.fits} == {
        ("category", 1.0),
        ("merchant", 1.0),
        ("price", 0.333),
    }
    assert (silent.deeds, silent.fits) == ([], [])


def test_acts_are_read_newest_first_with_what_was_searched_for() -> None:
    shop, alia = a_tea_shop(), a_shopper()
    view(shop, alia, "tea")
    view(shop, alia, "salt", now=NOON + DAY)

    with tenancy.as_platform(shop.platform.pk):
        seen = selectors.acts_of(platform_id=shop.platform.pk, visitor=alia.visitor, limit=5)

    assert [(act.kind, act.offer_id) for act in seen] == [
        ("view", shop.listings["salt"].offer_id),
        ("view", shop.listings["tea"].offer_id),
    ]
