"""Every promise is proven to notice when it is broken, and to hold its tongue when nothing is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hansa.commerce.accounts.models import Platform
from hansa.foundation import invariants
from hansa.foundation.invariants import Finding
from tests.integration.conftest import _empty
from tests.integration.invariants.corruptions import CORRUPTIONS, Corruption
from tests.integration.invariants.harm import Row, run, undefended, undone
from tests.integration.invariants.world import a_busy_world

LEAST = 60


@pytest.fixture(scope="module")
def elsewhere(database_url: str) -> Iterator[int]:
    """The world, healthy and without any defence; answers the platform that most rows are not of."""
    a_busy_world()
    assert broken() == []
    other = Platform.objects.get(code="trave").pk
    with undefended():
        yield other
    _empty()


def broken() -> list[tuple[str, tuple[str, ...]]]:
    return [(each.invariant.name, each.examples) for each in invariants.check() if not each.holds]


def harm(corruption: Corruption, elsewhere: int) -> str:
    """Do it; answers the culprit."""
    culprit: tuple[object, ...] = ()
    for each in corruption.harm:
        culprit = each.write() if isinstance(each, Row) else run(each.replace("SOMEWHERE", str(elsewhere)))
    return corruption.culprit or str(culprit[0])


def looked_at(names: tuple[str, ...]) -> dict[str, Finding]:
    return {each.name: invariants.look(each) for each in invariants.all_invariants() if each.name in names}


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=str)
def test_what_is_broken_is_named(corruption: Corruption, elsewhere: int) -> None:
    with undone():
        culprit = harm(corruption, elsewhere)
        found = looked_at(corruption.breaks)

    assert {name for name, finding in found.items() if not finding.holds} == set(corruption.breaks)
    named = [part for example in found[corruption.breaks[0]].examples for part in example.split(", ")]
    assert culprit in named


def test_every_promise_is_proven_and_by_more_than_sixty_corruptions() -> None:
    proven = {name for corruption in CORRUPTIONS for name in corruption.breaks}

    assert {each.name for each in invariants.all_invariants()} - proven == set()
    assert len(CORRUPTIONS) >= LEAST
    assert len({each.what for each in CORRUPTIONS}) == len(CORRUPTIONS)
