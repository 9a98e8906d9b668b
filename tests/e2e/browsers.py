"""A Chromium that is watched: no foreign host, no error in its console, no breach of the content security policy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from hansa.foundation.browser import chromium_arguments, find_or_install_chromium
from tests.integration.conftest import hang_up

PATIENCE_MS = 20_000


@dataclass
class Watch:
    """What went wrong behind a page's back."""

    host: str
    faults: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        page.on("request", self._asked)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in ("", self.host):
            self.faults.append(f"foreign request: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # A refusal that a test provokes (409, 422 …) is told to the console too, and is no fault of the page.
        if (
            message.type in ("error", "warning")
            and "the server responded with a status of 4" not in message.text
        ):
            self.faults.append(f"console {message.type}: {message.text}")


@dataclass
class Visit:
    """Somebody's own browser window: cookies, one page, and what watches it."""

    context: BrowserContext
    page: Page
    base: str
    watch: Watch

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Chromium, found or installed; says how to get one where that fails."""
    path = find_or_install_chromium()
    # Playwright keeps an event loop in this thread; the tests' own reads of the database are not inside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=chromium_arguments())
        yield browser
        hang_up()  # what was read while Playwright's loop ran has connections of its own
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@contextmanager
def a_visit(
    browser: Browser, base: str, *, width: int = 1280, height: int = 900, **options: object
) -> Iterator[Visit]:
    """Open a window for somebody; nothing may have gone wrong when it closes."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="en-GB",
        reduced_motion="reduce",
        **options,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch(urlsplit(base).netloc)
    context.on("page", watch.over)
    visit = Visit(context, context.new_page(), base, watch)
    yield visit
    context.close()
    assert not watch.faults, "\n".join(watch.faults)


def sign_in(visit: Visit, name: str) -> Page:
    """Click on somebody of the demo at the harbour."""
    page = visit.go("")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(lambda url: url != visit.base)
    return page
