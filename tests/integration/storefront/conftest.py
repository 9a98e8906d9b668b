"""What every test of the shop starts from: no departments remembered from another test."""

from __future__ import annotations

import pytest

from hansa.web.storefront import pages


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    pages._departments.cache_clear()
