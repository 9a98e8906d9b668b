"""Who sits at a desk, what a page says, and how many queries it took."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hansa.commerce.accounts.models import Membership, Platform, User
from tests.factories import a_person

Role = Membership.Role


@dataclass
class Visitor:
    """Somebody with a browser."""

    browser: Client

    def get(self, path: str) -> HttpResponse:
        return self.browser.get(path)

    def post(self, path: str, **form: str) -> HttpResponse:
        return self.browser.post(path, form)

    def reads(self, path: str) -> str:
        """The words of a page that opens."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return words(answer)

    def queries(self, path: str) -> int:
        """How many statements a page takes, once what is kept in memory is there."""
        self.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert self.get(path).status_code == 200
        return len(captured)


def somebody(user: User | None = None) -> Visitor:
    """A visitor, signed in or not."""
    browser = Client()
    if user is not None:
        browser.force_login(user)
    return Visitor(browser)


def a_worker(role: Membership.Role, platform: Platform | None = None, *, name: str = "") -> Visitor:
    """Somebody with a role, on a platform or in the alliance."""
    user = a_person(name or f"{role}-{platform.code if platform else 'alliance'}")
    Membership.objects.create(user=user, role=role, platform=platform)
    return somebody(user)


def words(answer: HttpResponse) -> str:
    """What a page says, without marks, its spaces made one."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]*>", " ", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(text)).strip()


def row(page: str, marker: str) -> str:
    """The words of the table row that carries this data attribute, such as data-merchant="3"."""
    found = re.search(rf"<tr[^>]*{re.escape(marker)}[^>]*>(.*?)</tr>", page, flags=re.DOTALL)
    assert found is not None, f"no row has {marker}"
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", found[1]))).strip()
