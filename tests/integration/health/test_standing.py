"""Nodes that are computed from the books, reviews, followers, tools and campaigns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hansa.commerce.behaviour.models import Follow
from hansa.commerce.ledger import services as ledger
from hansa.commerce.ledger import templates
from hansa.commerce.ledger.templates import Share
from hansa.commerce.marketing.models import Campaign, CampaignRecipient
from hansa.commerce.merchants.models import Merchant, Store
from hansa.commerce.planning.models import ForecastRun, PurchaseOrder
from hansa.commerce.promotions.models import Promotion
from hansa.foundation import tenancy
from tests.integration.health.scenes import W0, W1, W2, W3, Market, a_market, at, count, join, people

pytestmark = pytest.mark.usefixtures("database")


def test_the_books_tell_what_platform_and_merchants_earn() -> None:
    trave = a_market()
    bo, cy = trave.merchants["bo"].pk, trave.merchants["cy"].pk
    shares = [Share(bo, 1_000, 0, 100), Share(cy, 500, 50, 55)]
    with tenancy.as_platform(trave.platform.pk):
        same = {"platform_id": trave.platform.pk, "currency": "EUR"}
        for kind, reference, legs, when in (
            ("capture", "a", templates.capture(shares, delivery_fee=300), at(W1)),
            ("refund", "a", templates.refund(shares[:1], delivery_fee=0), at(W1, 5)),
            ("payout", "p", templates.payout(cy, 400), at(W1, 6)),
            ("capture", "b", templates.capture(shares[:1], delivery_fee=0), at(W0)),
        ):
            ledger.post(**same, kind=kind, reference=reference, legs=legs, now=when)

    counted = count(trave)

    assert counted("platform_revenue", trave, W1) == (355, 2)  # 100 + 55 + 300 - 100
    assert counted("merchant_income", trave, W1) == (495, 2)  # 900 + 495 - 900; the payout is no income
    assert counted("platform_revenue", None, W1) == (355, 2)
    assert counted("platform_revenue", trave, W0) == (100, 1)
    assert counted("merchant_income", trave, W0) == (900, 1)
    assert counted("merchant_income", trave, W2) is None


def test_reviews_tell_satisfaction_and_quality() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    (alia,) = people("alia")
    for stars in (5, 4, 3, 2):
        trave.review(trave.purchase(alia, at(W2), {"bo": 100}), stars, at(W1, 2))
    gotland.review(gotland.purchase(alia, at(W2), {"dee": 100}), 1, at(W1, 2))

    counted = count(trave, gotland)

    assert counted("satisfaction", trave, W1) == (3.5, 4)
    assert counted("product_quality", trave, W1) == (0.5, 4)
    assert counted("satisfaction", None, W1) == (3.0, 5)
    assert counted("product_quality", None, W1) == (pytest.approx(0.4), 5)
    assert counted("satisfaction", trave, W2) is None


def test_goodwill_is_who_began_to_follow() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ())
    join(gotland, "bo", merchant=trave.merchants["bo"])
    alia, ben = people("alia", "ben")
    for user, name, week in ((alia, "bo", W1), (alia, "cy", W1), (ben, "bo", W1), (ben, "cy", W3)):
        Follow.objects.create(user=user, merchant=trave.merchants[name], since=at(week))

    counted = count(trave, gotland)

    assert counted("goodwill", trave, W1) == (3, 2)
    assert counted("goodwill", gotland, W1) == (2, 2)
    assert counted("goodwill", None, W1) == (3, 2)  # a follow of a house on two platforms is one
    assert counted("goodwill", trave, W3) == (1, 1)


def a_promotion(market: Market, merchant: Merchant | None, starts: int, ends: int) -> None:
    """A promotion between two days counted from Monday of W1."""
    with tenancy.as_platform(market.platform.pk):
        Promotion.objects.create(
            platform=market.platform,
            merchant=merchant,
            name="Less",
            percent_bp=1_000,
            funded_by="merchant",
            starts_at=at(W1, 0, 0) + timedelta(days=starts),
            ends_at=at(W1, 0, 0) + timedelta(days=ends),
        )


def test_merchants_are_empowered_by_the_tools_they_use() -> None:
    trave = a_market("trave", ("bo", "cy", "dee", "eli", "fay"))
    houses = trave.merchants
    a_promotion(trave, houses["bo"], 3, 9)
    a_promotion(trave, houses["bo"], 4, 5)
    a_promotion(trave, houses["cy"], -7, 0)  # ended the moment the week began
    a_promotion(trave, None, 0, 7)  # the platform's own
    with tenancy.as_platform(trave.platform.pk):
        ForecastRun.objects.create(
            platform=trave.platform,
            merchant=houses["dee"],
            as_of=W1,
            horizon_days=28,
            levels=[],
            error=1,
            naive_error=1,
            made_at=at(W1, 6),
        )
        PurchaseOrder.objects.create(
            platform=trave.platform,
            merchant=houses["dee"],
            offer_id=trave.listings["dee"].offer_id,
            warehouse=trave.centre,
            units=1,
            unit_cost=1,
            ordered_at=at(W0),
            expected_on=W0,
        )
        Store.objects.filter(merchant=houses["fay"]).update(is_open=False)

    counted = count(trave)

    assert counted("merchant_empowerment", trave, W1) == (0.5, 4)  # Bo and Dee
    assert counted("merchant_empowerment", trave, W2) == (0.25, 4)  # Cy
    assert counted("merchant_empowerment", trave, W0) == (0.5, 4)  # Bo still, Dee by an order
    assert counted("merchant_empowerment", None, W1) == (0.5, 4)


def test_merchants_who_had_not_joined_are_not_asked() -> None:
    trave = a_market()
    Merchant.objects.filter(pk=trave.merchants["cy"].pk).update(joined_at=at(W0))

    counted = count(trave)

    assert counted("merchant_empowerment", trave, W1) == (0.0, 1)
    assert counted("merchant_empowerment", trave, W0) == (0.0, 2)


def test_brand_promotion_is_whom_running_campaigns_are_meant_for() -> None:
    trave = a_market()
    alia, ben, cora = people("alia", "ben", "cora")
    with tenancy.as_platform(trave.platform.pk):
        for name, days, meant in (("spring", 7, [alia, ben]), ("tea", 1, [ben, cora]), ("none", 1, [])):
            campaign = Campaign.objects.create(
                platform=trave.platform,
                name=name,
                starts_at=at(W1, 5),
                ends_at=at(W1, 5) + timedelta(days=days),
            )
            for user in meant:
                CampaignRecipient.objects.create(platform=trave.platform, campaign=campaign, user=user)

    counted = count(trave)

    assert counted("brand_promotion", trave, W1) == (3, 3)
    assert counted("brand_promotion", trave, W0) == (2, 1)
    assert counted("brand_promotion", None, W1) == (3, 3)
    assert counted("brand_promotion", trave, W2) is None
