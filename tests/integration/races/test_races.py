"""Whoever comes first, and wherever the other stands at that moment: what must hold, holds.

HANSA_RACES=full stops at every point, and both parties at once; the usual run stops at a few.
"""

from __future__ import annotations

import os

import pytest

from tests.integration.races.cases import AT_THE_PROVIDER, BESIDE, IN_PROCESS
from tests.integration.races.harness import Race, force, storm

FULL = os.environ.get("HANSA_RACES") == "full"
DEPTH = None if FULL else 3
ROUNDS = 20 if FULL else 2

pytestmark = pytest.mark.usefixtures("database")
named = pytest.mark.parametrize("race", [*IN_PROCESS, *BESIDE], ids=lambda race: race.name)
named_at_the_provider = pytest.mark.parametrize("race", AT_THE_PROVIDER, ids=lambda race: race.name)


def test_there_are_twenty_five_races() -> None:
    assert len({race.name for race in [*IN_PROCESS, *AT_THE_PROVIDER]}) == 25


@named
def test_no_schedule_breaks_a_promise(race: Race) -> None:
    assert force(race, depth=DEPTH).violations == []


@named
def test_no_storm_breaks_a_promise(race: Race) -> None:
    assert storm(race, rounds=ROUNDS).violations == []


@named_at_the_provider
def test_no_schedule_with_the_provider_breaks_a_promise(provider: object, race: Race) -> None:
    assert force(race, depth=DEPTH).violations == []


@named_at_the_provider
def test_no_storm_with_the_provider_breaks_a_promise(provider: object, race: Race) -> None:
    assert storm(race, rounds=ROUNDS).violations == []
