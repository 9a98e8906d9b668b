"""Templates need Django's settings and apps, not its database, and of all addresses only the language switch's."""

from __future__ import annotations

from collections.abc import Iterator

import django
import pytest

django.setup()


@pytest.fixture(autouse=True)
def _addresses_of_the_frame_alone() -> Iterator[None]:
    from django.urls import set_urlconf

    set_urlconf("django.conf.urls.i18n")
    yield
    set_urlconf(None)
