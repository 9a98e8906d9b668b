"""A state folder, a durable database, a market and a browser for end-to-end tests, one for each module."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

django.setup()

from django.conf import settings
from playwright.sync_api import Browser

from hansa.foundation import postgres
from tests.e2e import stack as stacks
from tests.e2e.browsers import a_browser
from tests.e2e.world import World, a_market
from tests.integration.conftest import address_of, hang_up
from tests.integration.tables import make_tables


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """A state folder with a migrated database that keeps what it commits; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hansa-e2e-"))
    folder.chmod(0o755)
    url = str(postgres.start(folder))
    for database in settings.DATABASES.values():
        database.update(address_of(url))
    make_tables(url)
    yield folder
    hang_up()
    postgres.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def world(state: Path) -> World:
    """The market, made before anybody serves it: ask for it before the stack."""
    made = a_market(state)
    hang_up()
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def stack(state: Path) -> Iterator[stacks.Stack]:
    """Web, worker and database, supervised."""
    running = stacks.start(state)
    yield running
    running.stop()
