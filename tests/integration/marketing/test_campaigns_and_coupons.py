"""What came of campaigns and coupons."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hansa.commerce.accounts.models import User
from hansa.commerce.marketing import selectors as marketing
from hansa.commerce.marketing.models import Campaign, CampaignRecipient
from hansa.commerce.marketing.selectors import CouponResult
from hansa.commerce.promotions.models import Coupon, PromotedOffer, Promotion, Redemption
from hansa.foundation import tenancy
from tests.integration.health.scenes import NOW, W0, W1, W2, W3, Market, a_market, at, people

pytestmark = pytest.mark.usefixtures("database")


def a_campaign(
    market: Market, name: str, meant: list[User], *, of: str | None = None, days: int = 7
) -> Campaign:
    """A campaign that begins with W1."""
    with tenancy.as_platform(market.platform.pk):
        campaign = Campaign.objects.create(
            platform=market.platform,
            name=name,
            merchant=market.merchants[of] if of else None,
            starts_at=at(W1, 0, 0),
            ends_at=at(W1, 0, 0) + timedelta(days=days),
        )
        for user in meant:
            CampaignRecipient.objects.create(platform=market.platform, campaign=campaign, user=user)
        return campaign


def results_of(market: Market, of: str | None = None) -> list[marketing.CampaignResult]:
    with tenancy.as_platform(market.platform.pk):
        return marketing.campaigns_of(
            platform_id=market.platform.pk, now=NOW, merchant_id=market.merchants[of].pk if of else None
        )


def test_a_campaign_is_set_against_as_many_days_before_it() -> None:
    market = a_market()
    alia, ben, cora, dan = people("alia", "ben", "cora", "dan")
    a_campaign(market, "spring", [alia, ben, cora, dan])
    market.purchase(alia, at(W1), {"bo": 100, "cy": 50})
    market.purchase(alia, at(W1, 6), {"bo": 200})
    market.purchase(ben, at(W1), {"cy": 300})
    market.purchase(ben, at(W1), {"cy": 9_000}, status="cancelled")
    market.purchase(cora, at(W2), {"bo": 70})
    market.purchase(cora, at(W3), {"bo": 9_000})  # longer ago than the campaign is long
    market.purchase(dan, at(W0), {"bo": 9_000})  # after it

    (spring,) = results_of(market)

    assert (spring.name, spring.recipients) == ("spring", 4)
    assert (spring.buyers, spring.purchases, spring.revenue) == (2, 3, 650)
    assert (spring.buyers_before, spring.revenue_before) == (1, 70)
    assert (spring.buying_share, spring.buying_share_before) == (0.5, 0.25)


def test_a_merchants_campaign_counts_that_merchants_orders() -> None:
    market = a_market()
    (alia,) = people("alia")
    a_campaign(market, "tea week", [alia], of="bo")
    a_campaign(market, "everybody", [alia])
    market.purchase(alia, at(W1), {"bo": 100, "cy": 50})

    assert [(one.name, one.revenue) for one in results_of(market)] == [("everybody", 150), ("tea week", 100)]
    assert [one.name for one in results_of(market, of="bo")] == ["tea week"]


def test_a_running_campaign_is_set_against_the_days_it_has_run() -> None:
    market = a_market()
    (alia,) = people("alia")
    a_campaign(market, "long", [alia], days=70)
    market.purchase(alia, at(W1) - timedelta(days=8), {"bo": 30})  # nine days and a half have passed
    market.purchase(alia, at(W1) - timedelta(days=12), {"bo": 9_000})

    (running,) = results_of(market)

    assert (running.buyers, running.buyers_before, running.revenue_before) == (0, 1, 30)


def test_a_campaign_without_recipients_has_no_share() -> None:
    market = a_market()
    a_campaign(market, "nobody", [])

    (nobody,) = results_of(market)

    assert (nobody.recipients, nobody.buying_share) == (0, None)


def test_coupons_tell_uses_buyers_and_what_they_moved() -> None:
    market = a_market()
    alia, ben = people("alia", "ben")
    with tenancy.as_platform(market.platform.pk):
        promotion = Promotion.objects.create(
            platform=market.platform,
            merchant=market.merchants["bo"],
            name="Ten off",
            percent_bp=1_000,
            funded_by="merchant",
            starts_at=at(W2),
            ends_at=at(W0, 6),
            needs_coupon=True,
        )
        PromotedOffer.objects.create(
            platform=market.platform, promotion=promotion, offer_id=market.listings["bo"].offer_id
        )
        coupon = Coupon.objects.create(
            platform=market.platform, promotion=promotion, code="TEN", most_uses=100, most_per_buyer=3, uses=3
        )
    used = [
        market.purchase(alia, at(W1), {"bo": 900, "cy": 400}, discount=100),
        market.purchase(alia, at(W1, 1), {"bo": 450}, discount=50),
        market.purchase(ben, at(W1, 2), {"cy": 400}),  # none of the goods it covers
    ]
    given_back = market.purchase(ben, at(W1, 3), {"bo": 900}, discount=100, status="cancelled")
    with tenancy.as_platform(market.platform.pk):
        for group in [*used, given_back]:
            Redemption.objects.create(
                platform=market.platform,
                coupon=coupon,
                buyer_id=group.buyer_id,
                reference=group.number,
                released=group is given_back,
                redeemed_at=group.placed_at,
            )
        span = {"platform_id": market.platform.pk, "since": at(W1, 0, 0), "until": NOW}
        results = marketing.coupon_results(**span)
        of_cy = marketing.coupon_results(**span, merchant_id=market.merchants["cy"].pk)
        of_last_year = marketing.coupon_results(
            platform_id=market.platform.pk, since=at(W3) - timedelta(days=365), until=at(W3)
        )

    assert results == [
        CouponResult(
            coupon_id=coupon.pk,
            code="TEN",
            promotion="Ten off",
            merchant_id=market.merchants["bo"].pk,
            percent_bp=1_000,
            most_uses=100,
            uses=3,
            given_back=1,
            buyers=2,
            revenue=1_350,
            discount=150,
        )
    ]
    assert of_cy == []
    assert of_last_year == []
