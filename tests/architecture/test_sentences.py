"""Every sentence that the floors below may show on a page is one that the pages can say in Chinese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hansa.web import sentences
from hansa.web.sentences.promises import PROMISES
from hansa.web.sentences.refusals import REFUSALS
from hansa.web.sentences.remarks import REMARKS

SOURCE = Path(__file__).resolve().parents[2] / "src" / "hansa"
# Where a page's call may be refused. Left out: API doors, command lines and machines that talk to machines.
REFUSING = (
    "commerce/*/**/*.py",
    "foundation/idempotency.py",
    "foundation/paging.py",
    "alliance/runs.py",
    "alliance/jobs/registry.py",
    "alliance/governance/se*.py",
    "alliance/settlement/*.py",
    "web/entrance/views.py",
)
OTHER_DOORS = {"access.py", "api", "api.py", "tasks.py", "importing", "migrations", "ucp"}
# What is no literal of a `raise`: reasons of providers, and messages put together before.
SAID_ELSEWHERE = {
    "the card was declined",
    "the buyer did not confirm at the bank",
    "the purchase was cancelled before it was paid",
    "the payment was not completed in time",
    "the payment was given up",
    "the group did not come together in time",
    "the purchase was cancelled before its group had formed",
    "no charge sb_1 to refund",
    "no such goods of this merchant: none chosen",
    "offer 7: 3 asked, 1 left",
    "Tea set: 4 asked, 3 left",
}
PROBE = "7"  # what stands for a value


def literal(node: ast.expr) -> str | None:
    """A text as its source has it, a probe for each value; None for what is no literal."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else PROBE for part in node.values)
    return None


def refusals() -> Iterator[tuple[str, str]]:
    """Where a refusal is raised, and its message."""
    files = sorted({path for pattern in REFUSING for path in SOURCE.glob(pattern)})
    for path in files:
        if OTHER_DOORS & set(path.relative_to(SOURCE).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call) or not node.exc.args:
                continue
            message = literal(node.exc.args[0])
            if message and ast.unparse(node.exc.func) != "AssertionError":
                yield f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}", message


def stated_promises() -> set[str]:
    found = set()
    for path in SOURCE.rglob("invariants.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Invariant"):
                found |= {str(literal(node.args[1]))}
    return found


def test_every_refusal_that_a_page_may_meet_can_be_said_in_chinese() -> None:
    unknown = {place: said for place, said in refusals() if sentences.pattern_of(said) is None}

    assert unknown == {}


def test_no_listed_refusal_is_one_that_nobody_raises() -> None:
    used = {sentences.pattern_of(said) for _place, said in refusals()}
    used |= {sentences.pattern_of(said) for said in SAID_ELSEWHERE}

    assert set(REFUSALS) - used == set()


def test_the_listed_promises_are_those_that_the_apps_state() -> None:
    assert set(PROMISES) == stated_promises()


@pytest.mark.parametrize("listed", [REFUSALS, PROMISES, REMARKS])
def test_no_sentence_is_listed_twice(listed: tuple[str, ...]) -> None:
    assert len(set(listed)) == len(listed)
