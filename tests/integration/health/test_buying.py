"""Nodes that are computed from orders."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hansa.commerce.accounts.models import Platform
from tests.integration.health.scenes import NOW, W0, W1, W2, W3, W5, a_market, at, count, join, people

pytestmark = pytest.mark.usefixtures("database")


def test_sales_choice_and_shares_count_what_is_paid() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    (alia,) = people("alia")
    trave.purchase(alia, at(W1), {"bo": 1_000, "cy": 500}, status="paid")
    trave.purchase(None, at(W1, 6, 23), {"bo": 500}, status="shipped")
    trave.purchase(alia, at(W1, 3), {"cy": 9_000}, status="cancelled")
    trave.purchase(alia, at(W1, 3), {"cy": 9_000}, status="placed")
    gotland.purchase(alia, at(W1, 2), {"dee": 6_000})
    gotland.purchase(alia, at(W0, 1), {"dee": 700})

    counted = count(trave, gotland)

    assert counted("sales", trave, W1) == (2_000, 2)
    assert counted("sales", gotland, W1) == (6_000, 1)
    assert counted("sales", None, W1) == (8_000, 3)
    assert counted("sales", gotland, W0) == (700, 1)
    assert counted("sales", trave, W0) is None
    assert counted("competitiveness", trave, W1) == (2, 2)
    assert counted("competitiveness", None, W1) == (3, 3)
    assert counted("market_share", trave, W1) == (0.25, 3)
    assert counted("market_share", gotland, W1) == (0.75, 3)
    assert counted("market_share", None, W1) == (0.25, 3)  # what the largest member does not sell


def test_a_merchant_of_two_platforms_counts_once_in_the_alliance() -> None:
    trave, gotland = a_market("trave", ("bo",)), a_market("gotland", ())
    join(gotland, "bo", merchant=trave.merchants["bo"])
    trave.purchase(None, at(W1), {"bo": 100})
    gotland.purchase(None, at(W1), {"bo": 100})

    counted = count(trave, gotland)

    assert counted("competitiveness", trave, W1) == (1, 1)
    assert counted("competitiveness", gotland, W1) == (1, 1)
    assert counted("competitiveness", None, W1) == (1, 2)


def test_money_in_several_currencies_is_not_added_up() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    Platform.objects.filter(pk=gotland.platform.pk).update(currency="SEK")
    gotland.platform.refresh_from_db()
    trave.purchase(None, at(W1), {"bo": 1_000})
    gotland.purchase(None, at(W1), {"dee": 3_000})

    counted = count(trave, gotland)

    assert counted("sales", trave, W1) == (1_000, 1)
    assert counted("sales", None, W1) is None
    assert counted("market_share", trave, W1) is None
    assert counted("competitiveness", None, W1) == (2, 2)


def test_a_week_begins_on_monday_at_midnight_utc() -> None:
    trave = a_market()
    trave.purchase(None, at(W1, 0, 0), {"bo": 100})
    trave.purchase(None, at(W1, 0, 0) - timedelta(microseconds=1), {"bo": 10})
    trave.purchase(None, NOW, {"bo": 1})  # the span ends before now

    counted = count(trave)

    assert counted("sales", trave, W1) == (100, 1)
    assert counted("sales", trave, W2) == (10, 1)
    assert counted("sales", trave, W0) is None


def test_marketing_tools_is_the_share_of_list_value_given_away() -> None:
    trave = a_market()
    trave.purchase(None, at(W1), {"bo": 600, "cy": 800}, discount=200)  # list value 1,800, given away 400
    trave.purchase(None, at(W1), {"bo": 200})

    counted = count(trave)

    assert counted("marketing_tools", trave, W1) == (0.2, 2)
    assert counted("marketing_tools", None, W1) == (0.2, 2)


def test_stickiness_is_who_bought_in_the_week_before_too() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    alia, ben, cora, dan = people("alia", "ben", "cora", "dan")
    for buyer in (alia, ben, cora, dan):
        trave.purchase(buyer, at(W2), {"bo": 100})
    trave.purchase(alia, at(W1), {"bo": 100})
    trave.purchase(alia, at(W1, 2), {"bo": 100})
    trave.purchase(ben, at(W1), {"bo": 100}, status="cancelled")
    trave.purchase(None, at(W1), {"bo": 100})
    gotland.purchase(cora, at(W1), {"dee": 100})

    counted = count(trave, gotland)

    assert counted("stickiness", trave, W1) == (0.25, 4)  # Alia
    assert counted("stickiness", None, W1) == (0.5, 4)  # Cora came back, to another platform
    assert counted("stickiness", gotland, W1) is None
    assert counted("stickiness", gotland, W0) == (0.0, 1)


def test_loyalty_is_who_bought_again_within_four_weeks() -> None:
    trave = a_market()
    alia, ben, cora, dan = people("alia", "ben", "cora", "dan")
    for buyer in (alia, ben, cora, dan):
        trave.purchase(buyer, at(W5), {"bo": 100})
    trave.purchase(alia, at(W3), {"bo": 100})
    trave.purchase(ben, at(W1), {"bo": 100})
    trave.purchase(cora, at(W0), {"bo": 100})  # five weeks later: too late
    trave.purchase(dan, at(W5, 6), {"bo": 100})  # the same week does not count

    counted = count(trave)

    assert counted("loyalty", trave, W1) == (0.5, 4)
    assert counted("loyalty", None, W1) == (0.5, 4)
    assert counted("loyalty", trave, W2) is None


def test_loyalty_looks_back_beyond_the_first_week_asked_for() -> None:
    trave = a_market()
    (alia,) = people("alia")
    trave.purchase(alia, at(W5), {"bo": 100})
    trave.purchase(alia, at(W1), {"bo": 100})

    counted = count(trave, first=W1)

    assert counted("loyalty", trave, W1) == (1.0, 1)
    assert counted("sales", trave, W5) is None


def test_repurchase_is_returning_to_the_same_merchant() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ())
    join(gotland, "bo", merchant=trave.merchants["bo"])
    alia, ben = people("alia", "ben")
    trave.purchase(alia, at(W5), {"bo": 100, "cy": 100})
    trave.purchase(alia, at(W1), {"bo": 100, "cy": 100})
    trave.purchase(ben, at(W2), {"cy": 100})
    trave.purchase(ben, at(W1), {"bo": 100})
    gotland.purchase(ben, at(W3), {"bo": 100})
    trave.purchase(alia, at(W0), {"bo": 100})

    counted = count(trave, gotland)

    assert counted("repurchase", trave, W1) == (pytest.approx(2 / 3), 3)  # Alia twice; Ben is new to Bo here
    assert counted("repurchase", None, W1) == (1.0, 3)  # Ben knows Bo from Gotland
    assert counted("repurchase", trave, W0) == (1.0, 1)
    assert counted("repurchase", gotland, W3) == (0.0, 1)
