"""Following merchants and shoppers: only who allows it is followed, and acts are logged without a name."""

from __future__ import annotations

import pytest
from django.test import Client

from hansa.commerce.accounts import consents
from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.policy import Actor
from hansa.commerce.behaviour import following as acts
from hansa.commerce.behaviour.models import BehaviourEvent, Follow
from hansa.commerce.following import selectors, services
from hansa.commerce.following.models import PersonFollow, Profile
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from hansa.kernel.errors import InvalidInput, NotFound
from tests.factories import Shop, a_shopper
from tests.integration.social.scene import at_once, broken, review
from tests.integration.storefront.visitors import a_tea_shop, as_actor

pytestmark = pytest.mark.usefixtures("database")


def a_profile(actor: Actor) -> Profile:
    profile = services.show_profile(user_id=actor.user_id or 0, is_shown=True, now=system_clock())
    assert profile is not None
    return profile


def follow(shop: Shop, actor: Actor, handle: str) -> bool:
    with tenancy.as_platform(shop.platform.pk):
        return services.follow_person(
            platform_id=shop.platform.pk, actor=actor, handle=handle, now=system_clock()
        )


def acts_of(shop: Shop, actor: Actor) -> list[tuple[str, int | None]]:
    with tenancy.as_platform(shop.platform.pk):
        rows = BehaviourEvent.objects.filter(user_id=actor.user_id, kind__in=["follow", "unfollow"])
        return list(rows.order_by("pk").values_list("kind", "merchant_id"))


def test_following_a_merchant_many_times_at_once_is_one_follow_and_one_act() -> None:
    shop, alia = a_tea_shop(), a_shopper()

    results = at_once(
        shop,
        *(
            lambda: acts.follow_merchant(
                platform_id=shop.platform.pk, actor=alia, merchant_id=shop.merchant.pk, now=system_clock()
            )
            for _ in range(4)
        ),
    )
    browser = as_actor(alia)
    browser.post("/trave/m/bo/follow/", {"follow": "off"})
    browser.post("/trave/m/bo/follow/", {"follow": "off"})

    assert sorted(map(str, results)) == ["False", "False", "False", "True"]
    assert acts_of(shop, alia) == [("follow", shop.merchant.pk), ("unfollow", shop.merchant.pk)]
    assert not Follow.objects.exists()


def test_only_who_shows_a_profile_is_followed_and_the_log_does_not_name_them() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    with pytest.raises(NotFound):
        follow(shop, alia, "nobody")
    handle = a_profile(cy).handle

    assert (follow(shop, alia, handle), follow(shop, alia, handle)) == (True, False)
    with pytest.raises(InvalidInput):
        follow(shop, cy, handle)

    assert acts_of(shop, alia) == [("follow", None)]
    with tenancy.as_platform(shop.platform.pk):
        assert BehaviourEvent.objects.get(kind="follow").value is None
    assert selectors.count_followers(cy.user_id or 0) == 1
    assert broken() == []


def test_who_hides_the_profile_loses_address_and_followers() -> None:
    shop, alia, cy = a_tea_shop(), a_shopper(), a_shopper("cy")
    handle = a_profile(cy).handle
    follow(shop, alia, handle)
    review(shop, cy, 4, text="Fine leaves")
    assert "Fine leaves" in Client().get(f"/trave/people/{handle}/").content.decode()

    as_actor(cy).post("/trave/following/profile/", {"show": "no"})

    assert Client().get(f"/trave/people/{handle}/").status_code == 404
    assert not PersonFollow.objects.exists()
    user = User.objects.get(pk=cy.user_id or 0)
    assert consents.allows(user, consents.Question(consents.PROFILE)) is False
    assert [row.agrees for row in consents.history_of(user.pk)] == [False, True]
    assert a_profile(cy).handle != handle
    assert broken() == []


def test_following_beside_hiding_leaves_nobody_followed_without_a_profile() -> None:
    shop, cy = a_tea_shop(), a_shopper("cy")
    followers = [a_shopper(f"follower{number}") for number in range(3)]
    handle = a_profile(cy).handle

    at_once(
        shop,
        *(
            lambda who=who: services.follow_person(  # type: ignore[misc]  # bound now
                platform_id=shop.platform.pk, actor=who, handle=handle, now=system_clock()
            )
            for who in followers
        ),
        lambda: services.show_profile(user_id=cy.user_id or 0, is_shown=False, now=system_clock()),
    )

    assert not PersonFollow.objects.exists()
    assert broken() == []


def test_the_feed_shows_what_is_new_at_whom_one_follows_only() -> None:
    a_tea_shop()
    alia = a_shopper()
    browser = as_actor(alia)
    assert "You follow nobody yet" in browser.get("/trave/following/").content.decode()

    browser.post("/trave/m/bo/follow/", {"follow": "on"})

    page = browser.get("/trave/following/").content.decode()
    assert "New at whom you follow" in page
    assert "Salt" in page
    assert Client().get("/trave/following/").headers["Location"].startswith("/sign-in/")
