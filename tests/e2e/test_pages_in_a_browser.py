"""Every page a person can reach by links, in Chromium: fits a small phone, breaks no rule of WCAG 2.1 AA that a
machine can see, says nothing in the console. And what only a browser shows: guests, double clicks, the keyboard.
"""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError, expect

from hansa.commerce.orders.models import OrderGroup
from hansa.foundation import tenancy
from tests.e2e.browsers import Visit, a_visit, sign_in
from tests.e2e.stack import Stack
from tests.e2e.world import World, broken_promises

pytestmark = pytest.mark.slow
PHONES = (320, 390)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# Not pages of ours: Django's own console, the API's document, what ends a visit, and files.
LEFT_OUT = re.compile(
    r"^/(admin|api|alliance|static|media|sign-out|i18n)(/|$)"
    r"|\.(csv|pdf|tsv|xlsx|xml)$|/(pictures|photos|files)/\d+/$"
)


@pytest.mark.parametrize("who", [None, "Alia", "Mette of Bo", "Dag", "Orla", "Stine"])
def test_every_page_fits_a_phone_and_a_screen_reader(
    world: World, stack: Stack, browser: Browser, who: str | None
) -> None:
    with a_visit(browser, stack.url, width=PHONES[-1], height=844) as visit:
        if who:
            sign_in(visit, who)
        faults = [fault for path in _reachable(visit) for fault in _faults_of(visit, path)]

    assert not faults, "\n".join(faults)


def test_a_guest_buys_and_finds_the_purchase_by_its_link(
    world: World, stack: Stack, browser: Browser
) -> None:
    with a_visit(browser, stack.url, width=390, height=844) as guest:
        _put_into_cart(guest, world, "coffee")
        page = guest.go("trave/checkout/")
        page.get_by_label("E-mail").fill("gast@example.org")
        _fill_in_address(page)
        page.get_by_role("button", name=re.compile("^Buy now")).click()
        page.wait_for_url(re.compile(r"/trave/purchases/H-\w+/"))
        address = page.url
        expect(page.locator(".step-done")).to_contain_text(["Ordered", "Paid"])

    with a_visit(browser, stack.url) as stranger:
        assert stranger.page.goto(address).status == 200  # type: ignore[union-attr]  # a document was asked for
        assert stranger.page.goto(address.split("?")[0]).status == 404  # type: ignore[union-attr]


def test_a_double_click_buys_once(world: World, stack: Stack, browser: Browser) -> None:
    before = _purchases_of(world)
    with a_visit(browser, stack.url) as guest:
        _put_into_cart(guest, world, "milk")
        page = guest.go("trave/checkout/")
        page.get_by_label("E-mail").fill("zweimal@example.org")
        _fill_in_address(page)
        # Two submits of one form in the same moment, as an impatient hand makes them.
        page.evaluate("() => { const f = document.querySelector('form#checkout'); f.submit(); f.submit(); }")
        page.wait_for_url(re.compile(r"/trave/purchases/H-\w+/"))

    assert _purchases_of(world) == before + 1
    assert broken_promises() == []


def test_the_keyboard_alone_finds_and_buys(world: World, stack: Stack, browser: Browser) -> None:
    with a_visit(browser, stack.url) as visit:
        page = visit.go("trave/")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_attribute("href", "#content")
        page.keyboard.press("Enter")
        page.locator("input[type=search]").first.focus()
        page.keyboard.type("honey")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/trave/search/\?.*q=honey"))
        page.locator("main").get_by_role("link", name="Honey", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Honey")
        page.locator("#add-to-cart").focus()
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"  # who tabs sees where they are
        page.keyboard.press("Enter")
        expect(page.locator("#cart-link")).to_have_accessible_name("Cart (1)")


def test_the_language_is_switched_and_kept(world: World, stack: Stack, browser: Browser) -> None:
    with a_visit(browser, stack.url) as visit:
        page = visit.go("trave/")
        page.get_by_role("button", name="中文").first.click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        visit.go("trave/cart/")
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


def _reachable(visit: Visit) -> list[str]:
    """Follow links from where the visit stands; of pages that differ in a number or name only, one is kept."""
    found: dict[str, str] = {}
    queue = deque([urlsplit(visit.page.url).path if visit.page.url.startswith(visit.base) else "/"])
    while queue:
        path = queue.popleft()
        if _kind_of(path) in found:
            continue
        found[_kind_of(path)] = path
        page = visit.go(path.lstrip("/"))
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        local = (urlsplit(link) for link in links if link.startswith(visit.base))
        queue.extend(sorted({link.path for link in local if not LEFT_OUT.search(link.path)}))
    return list(found.values())


def _kind_of(path: str) -> str:
    if re.fullmatch(r"/\w+/purchases/H-\w+/", path):
        return path  # one leads to a return, another to a dispute
    kind = re.sub(r"\d+|[HRD]-\w+", "#", path)
    return re.sub(r"/(c|m|health|orders|days|people|books|shared)/[^/]+/", r"/\1/#/", kind)


def _faults_of(visit: Visit, path: str) -> list[str]:
    page = visit.page
    answer = page.goto(visit.base + path.lstrip("/"))
    assert answer is not None
    if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
        return [f"{path}: {answer.status} {answer.headers['content-type']}"]
    faults = []
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 844})
        faults += _too_wide(page, path, width)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    faults += [
        f"{path}: {violation['id']} ({violation['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in found.response["violations"]
        for node in violation["nodes"][:2]
    ]
    return faults


def _too_wide(page: Page, path: str, width: int) -> list[str]:
    """Charts follow a new width a moment later; what is too wide after that moment is a fault."""
    try:
        page.wait_for_function(f"() => document.documentElement.scrollWidth <= {width}", timeout=5_000)
    except TimeoutError:
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        return [f"{path}: {wide} px wide on a phone of {width}"]
    return []


def _put_into_cart(visit: Visit, world: World, name: str) -> None:
    page = visit.go(world.url_of(name))
    page.locator("#add-to-cart").click()
    expect(page.locator("#cart-link")).to_have_accessible_name("Cart (1)")


def _fill_in_address(page: Page) -> None:
    for label, value in (
        ("Recipient", "Gast"),
        ("Street and number", "Mengstrasse 4"),
        ("City", "Lübeck"),
        ("Postal code", "23552"),
    ):
        page.get_by_label(label, exact=True).fill(value)
    page.locator("input[name=window]").first.check()


def _purchases_of(world: World) -> int:
    with tenancy.as_platform(world.platform_id):
        return OrderGroup.objects.count()
