"""The style guide, which holds one of everything: whole, safe under a strict policy, and usable by all."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.http import QueryDict
from django.template import engines
from django.utils import translation

from tests.unit.web import gallery

WEB = Path(__file__).parents[3] / "src/hansa/web"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
PAGES = pytest.mark.parametrize("page", ["base/styleguide.html", "base/styleguide_desk.html"])
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh-hans"])


class Request:
    """As much of a request as the frame reads."""

    GET = QueryDict("q=tea&page=7")

    def get_full_path(self) -> str:
        return "/styleguide?q=tea&page=7"


class Document(HTMLParser):
    """A page as a list of elements; complains about what is not closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(html)
        self.faults += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.faults.append(
                f"</{tag}> at line {self.getpos()[0]} closes <{self.open[-1] if self.open else ''}>"
            )

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.elements if name == tag]


def render(page: str, language: str = "en", **frame: object) -> str:
    with translation.override(language):
        context = gallery.context(chinese=language != "en")
        context["frame"] |= frame
        return (
            engines["django"]
            .get_template(page)
            .render({**context, "request": Request(), "csrf_token": "t0ken"})
        )


@PAGES
@LANGUAGES
def test_every_element_is_closed_where_it_should_be(page: str, language: str) -> None:
    assert Document(render(page, language)).faults == []


@PAGES
def test_nothing_needs_more_than_a_strict_policy_allows(page: str) -> None:
    for tag, attrs in Document(render(page)).elements:
        assert "style" not in attrs, (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        assert tag != "style"
        if tag == "script":
            assert attrs.get("src") or attrs.get("type") == "application/json", attrs
        assert not attrs.get("href", "").startswith(("javascript:", "data:")), attrs


@PAGES
def test_every_file_a_page_asks_for_is_shipped_with_us(page: str) -> None:
    asked = set(re.findall(r'"/static/([^"#]+)', render(page)))

    assert "hansa/css/tokens.css" in asked
    assert [path for path in asked if finders.find(path) is None] == []


@PAGES
def test_ids_are_unique_and_every_reference_finds_its_target(page: str) -> None:
    elements = Document(render(page)).elements
    ids = Counter(attrs["id"] for _, attrs in elements if "id" in attrs)
    names = (
        "for",
        "aria-labelledby",
        "aria-describedby",
        "aria-controls",
        "data-dialog-open",
        "data-chart",
        "data-map",
    )
    wanted = {
        word
        for tag, attrs in elements
        if tag != "script"
        for name in names
        for word in attrs.get(name, "").split()
    }

    assert [name for name, count in ids.items() if count > 1] == []
    assert wanted - ids.keys() == set()


@PAGES
def test_every_control_has_a_name(page: str) -> None:
    document = Document(render(page))
    labelled = {label["for"] for label in document.all("label") if "for" in label}
    for attrs in [*document.all("input"), *document.all("select"), *document.all("textarea")]:
        inside_label = attrs.get("type") in ("hidden", "radio")  # choices are wrapped by their label
        assert inside_label or attrs.get("id") in labelled or attrs.get("aria-label"), attrs


@PAGES
def test_a_page_has_one_heading_of_the_first_rank_and_skips_none(page: str) -> None:
    ranks = [int(tag[1]) for tag, _ in Document(render(page)).elements if re.fullmatch(r"h[1-6]", tag)]

    assert ranks.count(1) == 1
    for before, after in itertools.pairwise(ranks):
        assert after <= before + 1


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    sprite = set(
        re.findall(r'<symbol id="([\w-]+)"', (WEB / "static/hansa/icons.svg").read_text(encoding="utf-8"))
    )
    templates = [path.read_text(encoding="utf-8") for path in (WEB / "templates/base").glob("*.html")]
    templates += [path.read_text(encoding="utf-8") for path in (WEB / "templates/cotton").glob("*.html")]
    drawn = {
        name
        for page in ("styleguide", "styleguide_desk")
        for name in re.findall(r"icons\.svg#([\w-]+)", render(f"base/{page}.html"))
    }

    named = {name for text in templates for name in re.findall(r'{% icon "([\w-]+)"', text)} | drawn

    assert len(named) > 25
    assert named - sprite == set()


@pytest.mark.parametrize("component", sorted(path.stem for path in (WEB / "templates/cotton").glob("*.html")))
def test_the_style_guide_shows_every_component(component: str) -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in (WEB / "templates/base").glob("*.html"))
    written += "".join(path.read_text(encoding="utf-8") for path in (WEB / "templates/cotton").glob("*.html"))

    assert f"<c-{component.replace('_', '-')}" in written


def test_the_page_says_its_language() -> None:
    assert '<html lang="en">' in render("base/styleguide.html")
    assert '<html lang="zh-Hans">' in render("base/styleguide.html", "zh-hans")


def test_the_frame_stands_without_anything_from_the_context() -> None:
    for page in ("base/shop.html", "base/desk.html", "base/page.html"):
        html = engines["django"].get_template(page).render({"request": Request(), "csrf_token": "t0ken"})
        assert Document(html).faults == []


def test_beacons_are_loaded_only_where_the_frame_names_their_address() -> None:
    with_events = render("base/styleguide.html", events_url="/events", consent="yes")
    without = render("base/styleguide.html", events_url="")

    assert 'data-events-url="/events" data-consent="yes"' in with_events
    assert "js/events.js" in with_events
    assert "js/events.js" not in without
    assert "data-events-url" not in without


def test_consent_is_asked_only_while_it_is_open() -> None:
    asked = render("base/styleguide.html", consent="ask", consent_url="/consent")
    answered = render("base/styleguide.html", consent="no", consent_url="/consent")

    assert 'action="/consent"' in asked
    assert 'action="/consent"' not in answered


def test_a_product_card_carries_what_the_beacon_reports() -> None:
    card = next(attrs for attrs in Document(render("base/styleguide.html")).all("article"))

    assert card["data-impression"] == "100"
    assert card["data-placement"] == "styleguide"
    assert card["data-position"] == "1"


def test_the_configuration_of_a_chart_survives_the_page() -> None:
    html = render("base/styleguide.html")
    script = re.search(r'<script id="chart-fan" type="application/json">(.*?)</script>', html)

    assert script is not None
    assert json.loads(script[1]) == gallery.fan().config


def test_pages_of_a_list_keep_the_other_parameters() -> None:
    html = render("base/styleguide.html")

    assert 'href="?q=tea&amp;page=8"' in html
    assert 'rel="prev" href="?q=tea&amp;page=6"' in html


def test_messages_stand_in_a_region_that_is_read_aloud() -> None:
    class Message:
        def __init__(self, text: str, tags: str) -> None:
            self.text, self.tags = text, tags

        def __str__(self) -> str:
            return self.text

    context = {
        "request": Request(),
        "csrf_token": "t",
        "messages": [Message("<b>Saved</b>", "success"), Message("No", "error")],
    }
    html = engines["django"].get_template("base/shop.html").render(context)

    region = html[html.index('id="messages"') :]
    assert 'aria-live="polite"' in region[:60]
    assert "tone-moss" in region
    assert "&lt;b&gt;Saved&lt;/b&gt;" in region
    assert "tone-alarm" in region


def test_every_component_and_icon_that_any_page_names_exists() -> None:
    components = {path.stem.replace("_", "-") for path in (WEB / "templates/cotton").glob("*.html")} | {
        "vars",
        "slot",
    }
    sprite = set(
        re.findall(r'<symbol id="([\w-]+)"', (WEB / "static/hansa/icons.svg").read_text(encoding="utf-8"))
    )
    for path in (WEB / "templates").rglob("*.html"):
        written = path.read_text(encoding="utf-8")
        used = {name.replace("_", "-") for name in re.findall(r"<c-([\w-]+)", written)}
        icons = set(re.findall(r'{% icon "([\w-]+)"|\s(?:reason_)?icon(?:_after)?="([\w-]+)"', written))
        assert used <= components, path.name
        assert {one or other for one, other in icons} <= sprite | {"light", "dark"}, path.name
