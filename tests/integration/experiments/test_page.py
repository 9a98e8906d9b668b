"""The operator's pages of experiments, and the shelf of the home page that they change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hansa.commerce.accounts.models import User
from hansa.commerce.experiments import selectors
from hansa.commerce.experiments.domain import Metric
from hansa.commerce.experiments.models import Experiment, Exposure
from hansa.foundation import tenancy
from tests.factories import NOON, Shop, a_shop, a_shopper, an_operator
from tests.integration.experiments.test_experiments import (
    DAY,
    a_design,
    expose,
    hide,
    look,
    people,
    running,
)
from tests.integration.storefront.visitors import as_actor

pytestmark = pytest.mark.usefixtures("database")

DESK = "/desk/operator/trave/experiments/"
TYPED = {
    "name": "Shelf",
    "metric": "buyers",
    "guardrail": "hides",
    "people": "50",
    "first": "10",
    "window_days": "3",
    "sharpest_at": "5000",
    "weight_personal": "3",
    "weight_bestsellers": "1",
}


def a_house() -> Shop:
    return a_shop(stock={"tea": 100}, prices={"tea": 500})


def the_experiment(shop: Shop) -> Experiment:
    with tenancy.as_platform(shop.platform.pk):
        return Experiment.objects.get()


def test_an_operator_drafts_starts_and_ends_an_experiment() -> None:
    shop = a_house()
    browser = as_actor(an_operator(shop))

    drafted = browser.post(DESK, TYPED)
    made = the_experiment(shop)
    started = browser.post(drafted["Location"], {"do": "start"})
    again = browser.post(drafted["Location"], {"do": "start"})
    ended = browser.post(drafted["Location"], {"do": "stop", "reason": "enough"})

    assert (drafted.status_code, started.status_code, ended.status_code) == (302, 302, 302)
    assert drafted["Location"] == f"{DESK}{made.pk}/"
    assert (made.slot_from, made.slot_below, made.window_days, made.guardrail) == (100, 600, 3, "hides")
    with tenancy.as_platform(shop.platform.pk):
        assert [(arm.variant, arm.weight) for arm in selectors.arms_of(made)] == [
            ("personal", 3),
            ("bestsellers", 1),
        ]
    assert again.status_code == 409
    assert "Shelf was started already" in again.content.decode()
    assert the_experiment(shop).stopped_because == "enough"
    assert "Enough" in browser.get(drafted["Location"]).content.decode()


def test_a_draft_is_thrown_away() -> None:
    shop = a_house()
    browser = as_actor(an_operator(shop))
    place = browser.post(DESK, TYPED)["Location"]

    gone = browser.post(place, {"do": "discard"})

    assert gone["Location"] == DESK
    assert browser.get(place).status_code == 404
    assert "No experiment yet" in browser.get(DESK).content.decode()


def test_what_was_typed_stays_when_it_is_refused() -> None:
    shop = a_house()
    browser = as_actor(an_operator(shop))

    beyond = browser.post(DESK, TYPED | {"first": "60"})
    empty = browser.post(DESK, TYPED | {"name": ""})

    assert (beyond.status_code, empty.status_code) == (422, 422)
    assert "An experiment takes from 1 to 1000 thousandths of the people" in beyond.content.decode()
    assert 'value="Shelf"' in beyond.content.decode()
    with tenancy.as_platform(shop.platform.pk):
        assert not Experiment.objects.exists()


def test_nobody_else_opens_the_pages() -> None:
    shop = a_house()

    assert as_actor(shop.owner).get(DESK).status_code == 403
    assert as_actor(a_shopper()).post(DESK, TYPED).status_code == 403
    with tenancy.as_platform(shop.platform.pk):
        assert not Experiment.objects.exists()


def test_the_page_shows_the_last_look_with_a_chart_and_in_chinese() -> None:
    shop = a_house()
    experiment = running(shop, a_design(metric=Metric.HIDES, guardrail=Metric.CLICKS))
    everybody = people(300)
    expose(shop, experiment, everybody, ["personal", "bestsellers"] * 150)
    hide(shop, [*everybody[0:60:2], *everybody[1:181:2]], at=NOON + timedelta(hours=2))
    look(shop, experiment, at=NOON + 2 * DAY)
    browser = as_actor(an_operator(shop))

    english = browser.get(f"{DESK}{experiment.pk}/").content.decode()
    chinese = browser.get(f"{DESK}{experiment.pk}/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()

    assert "0.600 (+200.0%)" in english
    assert "0.400 [" in english
    assert 'id="metric-1"' in english
    assert "&lt; 0.001" in english
    assert "has a denominator of 0" in english
    assert "差异及其可能范围" in chinese
    assert "的分母为 0" in chinese


def test_the_first_shelf_of_the_home_page_shows_the_variant() -> None:
    shop = a_house()
    shopper = a_shopper()
    User.objects.filter(pk=shopper.user_id).update(consents_to_personalisation=True)
    browser = as_actor(shopper)
    experiment = running(shop)

    assert browser.get("/trave/").status_code == 200
    assert browser.get("/trave/", HTTP_DNT="1").status_code == 200

    with tenancy.as_platform(shop.platform.pk):
        assert list(Exposure.objects.values_list("experiment_id", "user_id")) == [
            (experiment.pk, shopper.user_id)
        ]
