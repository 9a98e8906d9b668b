"""Nodes that are computed from behaviour."""

from __future__ import annotations

import pytest

from tests.integration.health.scenes import W1, W2, a_market, at, count, people

pytestmark = pytest.mark.usefixtures("database")


def test_exposure_click_rate_and_recommendation_count_what_was_shown() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    trave.see("impression", at(W1), who="session-a", of="bo", placement="home", times=6)
    trave.see("impression", at(W1), who="session-b", of="bo", placement="similar", times=2)
    trave.see("impression", at(W1), who="session-b", of="cy", placement="search", times=12)
    trave.see("click", at(W1), who="session-a", of="bo", placement="home", times=2)
    trave.see("click", at(W1), who="session-b", of="cy", placement="search", times=3)
    trave.see("impression", at(W2), who="session-b", of="cy", placement="category", times=4)
    gotland.see("impression", at(W1), who="session-a", of="dee", placement="home", times=30)

    counted = count(trave, gotland)

    assert counted("exposure", trave, W1) == (20, 2)
    assert counted("exposure", None, W1) == (50, 2)
    assert counted("click_rate", trave, W1) == (0.25, 20)
    assert counted("click_rate", None, W1) == (0.1, 50)
    assert counted("recommendation", trave, W1) == (0.25, 8)
    assert counted("recommendation", gotland, W1) == (0.0, 30)
    assert counted("recommendation", trave, W2) is None  # nothing was shown unasked
    assert counted("click_rate", trave, W2) == (0.0, 4)


def test_visits_are_visitors_a_day_and_conversion_is_who_bought_that_day() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    alia, ben = people("alia", "ben")
    trave.see("view", at(W1, 0, 9), who=alia, of="bo", times=3)
    trave.see("view", at(W1, 0, 20), who=alia, of="cy")
    trave.see("view", at(W1, 1), who=alia, of="cy")
    trave.see("view", at(W1, 0), who=ben, of="bo")
    trave.see("view", at(W1, 0), who="session-a", of="bo")
    trave.see("click", at(W1, 4), who="session-z", of="bo", placement="home")
    gotland.see("view", at(W1, 0), who=alia, of="dee")
    trave.purchase(alia, at(W1, 0, 21), {"bo": 100})
    trave.purchase(alia, at(W1, 1), {"bo": 100}, status="cancelled")
    trave.purchase(ben, at(W1, 2), {"bo": 100})

    counted = count(trave, gotland)

    assert counted("visits", trave, W1) == (4, 3)
    assert counted("conversion", trave, W1) == (0.25, 4)
    assert counted("visits", gotland, W1) == (1, 1)
    assert counted("conversion", gotland, W1) == (0.0, 1)
    # In the alliance Alia's Monday is one visit, though she looked in at two markets.
    assert counted("visits", None, W1) == (4, 3)
    assert counted("conversion", None, W1) == (0.25, 4)


def test_traffic_support_is_what_the_small_merchants_are_shown() -> None:
    sellers = tuple(f"house{number}" for number in range(20))
    trave = a_market("trave", sellers)
    for number, name in enumerate(sellers):  # the best-selling tenth: houses 18 and 19
        trave.purchase(None, at(W1), {name: 100 + number})
    trave.see("impression", at(W1), who="session-a", of="house19", placement="home", times=5)
    trave.see("impression", at(W1), who="session-a", of="house18", placement="search", times=1)
    trave.see("impression", at(W1), who="session-a", of="house17", placement="home", times=2)
    trave.see("click", at(W1), who="session-a", of="house17", placement="home", times=2)
    trave.see("impression", at(W2), who="session-a", of="house17", placement="home", times=2)

    counted = count(trave)

    assert counted("traffic_support", trave, W1) == (0.25, 8)
    assert counted("traffic_support", None, W1) == (0.25, 8)
    assert counted("traffic_support", trave, W2) is None  # without sales nobody is large


def test_the_leaders_of_each_platform_are_its_own() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee", "eli"))
    for market, leader, other in ((trave, "bo", "cy"), (gotland, "dee", "eli")):
        market.purchase(None, at(W1), {leader: 500, other: 100})
        market.see("impression", at(W1), who="session-a", of=leader, placement="home", times=3)
        market.see("impression", at(W1), who="session-a", of=other, placement="home", times=1)

    counted = count(trave, gotland)

    assert counted("traffic_support", trave, W1) == (0.25, 4)
    assert counted("traffic_support", None, W1) == (0.25, 8)
