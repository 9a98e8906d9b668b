"""A model that cannot be read never takes a page down: what sells best is shown until the next refit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hansa.commerce.behaviour import services as behaviour
from hansa.commerce.recommendations import selectors, services
from hansa.commerce.recommendations.models import RecommenderModel
from hansa.foundation import tenancy
from tests.factories import NOON, a_shop, a_shopper

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("broken", [{"format": "hansa.recommend/1"}, {"ranker": "no trees"}])
def test_a_model_of_another_version_is_left_out(
    broken: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    names = [f"good{number}" for number in range(6)]
    shop = a_shop(stock=dict.fromkeys(names, 50), prices=dict.fromkeys(names, 200))
    platform_id, cy = shop.platform.pk, a_shopper("cy")
    for number in range(6):
        shop.buy(
            a_shopper(f"buyer{number}"), [(name, 1) for name in names], now=NOON - timedelta(days=9 - number)
        )
    model = services.refit(platform_id=platform_id, now=NOON)
    with tenancy.as_platform(platform_id):
        RecommenderModel.objects.filter(pk=model.pk).update(meta=model.meta | broken)
        listing = shop.listings["good3"].pk
        behaviour.record_view(platform_id=platform_id, actor=cy, listing_id=listing, now=NOON)

        shelf = selectors.recommend(platform_id=platform_id, actor=cy, k=3)
        beside = selectors.similar_to_listing(platform_id=platform_id, listing_id=listing, k=3)

    assert {item.source for item in (*shelf.items, *beside.items)} == {"popular"}
    assert len(shelf.items) == len(beside.items) == 3
    assert f"model {model.pk} is left out until the next refit" in caplog.text
