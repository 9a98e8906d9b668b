"""The health pages through the front door: who may see what, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from hansa.commerce.accounts.models import User
from hansa.commerce.accounts.selectors import actor_of
from hansa.commerce.health import services
from hansa.commerce.health.domain.chain import LINKS, NODES, Page
from hansa.commerce.health.models import WeeklyFigure
from hansa.foundation import tenancy
from hansa.kernel.clock import system_clock
from hansa.web.health import picture
from hansa.web.health.levers import levers_of
from tests.integration.health.scenes import Market, a_market, a_role

pytestmark = pytest.mark.usefixtures("database")

LAST_WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def leave_no_language_behind() -> Iterator[None]:
    with translation.override("en"):
        yield


def counted() -> tuple[Market, Market]:
    """Two markets that sold something in the last full week, and whose weeks are counted."""
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    now = system_clock()
    trave.purchase(None, now - LAST_WEEK, {"bo": 123_456})
    gotland.purchase(None, now - LAST_WEEK, {"dee": 41_152})
    services.refresh(now=now)
    return trave, gotland


def signed_in(user: User, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language, "host": "localhost"})
    client.force_login(user)
    return client


def shown_nodes(html: str) -> list[str]:
    return re.findall(r'data-node="(\w+)"', html)


def test_the_steward_sees_every_node_and_every_link_of_the_alliance() -> None:
    counted()
    page = signed_in(a_role("sigrid", "steward")).get("/health/")
    html = page.content.decode()

    assert page.status_code == 200
    assert {node: shown_nodes(html).count(node) for node in set(shown_nodes(html))} == {
        node.key: 2 for node in NODES
    }  # in the picture and in the list for narrow screens
    assert html.count('class="health-arrow') == len(LINKS)
    assert html.count('class="health-band"') == 10 + 1  # and one in the legend
    assert all(f'data-link="{link.cause}-{link.effect}"' in html for link in LINKS)
    assert "€1,646" in html  # the sales of both


def test_the_steward_sees_a_platform_too() -> None:
    counted()
    html = signed_in(a_role("sigrid", "steward")).get("/health/?platform=gotland").content.decode()

    assert "The health of Gotland" in html
    assert "€411.52" in html
    assert "25.0%" in html  # its share of the market


def test_an_operator_is_led_to_the_own_platform_and_stays_there() -> None:
    trave, _ = counted()
    client = signed_in(a_role("otto", "operator", trave.platform))

    first = client.get("/health/")
    own = client.get(first.headers["Location"])
    foreign = client.get("/health/?platform=gotland")

    assert (first.status_code, first.headers["Location"]) == (302, "/health/?platform=trave")
    assert own.status_code == 200
    assert "€1,235" in own.content.decode()
    assert "gotland" not in own.content.decode()
    assert foreign.status_code == 403


def test_others_are_turned_away() -> None:
    trave, _ = counted()
    shopper = a_role("alia", "dispatcher", trave.platform)

    stranger = Client(headers={"host": "localhost"}).get("/health/sales/?platform=trave")

    assert stranger.status_code == 302
    assert stranger.headers["Location"] == "/sign-in/?next=/health/sales/%3Fplatform%3Dtrave"
    assert signed_in(shopper).get("/health/").status_code == 403
    assert signed_in(shopper).get("/health/?platform=trave").status_code == 403


def test_a_platform_and_a_node_that_do_not_exist_are_named() -> None:
    counted()
    client = signed_in(a_role("sigrid", "steward"))

    assert client.get("/health/?platform=atlantis").status_code == 404
    page = client.get("/health/luck/")
    assert page.status_code == 404
    assert "luck" in page.content.decode()


@pytest.mark.parametrize(("language", "query"), [("en", ""), ("zh-hans", "?platform=trave")])
def test_every_node_has_a_page(language: str, query: str) -> None:
    counted()
    client = signed_in(a_role("sigrid", "steward"), language)

    for node in NODES:
        page = client.get(f"/health/{node.key}/{query}")
        assert page.status_code == 200, node.key
        assert 'data-chart="weeks"' in page.content.decode()


def test_a_nodes_page_tells_its_weeks_and_what_moves_it() -> None:
    counted()
    html = signed_in(a_role("sigrid", "steward")).get("/health/sales/?platform=trave").content.decode()

    assert "What shoppers paid for goods." in html
    assert html.count("€1,234.56") >= 2  # the last full week, and in the table
    assert 'data-link="visits-sales"' in html
    assert 'data-link="sales-merchant_income"' in html
    assert 'data-link="loyalty-platform_revenue"' not in html


def test_the_steward_sees_the_members_beside_one_another() -> None:
    counted()
    client = signed_in(a_role("sigrid", "steward"))

    assert 'data-chart="members"' in client.get("/health/sales/").content.decode()
    assert 'data-chart="members"' not in client.get("/health/sales/?platform=trave").content.decode()


def test_levers_are_links_for_those_who_may_open_them() -> None:
    trave, _ = counted()
    operator = signed_in(a_role("otto", "operator", trave.platform))
    steward = signed_in(a_role("sigrid", "steward"))

    assert (
        '<a href="/desk/operator/trave/orders/"'
        in operator.get("/health/sales/?platform=trave").content.decode()
    )
    told = steward.get("/health/sales/?platform=trave").content.decode()
    assert "Orders of Trave" in told
    assert '<a href="/desk/operator/trave/orders/"' not in told


def test_every_lever_leads_somewhere() -> None:
    trave, _ = counted()
    operator = actor_of(a_role("otto", "operator", trave.platform))
    steward = actor_of(a_role("sigrid", "steward"))
    found = {
        node.page: levers_of(node, [trave.platform], steward if node.page is Page.ALLIANCE else operator)
        for node in NODES
    }

    assert all(lever.url.startswith("/") for levers in found.values() for lever in levers)
    assert set(found) == set(Page)


def test_before_the_first_count_the_page_offers_to_count() -> None:
    a_market("trave")
    client = signed_in(a_role("sigrid", "steward"))

    before = client.get("/health/").content.decode()
    answer = client.post("/health/count/")
    after = client.get("/health/").content.decode()

    assert "Nothing has been counted yet" in before
    assert shown_nodes(before) == []
    assert (answer.status_code, answer.headers["Location"]) == (302, "/health/")
    assert len(shown_nodes(after)) == 2 * len(NODES)
    with tenancy.as_alliance():
        assert WeeklyFigure.objects.exists()


def test_counting_takes_a_post_from_somebody_who_may_look() -> None:
    trave, _ = counted()

    assert signed_in(a_role("sigrid", "steward")).get("/health/count/").status_code == 405
    assert signed_in(a_role("dan", "dispatcher", trave.platform)).post("/health/count/").status_code == 403


def test_the_page_asks_few_questions() -> None:
    counted()
    client = signed_in(a_role("sigrid", "steward"))
    client.get("/health/")

    with CaptureQueriesContext(connection) as asked:
        client.get("/health/")

    assert len(asked) <= 25


def test_nothing_on_the_pages_needs_an_inline_style() -> None:
    counted()
    client = signed_in(a_role("sigrid", "steward"))

    for address in ("/health/", "/health/sales/"):
        html = client.get(address).content.decode()
        assert not re.search(r"\sstyle=|\son\w+=", html)


def test_chinese_readers_get_chinese_names_of_markets() -> None:
    trave, _ = counted()
    trave.platform.name_zh = "特拉沃集市"
    trave.platform.save(update_fields=["name_zh"])

    html = signed_in(a_role("sigrid", "steward"), "zh-hans").get("/health/?platform=trave").content.decode()

    assert "特拉沃集市" in html
    with translation.override("zh-hans"):
        assert reverse("health:home") == "/health/"


def test_every_node_has_its_own_place_in_the_picture() -> None:
    assert set(picture.PLACES) == {node.key for node in NODES}
    assert len(set(picture.PLACES.values())) == len(NODES)
    assert picture.CAPTION not in picture.PLACES.values()
