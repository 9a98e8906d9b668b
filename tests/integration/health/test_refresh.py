"""Counting the weeks into the table, and the board that is read from it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hansa.commerce.accounts.models import Platform
from hansa.commerce.health import services
from hansa.commerce.health.domain.chain import LINKS, NODES
from hansa.commerce.health.domain.evidence import Verdict
from hansa.commerce.health.models import WeeklyFigure
from hansa.commerce.health.selectors.board import Board, board
from hansa.commerce.health.selectors.weekly import MEASURES, monday_of
from hansa.commerce.orders.models import Order
from hansa.foundation import invariants, tenancy
from hansa.kernel.errors import NotFound
from tests.integration.health.scenes import NOW, W0, W1, W2, W3, W4, Market, a_market, at, count, people

pytestmark = pytest.mark.usefixtures("database")


def figures() -> dict[tuple[int | None, str, date], tuple[float | None, int]]:
    with tenancy.as_alliance():
        rows = WeeklyFigure.objects.values_list("platform_id", "node", "week", "value", "n")
        return {(platform, node, week): (value, n) for platform, node, week, value, n in rows}


def board_of(market: Market | None) -> Board:
    if market is None:
        with tenancy.as_alliance():
            return board(None, now=NOW)
    with tenancy.as_platform(market.platform.pk):
        return board(market.platform, now=NOW)


def test_every_declared_node_is_computed_by_exactly_one_measure() -> None:
    computed = [node for measure in MEASURES for node in measure.nodes]

    assert sorted(computed) == sorted(node.key for node in NODES)


def test_each_measure_answers_only_for_its_own_nodes() -> None:
    trave = a_market()
    with tenancy.as_alliance(), connection.cursor() as cursor:
        for measure in MEASURES:
            cursor.execute(
                measure.sql,
                {
                    "platforms": [trave.platform.pk],
                    "since": at(W1, 0, 0),
                    "until": NOW,
                    "first": W1,
                    "last": W0,
                    "asked_for": ["search"],
                    "leading_share": 0.1,
                },
            )
            assert {row[0] for row in cursor.fetchall()} <= set(measure.nodes)


def test_monday_is_found_from_any_moment_of_the_week() -> None:
    assert monday_of(at(W1, 0, 0)) == W1
    assert monday_of(at(W1, 6, 23)) == W1
    assert monday_of(NOW) == W0


def test_refresh_writes_each_node_for_each_week_platform_and_the_alliance() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    trave.purchase(None, at(W2), {"bo": 900})
    gotland.purchase(None, at(W2), {"dee": 100})

    written = services.refresh(now=NOW, weeks=4)

    found = figures()
    assert written == len(found) == 24 * 5 * 3
    assert found[trave.platform.pk, "market_share", W2] == (0.9, 2)
    assert found[None, "sales", W2] == (1_000, 2)
    assert found[gotland.platform.pk, "satisfaction", W2] == (None, 0)
    assert {week for _, _, week in found} == {W0, W1, W2, W3, W4}


def test_refreshing_again_changes_nothing() -> None:
    trave = a_market()
    trave.purchase(None, at(W1), {"bo": 900})
    services.refresh(now=NOW, weeks=4)
    before = figures()

    services.refresh(now=NOW, weeks=4)

    assert figures() == before


def test_weeks_that_have_settled_are_not_counted_again() -> None:
    trave = a_market()
    old, late = trave.purchase(None, at(W3), {"bo": 900}), trave.purchase(None, at(W2), {"bo": 900})
    services.refresh(now=NOW, weeks=4)
    with tenancy.as_platform(trave.platform.pk):
        Order.objects.filter(group__in=[old, late]).update(status="cancelled")

    written = services.refresh(now=NOW, weeks=4)

    assert written == 24 * 3 * 2
    assert figures()[trave.platform.pk, "sales", W3] == (900, 1)
    assert figures()[trave.platform.pk, "sales", W2] == (None, 0)


def test_a_platform_that_joins_is_counted_from_the_first_week() -> None:
    a_market("trave")
    services.refresh(now=NOW, weeks=4)
    gotland = a_market("gotland", ("dee",))
    gotland.purchase(None, at(W4), {"dee": 100})

    services.refresh(now=NOW, weeks=4)

    assert figures()[gotland.platform.pk, "sales", W4] == (100, 1)


def test_without_platforms_there_is_nothing_to_count() -> None:
    assert services.refresh(now=NOW) == 0


def test_the_board_shows_the_full_weeks_and_the_week_so_far() -> None:
    trave = a_market()
    trave.purchase(None, at(W2), {"bo": 900})
    trave.purchase(None, at(W1), {"bo": 600})
    trave.purchase(None, at(W0, 1), {"bo": 50})
    services.refresh(now=NOW)

    shown = board_of(trave)

    sales = shown.reading("sales")
    assert sales.values == (*[None] * 11, 900, 600)
    assert (sales.latest, sales.latest_count) == (600, 1)
    assert (sales.running, sales.running_count) == (50, 1)
    assert (shown.weeks[0], shown.weeks[-1], shown.running_week) == (W0 - timedelta(weeks=13), W1, W0)
    assert (shown.currency, shown.counted_at) == ("EUR", NOW)
    assert board_of(None).reading("sales").running == 50


def test_a_week_without_sales_is_nothing_and_not_unknown_once_sales_began() -> None:
    trave = a_market()
    (alia,) = people("alia")
    trave.review(trave.purchase(alia, at(W3), {"bo": 900}), 4, at(W3, 2))
    services.refresh(now=NOW)

    shown = board_of(trave)

    assert shown.reading("sales").values == (*[None] * 10, 900, 0, 0)
    assert shown.reading("satisfaction").values == (*[None] * 10, 4, None, None)


def test_an_operator_sees_the_share_of_the_alliance_without_seeing_the_alliance() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    trave.purchase(None, at(W1), {"bo": 100})
    gotland.purchase(None, at(W1), {"dee": 300})
    services.refresh(now=NOW)

    assert board_of(trave).reading("market_share").latest == 0.25
    assert board_of(None).reading("market_share").latest == 0.25  # what the largest does not sell
    assert board_of(gotland).reading("market_share").latest == 0.75


def test_before_the_first_count_the_board_is_empty_and_says_so() -> None:
    trave = a_market()
    trave.purchase(None, at(W1), {"bo": 100})

    shown = board_of(trave)

    assert shown.counted_at is None
    assert all(reading.latest is None and reading.running is None for reading in shown.readings.values())
    assert {one.evidence.verdict for one in shown.links} == {Verdict.TOO_FEW}


def test_an_alliance_of_two_currencies_has_none() -> None:
    a_market("trave")
    gotland = a_market("gotland", ("dee",))
    Platform.objects.filter(pk=gotland.platform.pk).update(currency="SEK")

    assert board_of(None).currency == ""


def test_one_platform_cannot_read_the_figures_of_another_or_of_the_alliance() -> None:
    trave, gotland = a_market("trave"), a_market("gotland", ("dee",))
    services.refresh(now=NOW, weeks=4)

    with tenancy.as_platform(trave.platform.pk):
        seen = set(WeeklyFigure.objects.values_list("platform_id", flat=True))

    assert seen == {trave.platform.pk}
    assert gotland.platform.pk not in seen


def test_the_board_judges_every_link_by_its_weeks() -> None:
    trave = a_market()
    for back in range(1, 14):
        day = W0 - timedelta(weeks=back)
        trave.see("view", at(day), who="session-a", of="bo")
        for extra in range(back):
            trave.see("view", at(day), who=f"session-{extra}x", of="bo")
            trave.purchase(None, at(day, 1), {"bo": 100})
    services.refresh(now=NOW)

    judged = {(one.link.cause, one.link.effect): one.evidence for one in board_of(trave).links}

    assert len(judged) == len(LINKS)
    assert judged["visits", "sales"].rho == pytest.approx(1.0)
    assert (judged["visits", "sales"].verdict, judged["visits", "sales"].weeks) == (Verdict.AGREES, 13)
    assert judged["goodwill", "product_quality"].verdict is Verdict.TOO_FEW


def test_a_node_that_does_not_exist_is_named() -> None:
    trave = a_market()

    with pytest.raises(NotFound, match="there is no node 'luck'; there are: recommendation"):
        board_of(trave).reading("luck")


def test_the_board_asks_one_question() -> None:
    trave = a_market()
    services.refresh(now=NOW)

    with tenancy.as_platform(trave.platform.pk), CaptureQueriesContext(connection) as asked:
        board(trave.platform, now=NOW)

    assert len(asked) == 2  # the platform, told to row-level security with it, and the question


def test_refresh_asks_the_same_few_questions_for_one_platform_and_for_three() -> None:
    a_market("trave")
    with CaptureQueriesContext(connection) as of_one:
        services.refresh(now=NOW)
    a_market("gotland", ("dee",))
    a_market("bryggen", ("eli",))

    with CaptureQueriesContext(connection) as of_three:
        services.refresh(now=NOW)

    assert len(of_three) <= len(of_one) <= 25


def test_figures_are_the_same_however_much_is_counted_at_once() -> None:
    trave = a_market()
    alia, ben = people("alia", "ben")
    for week in (W4, W2, W1):
        trave.purchase(alia, at(week), {"bo": 300, "cy": 100})
    trave.purchase(ben, at(W2), {"cy": 100})

    long, short = count(trave, first=W4), count(trave, first=W1)

    for node in NODES:
        assert long(node.key, trave, W1) == short(node.key, trave, W1), node.key


def test_the_promises_hold_after_counting() -> None:
    a_market()
    services.refresh(now=NOW)

    assert [finding.invariant.name for finding in invariants.check() if not finding.holds] == []
