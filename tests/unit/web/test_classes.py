"""Every class that a template gives an element is one that a sheet paints or a script looks for."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).resolve().parents[3] / "src" / "hansa" / "web"
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
PUT_TOGETHER = "\N{SECTION SIGN}"  # stands for what a tag writes: `tone-{{ tone }}` may be any tone


def known_classes() -> set[str]:
    found: set[str] = set()
    for sheet in (WEB / "static").rglob("*.css"):
        found |= set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", sheet.read_text("utf-8")))
    for script in (WEB / "static").rglob("*.js"):
        found |= set(re.findall(r"[\w-]+", script.read_text("utf-8")))
    return found


def used_classes() -> set[tuple[str, str]]:
    """The file, and the class as far as it is written there: up to the first tag."""
    found = set()
    for template in sorted((WEB / "templates").rglob("*.html")):
        text = TAG.sub(PUT_TOGETHER, template.read_text("utf-8"))
        for words in re.findall(r'\bclass="([^"]*)"', text):
            found |= {(template.relative_to(WEB).as_posix(), word) for word in words.split()}
    return found


def test_every_class_of_a_template_is_painted_or_looked_for() -> None:
    known = known_classes()

    unknown = []
    for template, word in sorted(used_classes()):
        begun, tag, _ = word.partition(PUT_TOGETHER)
        if not (word in known or (tag and any(each.startswith(begun) for each in known))):
            unknown.append(f"{template}: {word}")

    assert unknown == []
